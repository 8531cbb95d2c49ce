// Checkpoints written by torch.save. Since PyTorch 1.6: a zip archive of one pickle, `<name>/data.pkl`, and the raw
// storages, `<name>/data/<key>`. Before, and so most public networks: pickles one after the other, then the storages.
// The layouts are those of torch/serialization.py; nothing in the file is executed.
#pragma once

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "icolorit/io/parse_file.hpp"
#include "icolorit/io/pickle.hpp"
#include "icolorit/io/tensor_file.hpp"
#include "icolorit/io/utf8.hpp"
#include "icolorit/io/zip_archive.hpp"

namespace icolorit {

namespace torch_checkpoint {

[[noreturn]] inline void fail(std::string_view complaint) {
  throw FormatError(concat("torch checkpoint: ", complaint));
}

/// Class names in the module `torch`.
inline constexpr std::array<std::pair<std::string_view, DType>, 10> storage_classes{{{"DoubleStorage", DType::f64},
                                                                                     {"FloatStorage", DType::f32},
                                                                                     {"HalfStorage", DType::f16},
                                                                                     {"BFloat16Storage", DType::bf16},
                                                                                     {"LongStorage", DType::i64},
                                                                                     {"IntStorage", DType::i32},
                                                                                     {"ShortStorage", DType::i16},
                                                                                     {"CharStorage", DType::i8},
                                                                                     {"ByteStorage", DType::u8},
                                                                                     {"BoolStorage", DType::boolean}}};

/// Copying strided views may take this much memory together: enough for every view of a real network, and a bound for a
/// file that claims a huge tensor of stride 0 over one element.
inline Index materialisation_budget(Index file_bytes) { return 4 * file_bytes + (Index{64} << 20); }

struct Storage {
  DType dtype;
  std::span<const std::byte> bytes;
};

/// Where a tensor's elements lie in its storage, in elements. Strides are not negative.
struct Layout {
  Index offset = 0;
  std::vector<Index> extents, strides;

  Index rank() const { return std::ssize(extents); }
  Index extent(Index axis) const { return extents[static_cast<std::size_t>(axis)]; }
  Index stride(Index axis) const { return strides[static_cast<std::size_t>(axis)]; }

  /// The last element touched, where no extent is 0; nothing where that overflows.
  std::optional<Index> last() const {
    Index last = offset;
    for (Index axis = 0; axis < rank(); ++axis) {
      const Index steps = extent(axis) - 1;
      if (steps > 0 && stride(axis) > (std::numeric_limits<Index>::max() - last) / steps) return std::nullopt;
      last += steps * stride(axis);
    }
    return last;
  }

