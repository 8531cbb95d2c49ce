// Tokens to pixels and back: copies, so that every comparison is exact.
#include "icolorit/layers/pixel_shuffle.hpp"

#include "support/catch.hpp"
#include "support/layers.hpp"

using namespace icolorit;
using namespace icolorit::test;
using Catch::Matchers::Message;

namespace {

constexpr Index batch = 2, rows = 3, columns = 5;

template <class Case>
Numbers<4> shuffled(const Numbers<2>& tokens, Index P) {
  using B = typename Case::Backend;
  using T = typename Case::Element;
  auto context = make_context<B>();
  Tensor<B, T, 2> in(context, tokens, padding);
  return result_of<Case, 4>(context, {batch, 2, rows * P, columns * P},
                            [&](auto picture) { PixelShuffle::forward<B, T>(context, picture, in.view(), P); });
}

template <class Case>
Numbers<2> unshuffled(const Numbers<4>& picture, Index P) {
  using B = typename Case::Backend;
  using T = typename Case::Element;
  auto context = make_context<B>();
  Tensor<B, T, 4> in(context, picture, padding);
  return result_of<Case, 2>(context, {batch * rows * columns, 2 * P * P},
                            [&](auto tokens) { PixelShuffle::inverse<B, T>(context, tokens, in.view(), P); });
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("a token holds its patch by row, column and channel, the channel fastest", "[layers]",
                        Backends) {
  const Index P = GENERATE(1, 2, 3, 8);
  const auto tokens = whole_numbers<2>({batch * rows * columns, 2 * P * P}, 1, 100);
  const auto picture = shuffled<TestType>(tokens, P);
  for (Index n = 0; n < batch * rows * columns; ++n)
    for (Index y = 0; y < P; ++y)
      for (Index x = 0; x < P; ++x)
        for (Index c = 0; c < 2; ++c) {
          const Index b = n / (rows * columns), gy = n / columns % rows, gx = n % columns;
          CAPTURE(P, n, y, x, c);
          REQUIRE(picture.view()(b, c, gy * P + y, gx * P + x) == tokens.view()(n, (y * P + x) * 2 + c));
        }
}

TEMPLATE_LIST_TEST_CASE("pixel shuffle and its inverse undo each other", "[layers]", Backends) {
  const Index P = GENERATE(1, 2, 3, 8);
  CAPTURE(P);
  const auto tokens = whole_numbers<2>({batch * rows * columns, 2 * P * P}, 2, 100);
  CHECK(max_difference(unshuffled<TestType>(shuffled<TestType>(tokens, P), P), tokens) == 0);
  const auto picture = whole_numbers<4>({batch, 2, rows * P, columns * P}, 3, 100);
  CHECK(max_difference(shuffled<TestType>(unshuffled<TestType>(picture, P), P), picture) == 0);
}

TEST_CASE("pixel shuffle names what does not fit", "[layers][errors]") {
  ReferenceBackend::Context context;
  Buffer<float> picture(1000), tokens(1000);
  const auto forward = [&](TensorView<float, 4> to, TensorView<const float, 2> from) {
    PixelShuffle::forward<ReferenceBackend, float>(context, to, from, 4);
  };
  const auto inverse = [&](TensorView<float, 2> to, TensorView<const float, 4> from) {
    PixelShuffle::inverse<ReferenceBackend, float>(context, to, from, 4);
  };
  CHECK_THROWS_MATCHES(
      forward(picture.view(1, 3, 8, 8), tokens.view(4, 32)), ShapeError,
      Message("pixel_shuffle.forward: picture is (1,3,8,8), expected (B,2,H,W) with H and W multiples of 4"));
  CHECK_THROWS_MATCHES(forward(picture.view(1, 2, 8, 8), tokens.view(4, 16)), ShapeError,
                       Message("pixel_shuffle.forward: tokens is (4,16), expected (4,32)"));
  CHECK_THROWS_MATCHES(
      inverse(tokens.view(4, 32), picture.view(1, 2, 8, 6)), ShapeError,
      Message("pixel_shuffle.inverse: picture is (1,2,8,6), expected (B,2,H,W) with H and W multiples of 4"));
  CHECK_THROWS_MATCHES(inverse(tokens.view(3, 32), picture.view(1, 2, 8, 8)), ShapeError,
                       Message("pixel_shuffle.inverse: tokens is (3,32), expected (4,32)"));
}
