// TensorView: extents, strides and the views made from views.
#include "icolorit/core/tensor_view.hpp"

#include <numeric>
#include <type_traits>
#include <vector>

#include "support/catch.hpp"

using namespace icolorit;

namespace {

/// 0, 1, 2, ...: an element's value is its position in memory.
std::vector<float> counting(Index count) {
  std::vector<float> values(static_cast<std::size_t>(count));
  std::iota(values.begin(), values.end(), 0.f);
  return values;
}

template <class T, int Rank>
using Strides = typename TensorView<T, Rank>::Extents;

}  // namespace

TEST_CASE("a view is row-major unless strides are given", "[core]") {
  auto memory = counting(2 * 3 * 5);
  const TensorView<float, 3> view(memory.data(), {2, 3, 5});
  CHECK(view.strides() == Strides<float, 3>{15, 5, 1});
  CHECK(view.elements() == 30);
  CHECK(view.is_contiguous());
  CHECK(view.shape() == Shape{2, 3, 5});
  for (Index i = 0; i < 2; ++i)
    for (Index j = 0; j < 3; ++j)
      for (Index k = 0; k < 5; ++k) {
        REQUIRE(view(i, j, k) == static_cast<float>((i * 3 + j) * 5 + k));
        REQUIRE(&view[i][j][k] == &view(i, j, k));
      }

  const TensorView<float, 2> every_other_row(memory.data(), {3, 5}, {10, 1});
  CHECK_FALSE(every_other_row.is_contiguous());
  CHECK(every_other_row(2, 4) == 24);
  const TensorView<float, 2> backwards(memory.data() + 29, {6, 5}, {-5, -1});
  CHECK(backwards(0, 0) == 29);
  CHECK(backwards(5, 4) == 0);
}

TEST_CASE("writing through a view changes the memory, slices included", "[core]") {
  auto memory = counting(6);
  const TensorView<float, 2> view(memory.data(), {2, 3});
  view(0, 1) = 40;
  view[1][2] = 50;
  CHECK(memory == std::vector<float>{0, 40, 2, 3, 4, 50});
}

TEST_CASE("the stride of an axis of one element does not matter for contiguity", "[core]") {
  auto memory = counting(5);
  CHECK(TensorView<float, 3>(memory.data(), {1, 5, 1}, {99, 1, 77}).is_contiguous());
  CHECK_FALSE(TensorView<float, 3>(memory.data(), {1, 2, 2}, {99, 3, 1}).is_contiguous());
}

TEST_CASE("narrowed keeps strides and moves the start", "[core]") {
  auto memory = counting(4 * 6);
  const TensorView<float, 2> view(memory.data(), {4, 6});
  const auto columns = view.narrowed(1, 2, 3);
  CHECK(columns.extents() == Strides<float, 2>{4, 3});
  CHECK(columns.strides() == view.strides());
  CHECK(columns(0, 0) == 2);
  CHECK(columns(3, 2) == 3 * 6 + 4);
  CHECK_FALSE(columns.is_contiguous());
  const auto rows = view.narrowed(0, 1, 2);
  CHECK(rows(0, 0) == 6);
  CHECK(rows.is_contiguous());
  CHECK(view.narrowed(0, 4, 0).elements() == 0);
  CHECK(view.narrowed(1, 1, 4).narrowed(0, 2, 1).narrowed(1, 3, 1)(0, 0) == 2 * 6 + 4);
}

TEST_CASE("transposed exchanges the last two axes and is its own inverse", "[core]") {
  auto memory = counting(2 * 3 * 5);
  const TensorView<float, 3> view(memory.data(), {2, 3, 5});
  const auto transposed = view.transposed();
  CHECK(transposed.extents() == Strides<float, 3>{2, 5, 3});
  for (Index i = 0; i < 2; ++i)
    for (Index j = 0; j < 3; ++j)
      for (Index k = 0; k < 5; ++k) REQUIRE(&transposed(i, k, j) == &view(i, j, k));
  CHECK_FALSE(transposed.is_contiguous());
  CHECK(transposed.transposed().strides() == view.strides());
}

