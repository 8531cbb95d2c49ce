// Every required operation of every backend and element type against the reference backend in double, on odd sizes and
// padded rows. Tolerances: `roundings` times half an epsilon of the element type, times the largest magnitude involved.
#include "support/backends.hpp"
#include "support/catch.hpp"
#include "support/operations.hpp"

using namespace icolorit;
using namespace icolorit::test;

TEMPLATE_LIST_TEST_CASE("matmul equals the reference", "[ops]", OperationBackends) {
  const double eps = epsilon<typename TestType::Element>();
  const auto [G, M, N, K] = GENERATE(table<Index, Index, Index, Index>(
      {{1, 1, 1, 1}, {2, 15, 33, 7}, {3, 29, 65, 300}, {1, 14, 32, 256}, {2, 5, 3, 513}, {1, 43, 100, 17}}));
  CAPTURE(G, M, N, K);
  const auto a = Numbers<3>::random({G, M, K}, 1), b = Numbers<3>::random({G, K, N}, 2),
             c = Numbers<3>::random({G, M, N}, 3);
  // K products of numbers below 1, summed in the accumulator, then one rounding to the element type.
  using Sum = Accumulator<typename TestType::Element>;
  const double tolerance =
      static_cast<double>(K) * (static_cast<double>(K) * std::numeric_limits<Sum>::epsilon() + eps);

  SECTION("plain") {
    CHECK(error_of<TestType>(
              poison<3>({G, M, N}),
              []<class B, class T>(auto& context, auto out, auto x, auto y) {
                B::matmul(context, out, x, y, T(0.5f), false);
              },
              a, b) <= tolerance);
  }
  SECTION("accumulating, both operands transposed") {
    const auto at = Numbers<3>::random({G, K, M}, 4), bt = Numbers<3>::random({G, N, K}, 5);
    CHECK(error_of<TestType>(
              c,
              []<class B, class T>(auto& context, auto out, auto x, auto y) {
                B::matmul(context, out, x.transposed(), y.transposed(), T(1.f), true);
              },
              at, bt) <= tolerance);
  }
}

TEMPLATE_LIST_TEST_CASE("layer_norm equals the reference", "[ops]", OperationBackends) {
  const double eps = epsilon<typename TestType::Element>();
  const auto [M, D] = GENERATE(table<Index, Index>({{1, 1}, {5, 7}, {33, 192}, {2, 35}}));
  CAPTURE(M, D);
  const auto x = Numbers<2>::random({M, D}, 1, 4), weight = Numbers<2>::random({1, D}, 2),
             bias = Numbers<2>::random({1, D}, 3);
  const auto run = []<class B, class T>(auto& context, auto out, auto in, auto w, auto b) {
    B::layer_norm(context, out, in, w[0], b[0], Accumulator<T>(1e-6f));
  };
  // A normalised value is below sqrt(D); statistics are as exact as the accumulator, the result is rounded once.
  const double tolerance = 2 * std::sqrt(static_cast<double>(D)) *
                           (eps + 16 * std::numeric_limits<Accumulator<typename TestType::Element>>::epsilon());
  CHECK(error_of<TestType>(poison<2>({M, D}), run, x, weight, bias) <= tolerance);
  SECTION("in place") {
    const auto in_place = []<class B, class T>(auto& context, auto out, auto w, auto b) {
      B::layer_norm(context, out, out, w[0], b[0], Accumulator<T>(1e-6f));
    };
    CHECK(error_of<TestType>(x, in_place, weight, bias) <= tolerance);
  }
  SECTION("a constant row gives the bias") {
    auto flat = x;
    for (double& value : flat.values) value = 2;
    CHECK(error_of<TestType>(poison<2>({M, D}), run, flat, weight, bias) <= tolerance);
  }
}

TEMPLATE_LIST_TEST_CASE("softmax equals the reference", "[ops]", OperationBackends) {
  const Index N = GENERATE(1, 3, 16, 49, 196);
  const double scale = GENERATE(0., 1., 60.);
  CAPTURE(N, scale);
  const auto run = []<class B, class T>(auto& context, auto out) { B::softmax(context, out); };
  // Probabilities are at most 1; the exponent's own rounding is relative to the largest logit difference.
  using Sum = Accumulator<typename TestType::Element>;
  const double tolerance =
      epsilon<typename TestType::Element>() + (2 * scale + 8) * std::numeric_limits<Sum>::epsilon();
  CHECK(error_of<TestType>(Numbers<2>::random({7, N}, 1, scale), run) <= tolerance);
}

