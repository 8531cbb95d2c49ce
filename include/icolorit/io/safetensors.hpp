// safetensors (huggingface/safetensors, README "Format"): an 8-byte little-endian header size, a JSON header that may
// end in spaces, then the bytes of all tensors without holes.
#pragma once

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

#include "icolorit/io/file.hpp"
#include "icolorit/io/json.hpp"
#include "icolorit/io/parse_file.hpp"
#include "icolorit/io/tensor_file.hpp"

namespace icolorit {

namespace safetensors {

/// The reference implementation's limit.
inline constexpr std::uint64_t max_header_bytes = 100'000'000;
/// The header's length is padded to this, so that the data starts aligned for every dtype.
inline constexpr std::size_t alignment = 8;
inline constexpr std::string_view metadata_key = "__metadata__";

inline constexpr std::array<std::pair<std::string_view, DType>, 10> dtype_names{{{"F64", DType::f64},
                                                                                 {"F32", DType::f32},
                                                                                 {"F16", DType::f16},
                                                                                 {"BF16", DType::bf16},
                                                                                 {"I64", DType::i64},
                                                                                 {"I32", DType::i32},
                                                                                 {"I16", DType::i16},
                                                                                 {"I8", DType::i8},
                                                                                 {"U8", DType::u8},
                                                                                 {"BOOL", DType::boolean}}};

inline DType parse_dtype(const std::string& name) {
  const auto found = std::ranges::find(dtype_names, name, &std::pair<std::string_view, DType>::first);
  if (found == dtype_names.end()) throw FormatError(concat("unknown dtype \"", name, "\""));
  return found->second;
}

inline Shape parse_shape(const json::Value::array_t& array) {
  if (std::ssize(array) > Shape::max_rank)
    throw FormatError(concat("rank ", array.size(), ", at most ", Shape::max_rank, " is supported"));
  std::vector<Index> extents;
  for (const json::Value& extent : array) extents.push_back(json::as_integer(extent));
  return Shape(extents);
}

/// One entry of the header; the offsets count from the first byte after it.
inline StoredTensor parse_tensor(const json::Value& entry, std::span<const std::byte> data) {
  const DType dtype = parse_dtype(json::as_string(json::at(entry, "dtype")));
  const Shape shape = parse_shape(json::as_array(json::at(entry, "shape")));
  const json::Value::array_t& offsets = json::as_array(json::at(entry, "data_offsets"));
  if (offsets.size() != 2) throw FormatError("data_offsets must be two numbers");
  const Index begin = json::as_integer(offsets[0]), end = json::as_integer(offsets[1]);
  if (begin < 0 || end < begin || end > std::ssize(data))
    throw FormatError(concat("data_offsets are ", begin, " to ", end, " of ", data.size(), " bytes of data",
                             0 <= begin && begin <= end ? ": the file is cut off, download or copy it again" : ""));
  if (checked_bytes(dtype, shape) != end - begin)
    throw FormatError(concat(dtype, " ", shape, " does not fill the ", end - begin, " bytes of its data_offsets"));
  return {dtype, shape, data.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin))};
}

/// Sorted by offset, each tensor must start where the one before it ended: no overlap, no hole, nothing left over.
inline void expect_no_gaps(const StoredTensors& tensors, std::span<const std::byte> data) {
  std::vector<std::span<const std::byte>> parts;
  parts.reserve(tensors.size());
  for (const auto& [name, tensor] : tensors) parts.push_back(tensor.bytes);
  std::ranges::sort(parts, {}, [](auto part) { return std::pair(part.data(), part.size()); });
  const std::byte* at = data.data();
  for (const auto part : parts) {
    if (part.data() != at) throw FormatError("safetensors: the data of the tensors overlap or leave a hole");
    at += part.size();
  }
  if (at != data.data() + data.size()) throw FormatError("safetensors: bytes after the last tensor");
}