TEST_CASE("reshaped, rows and flat see the same elements in the same order", "[core]") {
  auto memory = counting(2 * 3 * 4);
  const TensorView<float, 3> view(memory.data(), {2, 3, 4});
  const auto reshaped = view.reshaped<4>({3, 2, 1, 4});
  CHECK(reshaped(2, 1, 0, 3) == 23);
  const auto rows = view.rows();
  CHECK(rows.extents() == Strides<float, 2>{6, 4});
  CHECK(rows(4, 2) == view(1, 1, 2));
  CHECK(view.flat().extents() == std::array<Index, 1>{24});
  CHECK(view.flat()[13] == 13);
  // Without elements there are no rows, whatever the width.
  CHECK(TensorView<float, 3>(memory.data(), {2, 3, 0}).rows().extents() == Strides<float, 2>{0, 0});
  CHECK(TensorView<float, 3>(memory.data(), {0, 3, 4}).rows().extents() == Strides<float, 2>{0, 4});
}

TEST_CASE("a view of mutable elements becomes one of const elements and never back", "[core]") {
  using Mutable = TensorView<float, 2>;
  using Const = TensorView<const float, 2>;
  static_assert(std::is_convertible_v<Mutable, Const>);
  static_assert(!std::is_constructible_v<Mutable, Const>);
  static_assert(!std::is_constructible_v<TensorView<const double, 2>, Mutable>);
  static_assert(!std::is_constructible_v<TensorView<const float, 1>, Mutable>);
  static_assert(std::is_same_v<decltype(std::declval<const Const&>()(0, 0)), const float&>);
  static_assert(std::is_same_v<decltype(std::declval<const Mutable&>()(0, 0)), float&>);
  static_assert(std::is_trivially_copyable_v<Mutable>);

  auto memory = counting(6);
  const Mutable view(memory.data(), {3, 2}, {1, 3});
  const Const same = view;
  CHECK(same.data() == view.data());
  CHECK(same.extents() == view.extents());
  CHECK(same.strides() == view.strides());
}

TEST_CASE("a view that was left out is empty, one without elements or without memory is not", "[core]") {
  float value = 0;
  CHECK(TensorView<float, 2>().empty());
  CHECK_FALSE(TensorView<float, 2>().has_memory());
  CHECK(TensorView<float, 2>().elements() == 0);
  CHECK_FALSE(TensorView<float, 1>(&value, {0}).empty());
  CHECK(TensorView<float, 1>(&value, {0}).has_memory());
  CHECK_FALSE(TensorView<float, 2>(nullptr, {2, 3}).empty());
  CHECK_FALSE(TensorView<float, 2>(nullptr, {2, 3}).has_memory());
}

TEST_CASE("a view as a batch of one has the same elements", "[core]") {
  auto memory = counting(6);
  const TensorView<float, 2> view(memory.data(), {3, 2}, {1, 3});
  const TensorView<float, 3> batch = view.as_batch();
  CHECK(batch.extents() == std::array<Index, 3>{1, 3, 2});
  CHECK(batch.data() == view.data());
  CHECK(&batch(0, 2, 1) == &view(2, 1));
  CHECK(view.transposed().as_batch()(0, 1, 2) == view(2, 1));
}

TEST_CASE("views work in constant expressions", "[core]") {
  static constexpr std::array<int, 6> values{10, 11, 12, 13, 14, 15};
  constexpr TensorView<const int, 2> view(values.data(), {2, 3});
  static_assert(view(1, 2) == 15);
  static_assert(view.transposed()(2, 0) == 12);
  static_assert(view.narrowed(1, 1, 2)[1][0] == 14);
  static_assert(view.flat()[4] == 14);
}

TEST_CASE("expect_shape names function, tensor, got and wanted", "[core][errors]") {
  float value = 0;
  const TensorView<float, 2> x(&value, {2, 384});
  CHECK_NOTHROW(expect_shape("linear.forward", "x", x, {2, 384}));
  CHECK_THROWS_MATCHES(expect_shape("linear.forward", "x", x, {2, 768}), ShapeError,
                       Catch::Matchers::Message("linear.forward: x is (2,384), expected (2,768)"));
}