  bool is_contiguous() const {
    Index expected = 1;
    for (Index axis = rank(); axis-- > 0;) {
      if (extent(axis) != 1 && stride(axis) != expected) return false;
      expected *= extent(axis);
    }
    return true;
  }
};

/// The elements in row-major order.
inline std::vector<std::byte> gather(std::span<const std::byte> storage, const Layout& layout, Index element_bytes,
                                     Index bytes) {
  std::vector<std::byte> result(static_cast<std::size_t>(bytes));
  std::vector<Index> at(layout.extents.size(), 0);
  Index source = layout.offset;
  for (Index target = 0; target < bytes; target += element_bytes) {
    std::memcpy(result.data() + target, storage.data() + source * element_bytes,
                static_cast<std::size_t>(element_bytes));
    for (Index axis = layout.rank(); axis-- > 0;) {
      Index& i = at[static_cast<std::size_t>(axis)];
      source += layout.stride(axis);
      if (++i < layout.extent(axis)) break;
      source -= i * layout.stride(axis);
      i = 0;
    }
  }
  return result;
}

/// A storage as a pickle names it.
struct StorageName {
  DType dtype;
  std::string key;
  Index elements;
};

/// ('storage', torch.FloatStorage, key, location, elements) and, before PyTorch 1.6, the view of another storage that
/// it is, or None; the location, a device, means nothing here.
inline StorageName parse_storage_name(const pickle::Value& id) {
  if (id.kind != pickle::Kind::tuple || id.items.size() < 5 || id.items[0]->text != "storage" ||
      id.items[1]->kind != pickle::Kind::global || id.items[2]->kind != pickle::Kind::text ||
      id.items[4]->kind != pickle::Kind::integer)
    throw FormatError("its storage is not described as torch.save does");
  if (id.items.size() > 5 && id.items[5]->kind != pickle::Kind::none)
    throw FormatError("its storage is part of another one, which only early versions of PyTorch wrote");
  const pickle::Value& type = *id.items[1];
  const auto known = std::ranges::find(storage_classes, type.text, &std::pair<std::string_view, DType>::first);
  if (type.module != "torch" || known == storage_classes.end())
    throw FormatError(concat("unknown storage ", type.module, '.', type.text));
  return {known->second, std::string(id.items[2]->text), id.items[4]->integer};
}

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
      std::string_view name = key.text;
      if (name.starts_with("module.")) name.remove_prefix(7);  // torch.nn.DataParallel wraps the network
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

/// The pickle of torch/serialization.py's MAGIC_NUMBER, with which files of PyTorch before 1.6 start.
inline constexpr std::string_view legacy_magic = "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";

/// Says what a file that is neither kind is, where it is a format that PyTorch once wrote.
[[noreturn]] inline void refuse_other_format(std::span<const std::byte> bytes) {
  constexpr std::size_t tar_magic = 257;  // POSIX.1-1988 ustar
  const std::string_view text = as_text(bytes);
  if (text.size() > tar_magic && text.substr(tar_magic).starts_with("ustar"))
    fail(
        "written in the first format of PyTorch, a tar archive; convert it in Python: "
        "torch.save(torch.load(old, map_location='cpu'), new)");
  fail("not a file of torch.save: it does not start as a zip archive (nor is it a safetensors file)");
}

/// The part of every name before `data.pkl`, ending in '/'.
inline std::string find_prefix(const ZipArchive& archive) {
  std::vector<std::string> prefixes;
  for (const std::string_view name : archive.names())
    if (const auto slash = name.find('/'); slash != name.npos && name.substr(slash) == "/data.pkl")
      prefixes.emplace_back(name.substr(0, slash + 1));
  if (prefixes.size() != 1) fail(concat("the archive has ", prefixes.size(), " entries NAME/data.pkl, expected one"));
  if (archive.contains(prefixes[0] + "constants.pkl"))
    fail("a TorchScript program, not a checkpoint; save the state_dict() of the loaded module");
  return prefixes[0];
}

/// The dict with the weights: under `model` or `state_dict`, or the file's value itself.
inline const pickle::Value& find_state_dict(const pickle::Value& root) {
  if (!Loader::is_dict(root)) fail("holds no dict of tensors; save model.state_dict(), not the model");
  for (const std::string_view key : {"model", "state_dict"})
    if (const pickle::Value* inner = root.find(key)) {
      if (!Loader::is_dict(*inner)) fail(concat('"', key, "\" is no dict of tensors; save model.state_dict() there"));
      return *inner;
    }
  return root;
}

/// The tensors and the epoch of a checkpoint's pickle.
inline void load_checkpoint(const pickle::Value& root, FindStorage find_bytes, TensorFile& file) {
  const Index budget = materialisation_budget(std::ssize(file.memory.front()));
  Loader(std::move(find_bytes), file, budget).load(find_state_dict(root));
  if (file.tensors.empty()) fail("holds no tensors, neither under \"model\" or \"state_dict\" nor at the top");
  if (const pickle::Value* epoch = root.find("epoch"); epoch != nullptr && epoch->kind == pickle::Kind::integer)
    file.metadata.emplace("epoch", concat(epoch->integer));
}

inline void load_archive(std::span<const std::byte> bytes, Checksum checksum, TensorFile& file) {
  const ZipArchive archive(bytes, checksum);
  const std::string prefix = find_prefix(archive);
  if (const std::string order = prefix + "byteorder"; archive.contains(order))
    if (const std::string_view text = as_text(archive.read(order)); text != "little")
      fail(concat("the byte order is \"", text, "\", expected \"little\""));
  const pickle::Document document = pickle::parse(archive.read(prefix + "data.pkl"));
  load_checkpoint(
      *document.root, [&](const std::string& key) { return archive.read(concat(prefix, "data/", key)); }, file);
}

/// What Python 2 pickled, as Python 3 does: its str is text, and an OrderedDict, made there from a list of pairs, has
/// its members set afterwards.
inline void modernise(pickle::Document& document) {
  std::size_t members_left = 2 * document.values.size();  // a hostile file may make any number of dicts of one list
  for (pickle::Value& value : document.values) {
    if (value.kind == pickle::Kind::bytes) value.kind = pickle::Kind::text;
    if (value.kind != pickle::Kind::object || !Loader::is_dict(value) || value.arguments->items.size() != 1) continue;
    std::vector<const pickle::Value*> members;  // not in place: the list may be the dict itself
    for (const pickle::Value* pair : value.arguments->items[0]->items)
      if (pair->items.size() == 2) members.insert(members.end(), pair->items.begin(), pair->items.end());
    if (members.size() > members_left) fail("makes more than one dict of a list");
    members_left -= members.size();
    value.items.insert(value.items.end(), members.begin(), members.end());
  }
}

/// The format before PyTorch 1.6: pickles of a magic number, a version, a dict about the machine, the value and the
/// list of its storages' keys; then for each of them the number of its elements, 64 bits, and the elements.
inline void load_legacy(std::span<const std::byte> bytes, TensorFile& file) {
  constexpr std::int64_t version = 1001;
  ByteReader in(bytes, "torch checkpoint");
  in.take(legacy_magic.size());
  const auto next = [&] {
    const auto rest = bytes.subspan(in.position());
    pickle::Document document = pickle::parse(rest);
    modernise(document);
    in.take(document.size);
    return document;
  };
  if (const auto found = next(); found.root->integer != version)
    fail(concat("version ", found.root->integer, " of the format before PyTorch 1.6, expected ", version));
  const pickle::Document machine = next();
  if (const pickle::Value* little = machine.root->find("little_endian"); little == nullptr || little->integer != 1)
    fail("not written by a little-endian machine");
  const pickle::Document document = next(), keys = next();

  std::map<std::string, StorageName, std::less<>> names;
  for (const pickle::Value& value : document.values)
    if (value.kind == pickle::Kind::persistent) {
      StorageName name = parse_storage_name(*value.arguments);
      names.emplace(name.key, name);
    }
  std::map<std::string, std::span<const std::byte>, std::less<>> storages;
  for (const pickle::Value* key : keys.root->items) {
    const auto name = names.find(key->text);
    if (key->kind != pickle::Kind::text || name == names.end()) fail("lists a storage that no tensor has");
    const auto elements = in.read<std::int64_t>();
    if (elements < 0 || elements != name->second.elements)
      fail(concat("storage ", key->text, " has ", elements, " elements, described as ", name->second.elements));
    const std::optional<Index> size = checked_bytes(name->second.dtype, Shape{elements});
    if (!size) fail(concat("storage ", key->text, " cannot have ", elements, " elements"));
    storages.emplace(key->text, in.take(static_cast<std::uint64_t>(*size)));
  }
  const auto find = [&](const std::string& key) {
    const auto found = storages.find(key);
    if (found == storages.end()) throw FormatError(concat("its storage ", key, " is missing"));
    return found->second;
  };
  load_checkpoint(*document.root, find, file);
}

}  // namespace torch_checkpoint

/// The tensors of a checkpoint: those under `model` or `state_dict`, or of the bare state_dict, without a `module.`
/// prefix. Strided views are made contiguous. Optimizer state, arguments and everything else is passed over, except an
/// integer `epoch`, which becomes metadata. Throws FormatError.
inline TensorFile parse_torch_checkpoint(std::vector<std::byte> bytes, Checksum checksum = Checksum::verify) {
  using namespace torch_checkpoint;
  TensorFile file;
  const std::span<const std::byte> all = file.memory.emplace_back(std::move(bytes));
  if (ZipArchive::is_zip(all))
    load_archive(all, checksum, file);
  else if (as_text(all).starts_with(legacy_magic))
    load_legacy(all, file);
  else
    refuse_other_format(all);
  return file;
}

/// The same from a file; the path is part of every message. Throws FileError, FormatError.
inline TensorFile read_torch_checkpoint(const std::filesystem::path& path) {
  return parse_file(path, [](std::vector<std::byte> bytes) { return parse_torch_checkpoint(std::move(bytes)); });
}

}  // namespace icolorit
