// Checkpoints as torch.save writes them since PyTorch 1.6 (torch/serialization.py, torch/_utils.py): torch.load reads
// them, also with weights_only=True. The counterpart of torch_checkpoint.hpp.
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "icolorit/io/file.hpp"
#include "icolorit/io/tensor_file.hpp"
#include "icolorit/io/torch_checkpoint.hpp"
#include "icolorit/io/utf8.hpp"
#include "icolorit/io/zip_writer.hpp"

namespace icolorit {

/// Plain values that lie beside the weights, such as {"epoch", 24}.
using CheckpointExtras = std::map<std::string, std::variant<std::int64_t, std::string>, std::less<>>;

namespace torch_checkpoint {

// What follows are parts of a pickle of protocol 2; the capitals in comments are the opcodes' names in pickletools.

/// BINUNICODE
inline std::string pickle_of(std::string_view text) {
  std::string part = "X";
  zip::append<std::uint32_t>(part, {static_cast<std::uint32_t>(text.size())});
  return part.append(text);
}

/// BININT, or beyond 32 bits LONG1
inline std::string pickle_of(std::int64_t number) {
  const bool narrow = number == static_cast<std::int32_t>(number);
  std::string part = narrow ? "J" : "\x8a\x08";
  if (narrow)
    zip::append(part, {static_cast<std::uint32_t>(number)});
  else
    zip::append(part, {static_cast<std::uint64_t>(number)});
  return part;
}

/// MARK, the numbers, TUPLE
inline std::string pickle_of(std::span<const Index> numbers) {
  std::string part = "(";
  for (const Index number : numbers) part += pickle_of(number);
  return part + "t";
}

/// GLOBAL
inline std::string pickle_of_global(std::string_view module, std::string_view name) {
  return concat('c', module, '\n', name, '\n');
}

/// OrderedDict(): EMPTY_TUPLE, REDUCE
inline std::string pickle_of_ordered_dict() { return pickle_of_global("collections", "OrderedDict") + ")R"; }

/// Elements from one index to the next, for each axis of a row-major tensor. Like PyTorch, an extent of 0 counts as 1.
inline std::vector<Index> contiguous_strides(const Shape& shape) {
  std::vector<Index> strides(static_cast<std::size_t>(shape.rank()), 1);
  for (std::size_t axis = strides.size(); axis-- > 1;)
    strides[axis - 1] = strides[axis] * std::max<Index>(1, shape.begin()[axis]);
  return strides;
}

/// _rebuild_tensor_v2(storage, offset, extents, strides, requires_grad, backward_hooks), where the storage is the
/// persistent ('storage', torch.FloatStorage, key, 'cpu', elements): MARK ... TUPLE BINPERSID, MARK ... TUPLE REDUCE
inline std::string pickle_of(const StoredTensor& tensor, std::string_view key) {
  const auto type = std::ranges::find(storage_classes, tensor.dtype, &std::pair<std::string_view, DType>::second);
  const std::string storage = "(" + pickle_of("storage") + pickle_of_global("torch", type->first) + pickle_of(key) +
                              pickle_of("cpu") + pickle_of(tensor.shape.elements()) + "tQ";
  constexpr std::string_view no_gradient = "\x89";  // NEWFALSE
  return pickle_of_global("torch._utils", "_rebuild_tensor_v2") + "(" + storage + pickle_of(0) +
         pickle_of(std::span(tensor.shape.begin(), tensor.shape.end())) +
         pickle_of(contiguous_strides(tensor.shape)).append(no_gradient) + pickle_of_ordered_dict() + "tR";
}

/// {'model': OrderedDict of the tensors, ...extras}, every dict filled by MARK, keys and values, SETITEMS. The
/// storages' keys are the positions of their tensors.
inline std::string pickle_of(const StoredTensors& tensors, const CheckpointExtras& extras) {
  std::string program = "\x80\x02}(" + pickle_of("model") + pickle_of_ordered_dict() + "(";
  std::size_t position = 0;
  for (const auto& [name, tensor] : tensors) program += pickle_of(name) + pickle_of(tensor, concat(position++));
  program += "u";
  for (const auto& [name, extra] : extras)
    program += pickle_of(name) + std::visit([](const auto& value) { return pickle_of(value); }, extra);
  return program + "u.";
}

inline void expect_writable(const StoredTensors& tensors, const CheckpointExtras& extras) {
  for (const auto& [name, tensor] : tensors)
    if (!is_utf8(name) || checked_bytes(tensor.dtype, tensor.shape) != std::ssize(tensor.bytes))
      throw ArgumentError(concat("write_torch_checkpoint: cannot write the tensor \"", name, "\", ", tensor.dtype, ' ',
                                 tensor.shape, " of ", tensor.bytes.size(),
                                 " bytes: expected a name in UTF-8 and the bytes of that shape"));
  for (const auto& [name, extra] : extras) {
    const auto* text = std::get_if<std::string>(&extra);
    if (name == "model" || !is_utf8(name) || (text != nullptr && !is_utf8(*text)))
      throw ArgumentError(concat("write_torch_checkpoint: cannot write the extra \"", name,
                                 "\": expected UTF-8, and another name than that of the weights, \"model\""));
  }
}

/// The whole file in pieces: write(bytes) is called with one after the other.
template <class Write>
void write_pieces(Write write, const StoredTensors& tensors, const CheckpointExtras& extras,
                  zip::Zip64Limits limits = {}) {
  expect_writable(tensors, extras);
  ZipWriter<Write> archive(std::move(write), limits);
  const std::string prefix = "archive/";  // PyTorch takes the name before the first slash, whatever it is
  archive.add(prefix + "data.pkl", pickle_of(tensors, extras));
  archive.add(prefix + "byteorder", "little");
  std::size_t position = 0;
  for (const auto& [name, tensor] : tensors) archive.add(concat(prefix, "data/", position++), tensor.bytes);
  archive.add(prefix + "version", "3\n");
  archive.finish();
}

}  // namespace torch_checkpoint

/// The bytes of a checkpoint {'model': OrderedDict of the tensors by name, ...extras}: an archive whose storages start
/// at multiples of 64 bytes, one for each tensor. No date goes in: equal arguments give equal bytes. Throws
/// ArgumentError for an extra named `model`, for text that is not UTF-8, and for a tensor whose bytes are not those of
/// its shape.
inline std::vector<std::byte> format_torch_checkpoint(const StoredTensors& tensors,
                                                      const CheckpointExtras& extras = {}) {
  std::vector<std::byte> bytes;
  torch_checkpoint::write_pieces(
      [&](std::span<const std::byte> piece) { bytes.insert(bytes.end(), piece.begin(), piece.end()); }, tensors,
      extras);
  return bytes;
}

/// The same into a file, tensor by tensor, written beside and renamed. Throws FileError, ArgumentError.
inline void write_torch_checkpoint(const std::filesystem::path& path, const StoredTensors& tensors,
                                   const CheckpointExtras& extras = {}) {
  FileWriter file(path);
  torch_checkpoint::write_pieces([&](std::span<const std::byte> piece) { file.write(piece); }, tensors, extras);
  file.commit();
}

}  // namespace icolorit
