// Products, bias and its gradient on every backend against the reference in double, on odd sizes and padded rows.
// Fused and quantized layers: tests/layers.
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

TEMPLATE_LIST_TEST_CASE("a bias and its gradient equal the reference", "[ops]", OperationBackends) {
  const double eps = epsilon<typename TestType::Element>();
  const double scale = GENERATE(0., 0.5, 3., 30.);
  const auto x = Numbers<2>::random({5, 67}, 1, scale), bias = Numbers<2>::random({1, 67}, 3);
  const double tolerance = (1 + scale) * (eps + 4 * std::numeric_limits<float>::epsilon() * (eps > 1e-10));
  CHECK(error_of<TestType>(
            x, []<class B, class T>(auto& context, auto out, auto b) { B::add_bias(context, out, b[0]); }, bias) <=
        tolerance);

  const auto rows = Numbers<2>::random({30, 21}, 1), start = Numbers<2>::random({1, 21}, 2);
  CHECK(error_of<TestType>(
            start, []<class B, class E>(auto& context, auto out, auto in) { B::sum_rows(context, out[0], in); },
            rows) <= 31 * 31 * eps);
}
