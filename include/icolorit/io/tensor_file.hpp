// TensorFile: named tensors as a weight file holds them, whatever its format.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "icolorit/core/buffer.hpp"
#include "icolorit/core/dtype.hpp"
#include "icolorit/core/error.hpp"
#include "icolorit/core/shape.hpp"
#include "icolorit/io/byte_reader.hpp"
#include "icolorit/io/mapped_file.hpp"

namespace icolorit {

/// A tensor in memory that it does not own: little-endian, contiguous, row-major, perhaps not aligned.
struct StoredTensor {
  DType dtype = DType::f32;
  Shape shape;
  std::span<const std::byte> bytes;  // shape.elements() * size_of(dtype) of them
};

/// In the order of the names.
using StoredTensors = std::map<std::string, StoredTensor, std::less<>>;
using Metadata = std::map<std::string, std::string, std::less<>>;

/// A tensor's name in the network itself, where PyTorch saved a wrapper around it: torch.nn.DataParallel puts `module.`
/// in front of every name, torch.compile `_orig_mod.`, and both together both.
inline std::string_view without_wrapper_prefix(std::string_view name) {
  for (bool found = true; found;) {
    found = false;
    for (const std::string_view prefix : {"module.", "_orig_mod."})
      if (name.starts_with(prefix)) {
        name.remove_prefix(prefix.size());
        found = true;
      }
  }
  return name;
}

/// What a weight file holds. Movable, not copyable: the tensors point into `memory`, into `mapping` or, where the file
/// was parsed from a span, into the caller's bytes, and stay valid when it is moved. Threads may read one at the same
/// time.
struct TensorFile {
  TensorFile() = default;
  TensorFile(TensorFile&&) = default;
  TensorFile& operator=(TensorFile&&) = default;

  std::vector<std::vector<std::byte>> memory;
  std::optional<MappedFile> mapping;
  StoredTensors tensors;
  Metadata metadata;

  /// Null where there is none of this name.
  const StoredTensor* find(std::string_view name) const {
    const auto found = tensors.find(name);
    return found == tensors.end() ? nullptr : &found->second;
  }

  /// Forgets the tensors whose names begin like this and gives their part of `memory`, but for what other tensors
  /// share, back to the system. Bytes of the caller's own stay as they are.
  void discard(std::string_view prefix) {
    std::vector<std::span<const std::byte>> gone;
    for (auto at = tensors.lower_bound(prefix); at != tensors.end() && at->first.starts_with(prefix);
         at = tensors.erase(at))
      gone.push_back(at->second.bytes);
    for (const std::span<const std::byte> bytes : gone) {
      const bool shared = std::ranges::any_of(tensors, [&](const auto& other) {
        const std::span<const std::byte> kept = other.second.bytes;
        return comes_before(kept.data(), end_of(bytes)) && comes_before(bytes.data(), end_of(kept));
      });
      for (std::vector<std::byte>& own : memory)
        if (!shared && !comes_before(bytes.data(), own.data()) && !comes_before(end_of(own), end_of(bytes)))
          HostMemory::discard(own.data() + (bytes.data() - own.data()), bytes.size());
    }
  }

 private:
  static const std::byte* end_of(std::span<const std::byte> bytes) { return bytes.data() + bytes.size(); }
  static bool comes_before(const std::byte* a, const std::byte* b) { return std::less<>()(a, b); }
};

/// The bytes of a tensor; nothing where an extent is negative or the product does not fit.
inline std::optional<Index> checked_bytes(DType dtype, const Shape& shape) {
  Index bytes = size_of(dtype);
  for (const Index extent : shape) {
    if (extent < 0 || (extent > 0 && bytes > std::numeric_limits<Index>::max() / extent)) return std::nullopt;
    bytes *= extent;
  }
  return bytes;
}

/// Contiguous elements as a tensor that a file can take. Throws ShapeError where the count is not that of the shape.
template <Element T>
StoredTensor stored(std::span<const T> elements, const Shape& shape) {
  if (checked_bytes(dtype_of<T>, shape) != std::ssize(elements) * size_of(dtype_of<T>))
    throw ShapeError(concat("stored: ", elements.size(), " elements for the shape ", shape));
  return {dtype_of<T>, shape, std::as_bytes(elements)};
}

/// Calls f(T()) with the C++ type of a dtype, and returns what f returns.
template <class F>
decltype(auto) visit_dtype(DType dtype, F&& f) {
  switch (dtype) {
    case DType::f64: return f(double());
    case DType::f32: return f(float());
    case DType::f16: return f(f16());
    case DType::bf16: return f(bf16());
    case DType::i64: return f(std::int64_t());
    case DType::i32: return f(std::int32_t());
    case DType::i16: return f(std::int16_t());
    case DType::i8: return f(std::int8_t());
    case DType::u8: return f(std::uint8_t());
    case DType::boolean: break;
  }
  return f(bool());
}

/// to[i] = from[i] for every dtype, rounded to nearest (to the 16-bit types by way of float).
/// Throws ShapeError where the counts differ.
template <Element T>
void convert_elements(const StoredTensor& from, std::span<T> to) {
  if (from.shape.elements() != std::ssize(to))
    throw ShapeError(concat("convert_elements: ", from.shape, " does not fill ", to.size(), " elements"));
  if (from.dtype == dtype_of<T>) {
    if (!to.empty()) std::memcpy(to.data(), from.bytes.data(), from.bytes.size());
    return;
  }
  using Wide = Accumulator<T>;
  visit_dtype(from.dtype, [&]<class From>(From) {
    const std::byte* element = from.bytes.data();
    for (T& value : to) {
      if constexpr (std::is_same_v<From, bool>)
        value = static_cast<T>(static_cast<Wide>(load<std::uint8_t>(element) != 0));  // a file may hold any byte
      else
        value = static_cast<T>(static_cast<Wide>(load<From>(element)));
      element += sizeof(From);
    }
  });
}

/// The same for weights. Throws FormatError for a dtype that is not floating, ShapeError where the counts differ.
template <Element T>
void copy_elements(const StoredTensor& from, std::span<T> to) {
  if (!is_floating(from.dtype))
    throw FormatError(concat("copy_elements: the elements are ", from.dtype, ", expected f64, f32, f16 or bf16"));
  convert_elements(from, to);
}

}  // namespace icolorit
