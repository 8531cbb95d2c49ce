// Softmax, position bias and locality, and their gradients, on every backend against the reference in double.
#include "support/backends.hpp"
#include "support/catch.hpp"
#include "support/operations.hpp"

using namespace icolorit;
using namespace icolorit::test;

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

TEMPLATE_LIST_TEST_CASE("softmax gradients equal the reference", "[ops][gradients]", OperationBackends) {
  using T = typename TestType::Element;
  const auto dy = Numbers<2>::random({5, 67}, 1), saved = Numbers<2>::random({5, 67}, 2);
  // 67 products of numbers below 1 in the accumulator, then a few roundings of numbers below 70.
  const double tolerance = 70 * (2 * epsilon<T>() + 67 * std::numeric_limits<Accumulator<T>>::epsilon());
  CHECK(error_of<TestType>(
            dy, []<class B, class E>(auto& context, auto out, auto y) { B::softmax_backward(context, out, y); },
            saved) <= tolerance);
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

TEMPLATE_LIST_TEST_CASE("position bias gradients equal the reference", "[ops][gradients]", OperationBackends) {
  using T = typename TestType::Element;
  const auto [R, C] = GENERATE(table<Index, Index>({{1, 1}, {3, 3}, {2, 5}, {7, 4}}));
  CAPTURE(R, C);
  const Grid grid{R, C};
  const Index N = grid.tokens(), H = 3;
  const auto dlogits = Numbers<3>::random({H, N, N}, 1);
  const auto start = Numbers<2>::random({(2 * R - 1) * (2 * C - 1), H}, 2);
  // At most N pairs meet in one entry, which stays below N + 1 and is rounded after each.
  const double tolerance = static_cast<double>(N * (N + 1)) * epsilon<T>();
  CHECK(error_of<TestType>(
            start,
            [grid]<class B, class E>(auto& context, auto out, auto in) {
              B::position_bias_backward(context, out, in, grid);
            },
            dlogits) <= tolerance);
}
