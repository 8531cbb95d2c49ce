// The tensors that PyTorch's pickles describe.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "icolorit/io/pickle.hpp"
#include "icolorit/io/tensor_file.hpp"
#include "icolorit/io/torch_storage.hpp"
#include "icolorit/io/utf8.hpp"

namespace icolorit::torch_checkpoint {

[[noreturn]] inline void fail(std::string_view complaint) {
  throw FormatError(concat("torch checkpoint: ", complaint));
}

/// Copying strided views may take this much memory together: enough for every view of a real network, and a bound for a
/// file that claims a huge tensor of stride 0 over one element.
inline Index materialisation_budget(Index file_bytes) { return 4 * file_bytes + (Index{64} << 20); }

/// The bytes of a storage by its key. Throws FormatError where there are none.
using FindStorage = std::function<std::span<const std::byte>(const std::string& key)>;

/// Turns the pickled descriptions of tensors into tensors.
class Loader {
 public:
  Loader(FindStorage find_bytes, TensorFile& file, Index budget)
      : find_bytes_(std::move(find_bytes)), file_(file), budget_(budget) {}

  /// Every tensor of a state_dict. Plain values among them are no weights and are left out.
  void load(const pickle::Value& state_dict) {
    for (std::size_t i = 0; i + 1 < state_dict.items.size(); i += 2) {
      const pickle::Value &key = *state_dict.items[i], &value = *state_dict.items[i + 1];
      if (key.kind != pickle::Kind::text || value.kind != pickle::Kind::object || is_dict(value)) continue;
      const std::string_view name = without_wrapper_prefix(key.text);
      if (!is_utf8(name)) fail("the name of a tensor is not UTF-8");
      try {
        if (!file_.tensors.emplace(name, tensor(value)).second) throw FormatError("comes twice");
      } catch (const FormatError& error) {
        fail(concat('"', name, "\": ", error.what()));
      }
    }
  }

  /// {} or collections.OrderedDict().
  static bool is_dict(const pickle::Value& value) {
    return value.kind == pickle::Kind::dict ||
           (value.kind == pickle::Kind::object && value.callable->is_global("collections", "OrderedDict"));
  }

 private:
  /// The functions of torch/_utils.py that take a tensor apart and put it together.
  StoredTensor tensor(const pickle::Value& value) {
    const pickle::Value* built = &value;
    if (is_call(*built, "_rebuild_parameter") || is_call(*built, "_rebuild_parameter_with_state") ||
        built->callable->is_global("torch.nn.parameter", "Parameter"))
      built = &argument(*built, 0, pickle::Kind::object);
    if (!is_call(*built, "_rebuild_tensor_v2") && !is_call(*built, "_rebuild_tensor"))
      throw FormatError(concat("made by ", describe(*built->callable), ", expected torch._utils._rebuild_tensor_v2"));

    const Storage& storage = find_storage(argument(*built, 0, pickle::Kind::persistent));
    Layout layout;
    layout.offset = argument(*built, 1, pickle::Kind::integer).integer;
    layout.extents = integers(argument(*built, 2, pickle::Kind::tuple));
    layout.strides = integers(argument(*built, 3, pickle::Kind::tuple));
    return view(storage, layout);
  }

  /// Bounds first, memory afterwards: a contiguous view stays in the file's own bytes.
  StoredTensor view(const Storage& storage, const Layout& layout) {
    if (layout.rank() > Shape::max_rank || layout.strides.size() != layout.extents.size() || layout.offset < 0 ||
        std::ranges::any_of(layout.strides, [](Index stride) { return stride < 0; }))
      throw FormatError(
          concat("rank ", layout.rank(), ", ", layout.strides.size(), " strides, offset ", layout.offset));
    const Shape shape(layout.extents);
    const Index element = size_of(storage.dtype), available = std::ssize(storage.bytes) / element;
    const std::optional<Index> bytes = checked_bytes(storage.dtype, shape);
    if (!bytes) throw FormatError(concat("impossible shape ", shape));
    if (*bytes == 0) return {storage.dtype, shape, {}};
    if (const std::optional<Index> last = layout.last(); !last || *last >= available)
      throw FormatError(concat(shape, " reaches beyond the ", available, " elements of its storage"));
    if (layout.is_contiguous())
      return {
          storage.dtype, shape,
          storage.bytes.subspan(static_cast<std::size_t>(layout.offset * element), static_cast<std::size_t>(*bytes))};
    if (*bytes > budget_) throw FormatError(concat("the view ", shape, " is too large for a file of this size"));
    budget_ -= *bytes;
    return {storage.dtype, shape, file_.memory.emplace_back(gather(storage.bytes, layout, element, *bytes))};
  }

  const Storage& find_storage(const pickle::Value& persistent) {
    const auto [dtype, key, elements] = parse_storage_name(*persistent.arguments);
    auto found = storages_.find(key);
    if (found == storages_.end()) found = storages_.emplace(key, Storage{dtype, find_bytes_(key)}).first;

    const Storage& storage = found->second;
    if (storage.dtype != dtype || elements < 0 || elements != std::ssize(storage.bytes) / size_of(dtype) ||
        std::ssize(storage.bytes) % size_of(dtype) != 0)
      throw FormatError(concat("its storage ", key, " has ", storage.bytes.size(), " bytes of ", storage.dtype,
                               ", described as ", elements, " elements of ", dtype));
    return storage;
  }

  static bool is_call(const pickle::Value& value, std::string_view function) {
    return value.kind == pickle::Kind::object && value.callable->is_global("torch._utils", function);
  }

  static const pickle::Value& argument(const pickle::Value& call, std::size_t index, pickle::Kind kind) {
    const pickle::Value& arguments = *call.arguments;
    if (arguments.kind != pickle::Kind::tuple || arguments.items.size() <= index ||
        arguments.items[index]->kind != kind)
      throw FormatError(concat("argument ", index, " of ", describe(*call.callable), " is not what torch.save writes"));
    return *arguments.items[index];
  }

  static std::vector<Index> integers(const pickle::Value& tuple) {
    std::vector<Index> result;
    for (const pickle::Value* item : tuple.items) {
      if (item->kind != pickle::Kind::integer) throw FormatError("an extent or a stride is not an integer");
      result.push_back(item->integer);
    }
    return result;
  }

  static std::string describe(const pickle::Value& callable) {
    return callable.kind == pickle::Kind::global ? concat(callable.module, '.', callable.text) : "something unnamed";
  }

  FindStorage find_bytes_;
  TensorFile& file_;
  Index budget_;
  std::map<std::string, Storage> storages_;  // also so that each checksum is computed once
};

}  // namespace icolorit::torch_checkpoint