/// Adds the tensors, named as without_wrapper_prefix does, and the metadata of a file of these bytes, which the tensors
/// then point into.
inline void parse_into(TensorFile& file, std::span<const std::byte> bytes) {
  ByteReader in(bytes, "safetensors");
  const auto header_bytes = in.read<std::uint64_t>();
  if (header_bytes > max_header_bytes)
    throw FormatError(
        concat("safetensors: a header of ", header_bytes, " bytes, at most ", max_header_bytes, " are allowed"));
  if (header_bytes > in.remaining())
    throw FormatError(concat("safetensors: ", header_bytes - in.remaining(),
                             " bytes are missing in the header: the file is cut off, download or copy it again"));
  const std::string_view text = as_text(in.take(header_bytes));
  const auto data = in.take(in.remaining());
  if (!text.starts_with('{')) throw FormatError("safetensors: the header does not start with '{'");

  const json::Value header = json::parse(text);
  for (const auto& [name, value] : json::as_object(header)) {
    try {
      if (name == metadata_key)
        for (const auto& [key, entry] : json::as_object(value)) file.metadata.emplace(key, json::as_string(entry));
      else if (!file.tensors.emplace(without_wrapper_prefix(name), parse_tensor(value, data)).second)
        throw FormatError("comes twice, with and without the prefix of a wrapper");
    } catch (const FormatError& error) {
      throw FormatError(concat("safetensors: \"", name, "\": ", error.what()));
    }
  }
  expect_no_gaps(file.tensors, data);
}

}  // namespace safetensors

/// The tensors and the metadata of a safetensors file. Throws FormatError.
[[nodiscard]] inline TensorFile parse_safetensors(std::vector<std::byte> bytes) {
  TensorFile file;
  safetensors::parse_into(file, file.memory.emplace_back(std::move(bytes)));
  return file;
}

/// The same without a copy: the tensors point into `bytes`, which must outlive them. Throws FormatError.
[[nodiscard]] inline TensorFile view_safetensors(std::span<const std::byte> bytes) {
  TensorFile file;
  safetensors::parse_into(file, bytes);
  return file;
}

/// The same from a file; the path is part of every message. Throws FileError, FormatError.
[[nodiscard]] inline TensorFile read_safetensors(const std::filesystem::path& path) {
  return parse_file(path, parse_safetensors);
}

namespace safetensors {

/// Everything before the data: the length of the header and the header itself, padded so that the data are aligned.
inline std::vector<std::byte> format_header(const StoredTensors& tensors, const Metadata& metadata) {
  json::Value header = json::Value::object();
  if (!metadata.empty()) header[metadata_key] = metadata;
  Index end = 0;
  for (const auto& [name, tensor] : tensors) {
    if (name == metadata_key || checked_bytes(tensor.dtype, tensor.shape) != std::ssize(tensor.bytes))
      throw ArgumentError(concat("format_safetensors: cannot write the tensor \"", name, "\", ", tensor.dtype, " ",
                                 tensor.shape, " of ", tensor.bytes.size(), " bytes"));
    const Index begin = std::exchange(end, end + std::ssize(tensor.bytes));
    const auto dtype = std::ranges::find(dtype_names, tensor.dtype, &std::pair<std::string_view, DType>::second);
    header[name] = {{"dtype", dtype->first},
                    {"shape", std::vector<Index>(tensor.shape.begin(), tensor.shape.end())},
                    {"data_offsets", {begin, end}}};
  }
  std::string text = json::write(header);
  text.resize((text.size() + alignment - 1) / alignment * alignment, ' ');
  const std::uint64_t header_bytes = text.size();
  std::vector<std::byte> bytes(sizeof(header_bytes) + text.size());
  std::memcpy(bytes.data(), &header_bytes, sizeof(header_bytes));
  std::memcpy(bytes.data() + sizeof(header_bytes), text.data(), text.size());
  return bytes;
}

}  // namespace safetensors

/// The bytes of a safetensors file, tensors in the order of their names, data aligned to 8 bytes.
/// Throws ArgumentError for a tensor named `__metadata__`, for text that is not UTF-8, and for a tensor whose bytes are
/// not those of its shape.
inline std::vector<std::byte> format_safetensors(const StoredTensors& tensors, const Metadata& metadata = {}) {
  std::vector<std::byte> bytes = safetensors::format_header(tensors, metadata);
  for (const auto& [name, tensor] : tensors) bytes.insert(bytes.end(), tensor.bytes.begin(), tensor.bytes.end());
  return bytes;
}

/// The same into a file, written beside and renamed, without a copy in memory. Throws FileError, ArgumentError.
inline void write_safetensors(const std::filesystem::path& path, const StoredTensors& tensors,
                              const Metadata& metadata = {}) {
  const std::vector<std::byte> header = safetensors::format_header(tensors, metadata);
  FileWriter file(path);
  file.write(header);
  for (const auto& [name, tensor] : tensors) file.write(tensor.bytes);
  file.commit();
}

}  // namespace icolorit