TEMPLATE_LIST_TEST_CASE("position bias and locality equal the reference", "[ops]", OperationBackends) {
  const auto [R, C] = GENERATE(table<Index, Index>({{1, 1}, {3, 3}, {2, 5}, {7, 4}}));
  CAPTURE(R, C);
  const Grid grid{R, C};
  const Index N = grid.tokens(), H = 3;
  const auto logits = Numbers<3>::random({H, N, N}, 1);
  const auto table = Numbers<2>::random({(2 * R - 1) * (2 * C - 1), H}, 2);
  const double tolerance = 2 * epsilon<typename TestType::Element>();
  CHECK(
      error_of<TestType>(
          logits,
          [grid]<class B, class T>(auto& context, auto out, auto in) { B::add_position_bias(context, out, in, grid); },
          table) <= tolerance);
  CHECK(error_of<TestType>(logits, [grid]<class B, class T>(auto& context, auto out) {
          B::mask_distant(context, out, grid);
          // What matters of the masked value is that softmax turns it into exactly nothing.
          B::softmax(context,
                     TensorView<T, 2>(out.data(), {out.extent(0) * out.extent(1), out.extent(2)}, {out.stride(1), 1}));
        }) <= tolerance);
}

TEMPLATE_LIST_TEST_CASE("activations and sums equal the reference", "[ops]", OperationBackends) {
  const double eps = epsilon<typename TestType::Element>();
  const double scale = GENERATE(0., 0.5, 3., 30.);
  const auto x = Numbers<2>::random({5, 67}, 1, scale), other = Numbers<2>::random({5, 67}, 2, scale),
             bias = Numbers<2>::random({1, 67}, 3);
  const double tolerance = (1 + scale) * (eps + 4 * std::numeric_limits<float>::epsilon() * (eps > 1e-10));
  CHECK(error_of<TestType>(x, []<class B, class T>(auto& context, auto out) {
          B::activate(context, out, Activation::gelu);
        }) <= tolerance);
  CHECK(error_of<TestType>(x, []<class B, class T>(auto& context, auto out) {
          B::activate(context, out, Activation::tanh);
        }) <= tolerance);
  CHECK(error_of<TestType>(
            x, []<class B, class T>(auto& context, auto out, auto b) { B::add_bias(context, out, b[0]); }, bias) <=
        tolerance);
  CHECK(error_of<TestType>(
            x, []<class B, class T>(auto& context, auto out, auto in) { B::add(context, out, in); }, other) <=
        2 * tolerance);
}

TEMPLATE_LIST_TEST_CASE("rearrangements equal the reference exactly", "[ops]", OperationBackends) {
  const Index P = GENERATE(1, 2, 4);
  const Index B_ = 2, R = 3, C = 5, H = R * P, W = C * P;
  CAPTURE(P);
  const auto picture = Numbers<4>::random({B_, 4, H, W}, 1);
  const auto ab = Numbers<4>::random({B_, 2, H, W}, 2);
  const auto tokens = Numbers<2>::random({B_ * R * C, 2 * P * P}, 3);
  const auto x = Numbers<2>::random({B_ * R * C, 11}, 4);
  CHECK(error_of<TestType>(
            poison<2>({B_ * R * C, 4 * P * P}),
            [P]<class B, class T>(auto& context, auto out, auto in) { B::extract_patches(context, out, in, P); },
            picture) == 0);
  CHECK(error_of<TestType>(
            poison<4>({B_, 2, H, W}),
            [P]<class B, class T>(auto& context, auto out, auto in) { B::pixel_shuffle(context, out, in, P); },
            tokens) == 0);
  CHECK(error_of<TestType>(
            poison<2>({B_ * R * C, 2 * P * P}),
            [P]<class B, class T>(auto& context, auto out, auto in) { B::pixel_unshuffle(context, out, in, P); },
            ab) == 0);
  CHECK(error_of<TestType>(
            poison<2>({B_ * R * C, 9 * 11}),
            []<class B, class T>(auto& context, auto out, auto in) {
              B::gather_neighbours(context, out, in, Grid{3, 5});
            },
            x) == 0);
  CHECK(error_of<TestType>(
            poison<2>({2 * x.extents[0], 11}),
            []<class B, class T>(auto& context, auto out, auto in) { B::repeat_rows(context, out, in); }, x) == 0);
}

TEMPLATE_LIST_TEST_CASE("gathering works on a grid of one row", "[ops]", OperationBackends) {
  const auto x = Numbers<2>::random({4, 3}, 4);
  CHECK(error_of<TestType>(
            poison<2>({4, 27}),
            []<class B, class T>(auto& context, auto out, auto in) {
              B::gather_neighbours(context, out, in, Grid{1, 4});
            },
            x) == 0);
}

TEMPLATE_LIST_TEST_CASE("encode_hints equals the reference", "[ops]", OperationBackends) {
  const Index cell = GENERATE(1, 2, 3, 4, 12);
  const Index channels = GENERATE(3, 4);
  const bool average = GENERATE(true, false), centre = GENERATE(true, false);
  CAPTURE(cell, channels, average, centre);
  const auto lab = Numbers<4>::random({2, 3, 12, 24}, 1);
  auto mask = Numbers<2>::random({2, 12 / cell * (24 / cell)}, 2);
  for (double& value : mask.values) value = value > 0;
  CHECK(error_of<TestType>(
            poison<4>({2, channels, 12, 24}),
            [=]<class B, class T>(auto& context, auto out, auto in, auto m) {
              B::encode_hints(context, out, in, m, cell, HintEncoding{average, centre});
            },
            lab, mask) <= epsilon<typename TestType::Element>());
}
