// TensorView: a pointer, extents and strides; owns nothing, copies nothing.
#pragma once

#include <array>
#include <concepts>
#include <span>
#include <utility>

#include "icolorit/core/config.hpp"
#include "icolorit/core/shape.hpp"

namespace icolorit {

/// A view of Rank extents with element strides, row-major unless strides are given.
/// Copying is cheap; constness of the elements is in T. Out-of-range access is a debug assertion.
/// Thread-safety: that of a pointer: any number of threads may use views of the same numbers that nobody writes.
template <class T, int Rank>
  requires(Rank >= 1 && Rank <= Shape::max_rank)
class TensorView {
 public:
  using Element = T;
  using Extents = std::array<Index, Rank>;
  static constexpr int rank = Rank;

  constexpr TensorView() = default;
  constexpr TensorView(T* data, const Extents& extents) : data_(data), extents_(extents) {
    Index stride = 1;
    for (int axis = Rank; axis-- > 0;) {
      strides_[position(axis)] = stride;
      stride *= extents[position(axis)];
    }
  }
  constexpr TensorView(T* data, const Extents& extents, const Extents& strides)
      : data_(data), extents_(extents), strides_(strides) {}

  /// Mutable to const.
  template <class U>
    requires(std::same_as<const U, T>)
  constexpr TensorView(const TensorView<U, Rank>& other)  // NOLINT: as implicit as T* to const T*
      : data_(other.data()), extents_(other.extents()), strides_(other.strides()) {}

  constexpr T* data() const { return data_; }
  constexpr Index extent(int axis) const { return extents_[position(axis)]; }
  constexpr Index stride(int axis) const { return strides_[position(axis)]; }
  constexpr const Extents& extents() const { return extents_; }
  constexpr const Extents& strides() const { return strides_; }
  constexpr Shape shape() const { return Shape(std::span<const Index>(extents_)); }

  /// Whether there is no tensor at all: an optional operand that is left out is a default-constructed view.
  constexpr bool empty() const { return data_ == nullptr && strides_[Rank - 1] == 0; }
  /// Whether the elements exist. A measuring Arena hands out views that have extents and no memory: not empty, either.
  constexpr bool has_memory() const { return data_ != nullptr; }

  constexpr Index elements() const {
    Index count = 1;
    for (Index extent : extents_) count *= extent;
    return count;
  }

  constexpr bool is_contiguous() const {
    Index stride = 1;
    for (int axis = Rank; axis-- > 0;) {
      if (extent(axis) != 1 && strides_[position(axis)] != stride) return false;
      stride *= extent(axis);
    }
    return true;
  }

  /// The element at (i, j, ...).
  template <std::convertible_to<Index>... Indices>
    requires(sizeof...(Indices) == Rank)
  constexpr T& operator()(Indices... indices) const {
    Index offset = 0;
    int axis = 0;
    ((ICOLORIT_ASSERT(indices >= 0 && indices < extent(axis)),
      offset += static_cast<Index>(indices) * strides_[position(axis)], ++axis),
     ...);
    return data_[offset];
  }

  /// The i-th slice along the first axis, one rank lower; of a rank-1 view, the i-th element itself.
  constexpr decltype(auto) operator[](Index i) const {
    ICOLORIT_ASSERT(i >= 0 && i < extent(0));
    if constexpr (Rank == 1) {
      return (data_[i * strides_[0]]);
    } else {
      using Slice = TensorView<T, Rank - 1>;
      typename Slice::Extents extents, strides;
      for (int axis = 1; axis < Rank; ++axis) {
        extents[position(axis - 1)] = extents_[position(axis)];
        strides[position(axis - 1)] = strides_[position(axis)];
      }
      return Slice(data_ + i * strides_[0], extents, strides);
    }
  }

  /// `count` positions of one axis, starting at `first`.
  constexpr TensorView narrowed(int axis, Index first, Index count) const {
    ICOLORIT_ASSERT(first >= 0 && count >= 0 && first + count <= extent(axis));
    TensorView result = *this;
    result.data_ += first * strides_[position(axis)];
    result.extents_[position(axis)] = count;
    return result;
  }

  /// The last two axes exchanged.
  constexpr TensorView transposed() const
    requires(Rank >= 2)
  {
    TensorView result = *this;
    std::swap(result.extents_[Rank - 1], result.extents_[Rank - 2]);
    std::swap(result.strides_[Rank - 1], result.strides_[Rank - 2]);
    return result;
  }

  /// The same contiguous elements under other extents.
  template <int NewRank>
  constexpr TensorView<T, NewRank> reshaped(const std::array<Index, NewRank>& extents) const {
    ICOLORIT_ASSERT(is_contiguous() && Shape(std::span<const Index>(extents)).elements() == elements());
    return {data_, extents};
  }

  /// The same elements behind one more axis of extent 1: a matrix (M,N) as a batch (1,M,N), a vector (D) as a row
  /// (1,D).
  constexpr auto as_batch() const
    requires(Rank < Shape::max_rank)
  {
    std::array<Index, Rank + 1> extents{1}, strides{0};
    for (int axis = 0; axis < Rank; ++axis) {
      extents[position(axis + 1)] = extents_[position(axis)];
      strides[position(axis + 1)] = strides_[position(axis)];
    }
    return TensorView<T, Rank + 1>(data_, extents, strides);
  }

  /// Contiguous elements as rows of the last axis: (a,b,D) -> (a*b,D).
  constexpr TensorView<T, 2> rows() const
    requires(Rank >= 2)
  {
    const Index width = extent(Rank - 1);
    return reshaped<2>({width == 0 ? 0 : elements() / width, width});
  }

  /// Contiguous elements as one axis.
  constexpr TensorView<T, 1> flat() const { return reshaped<1>({elements()}); }

 private:
  static constexpr std::size_t position(int axis) { return static_cast<std::size_t>(axis); }

  T* data_ = nullptr;
  Extents extents_{};
  Extents strides_{};
};

/// A tensor that a function only reads, as a parameter from which T is not deduced, so that any view of T or const T
/// fits.
template <class T, int Rank>
using Input = std::type_identity_t<TensorView<const T, Rank>>;

/// Throws ShapeError unless the view has exactly these extents; `function` and `tensor` name the place.
/// Message: `linear.forward: x is (2,384), expected (2,768)`.
template <class T, int Rank>
void expect_shape(const char* function, const char* tensor, const TensorView<T, Rank>& view,
                  const std::type_identity_t<std::array<Index, Rank>>& expected) {
  if (view.extents() == expected) return;
  throw ShapeError(
      concat(function, ": ", tensor, " is ", view.shape(), ", expected ", Shape(std::span<const Index>(expected))));
}

}  // namespace icolorit
