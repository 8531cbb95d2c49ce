// .npy, the arrays of NumPy (numpy/lib/format.py): a magic, a version, a Python dict as text, the elements.
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <concepts>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "icolorit/core/tensor_view.hpp"
#include "icolorit/io/file.hpp"
#include "icolorit/io/parse_file.hpp"
#include "icolorit/io/tensor_file.hpp"

namespace icolorit {

/// A contiguous row-major array of any rank; rank 0 is a single number.
template <std::floating_point T>
struct NpyArray {
  Shape shape;
  std::vector<T> values;  // shape.elements() of them

  /// The elements as a tensor of known rank. Throws ShapeError where the rank is another.
  template <int Rank>
  TensorView<const T, Rank> view() const {
    if (shape.rank() != Rank) throw ShapeError(concat("NpyArray.view: the array is ", shape, ", expected rank ", Rank));
    std::array<Index, Rank> extents;
    std::copy(shape.begin(), shape.end(), extents.begin());
    return {values.data(), extents};
  }
};

namespace npy {

inline constexpr std::string_view magic = "\x93NUMPY";
/// The elements start at a multiple of this (numpy/lib/format.py, ARRAY_ALIGN).
inline constexpr std::size_t alignment = 64;

/// The types read here; one-byte types have no byte order.
inline constexpr std::array<std::pair<std::string_view, DType>, 9> type_names{{{"<f4", DType::f32},
                                                                               {"<f8", DType::f64},
                                                                               {"<f2", DType::f16},
                                                                               {"|u1", DType::u8},
                                                                               {"|i1", DType::i8},
                                                                               {"<i2", DType::i16},
                                                                               {"<i4", DType::i32},
                                                                               {"<i8", DType::i64},
                                                                               {"|b1", DType::boolean}}};

[[noreturn]] inline void fail(std::string_view complaint) { throw FormatError(concat("npy: ", complaint)); }

struct Header {
  DType dtype = DType::f32;
  Shape shape;
};

/// The part of Python's syntax that NumPy writes: {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }
class HeaderParser {
 public:
  explicit HeaderParser(std::string_view text) : text_(text) {}

  Header parse() {
    Header header;
    bool has_dtype = false, has_order = false, has_shape = false;
    const auto once = [](bool& seen) {
      if (std::exchange(seen, true)) fail("a key of the header comes twice");
    };
    expect('{');
    while (!accept('}')) {
      const std::string_view key = parse_string();
      expect(':');
      if (key == "descr") {
        once(has_dtype);
        header.dtype = parse_dtype();
      } else if (key == "fortran_order") {
        once(has_order);
        expect_row_major();
      } else if (key == "shape") {
        once(has_shape);
        header.shape = parse_shape();
      } else {
        fail(concat("unknown key '", key, "' in the header"));
      }
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    skip_space();
    if (!text_.empty()) fail("text after the header's dict");
    if (!has_dtype || !has_order || !has_shape) fail("the header lacks descr, fortran_order or shape");
    return header;
  }

 private:
  DType parse_dtype() {
    skip_space();
    if (text_.starts_with('[')) fail("a structured array, expected plain numbers");
    const std::string_view name = parse_string();
    for (const auto& [known, dtype] : type_names)
      if (name == known) return dtype;
    fail(concat("elements of type '", name, "', expected little-endian floats or signed integers, u1 or b1"));
  }

  void expect_row_major() {
    if (accept_word("False")) return;
    if (accept_word("True")) fail("an array in Fortran order; save numpy.ascontiguousarray(array)");
    fail("fortran_order is neither True nor False");
  }

  Shape parse_shape() {
    std::vector<Index> extents;
    expect('(');
    while (!accept(')')) {
      extents.push_back(parse_extent());
      if (std::ssize(extents) > Shape::max_rank) fail(concat("more than ", Shape::max_rank, " extents"));
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
    return Shape(extents);
  }

  Index parse_extent() {
    skip_space();
    Index extent = 0;
    const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), extent);
    if (error != std::errc() || extent < 0) fail("an extent is not a number");
    text_.remove_prefix(static_cast<std::size_t>(end - text_.data()));
    return extent;
  }

  std::string_view parse_string() {
    skip_space();
    const char quote = text_.empty() ? '\0' : text_.front();
    const auto end = text_.find(quote, 1);
    if ((quote != '\'' && quote != '"') || end == text_.npos) fail("expected a quoted word in the header");
    const std::string_view word = text_.substr(1, end - 1);
    text_.remove_prefix(end + 1);
    return word;
  }

