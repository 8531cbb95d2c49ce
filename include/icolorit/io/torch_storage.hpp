// How PyTorch's pickles describe a storage, and a tensor as a strided view of one.
#pragma once

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "icolorit/io/pickle.hpp"
#include "icolorit/io/tensor_file.hpp"

namespace icolorit::torch_checkpoint {

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

}  // namespace icolorit::torch_checkpoint