  void skip_space() {
    while (!text_.empty() && (text_.front() == ' ' || text_.front() == '\n')) text_.remove_prefix(1);
  }
  bool accept_word(std::string_view word) {
    skip_space();
    const bool found = text_.starts_with(word);
    if (found) text_.remove_prefix(word.size());
    return found;
  }
  bool accept(char c) { return accept_word({&c, 1}); }
  void expect(char c) {
    if (!accept(c)) fail(concat("expected '", c, "' in the header"));
  }

  std::string_view text_;
};

}  // namespace npy

/// An array of f2, f4, f8, i1, i2, i4, i8, u1 or b1 elements as T. Versions 1 to 3, row-major, little-endian.
/// Throws FormatError.
template <std::floating_point T>
NpyArray<T> parse_npy(std::span<const std::byte> bytes) {
  ByteReader in(bytes, "npy");
  if (as_text(in.take(npy::magic.size())) != npy::magic) npy::fail("it does not start with \\x93NUMPY");
  const int version = in.read<std::uint8_t>();
  if (version < 1 || version > 3) npy::fail(concat("version ", version, ", expected 1 to 3"));
  in.take(1);  // minor version
  const std::uint64_t header_bytes = version == 1 ? in.read<std::uint16_t>() : in.read<std::uint32_t>();
  const npy::Header header = npy::HeaderParser(as_text(in.take(header_bytes))).parse();

  const auto expected = checked_bytes(header.dtype, header.shape);
  if (!expected || static_cast<std::uint64_t>(*expected) != in.remaining())
    npy::fail(
        concat(header.dtype, ' ', header.shape, " does not fill the ", in.remaining(), " bytes after the header"));
  NpyArray<T> array{header.shape, std::vector<T>(static_cast<std::size_t>(header.shape.elements()))};
  convert_elements(StoredTensor{header.dtype, header.shape, in.take(in.remaining())}, std::span(array.values));
  return array;
}

/// The same from a file; the path is part of every message. Throws FileError, FormatError.
template <std::floating_point T>
NpyArray<T> read_npy(const std::filesystem::path& path) {
  return parse_file(path, [](const std::vector<std::byte>& bytes) { return parse_npy<T>(bytes); });
}

/// The bytes of a version 1 file, the same as numpy.save writes, row-major whatever the strides of the view.
template <class T, int Rank>
  requires std::floating_point<std::remove_const_t<T>>
std::vector<std::byte> format_npy(const TensorView<T, Rank>& array) {
  std::string tuple = concat('(', array.extent(0), ',');  // as Python prints it: (5,) but (2, 3)
  for (int axis = 1; axis < Rank; ++axis) tuple += concat(axis == 1 ? " " : ", ", array.extent(axis));
  std::string text = concat("{'descr': '<f", sizeof(T), "', 'fortran_order': False, 'shape': ", tuple, "), }");
  const std::size_t prefix = npy::magic.size() + 2 + sizeof(std::uint16_t);
  const std::size_t start = (prefix + text.size() + 1 + npy::alignment - 1) / npy::alignment * npy::alignment;
  text.resize(start - prefix - 1, ' ');
  text += '\n';

  std::vector<std::byte> bytes(start + static_cast<std::size_t>(array.elements()) * sizeof(T));
  auto end = bytes.begin();
  const auto append = [&](std::span<const std::byte> part) { end = std::ranges::copy(part, end).out; };
  const auto header_bytes = static_cast<std::uint16_t>(text.size());  // eight extents of 20 digits are far below 65536
  constexpr std::array<std::uint8_t, 2> version{1, 0};
  append(std::as_bytes(std::span(npy::magic)));
  append(std::as_bytes(std::span(version)));
  append(std::as_bytes(std::span(&header_bytes, 1)));
  append(std::as_bytes(std::span(text)));
  const auto append_elements = [&](const auto& self, const auto& view) -> void {
    if constexpr (std::remove_cvref_t<decltype(view)>::rank == 1) {
      for (Index i = 0; i < view.extent(0); ++i) append(std::as_bytes(std::span(&view[i], 1)));
    } else {
      for (Index i = 0; i < view.extent(0); ++i) self(self, view[i]);
    }
  };
  append_elements(append_elements, array);
  return bytes;
}

/// The same into a file, written beside and renamed. Throws FileError.
template <class T, int Rank>
  requires std::floating_point<std::remove_const_t<T>>
void write_npy(const std::filesystem::path& path, const TensorView<T, Rank>& array) {
  write_file(path, format_npy(array));
}

}  // namespace icolorit
