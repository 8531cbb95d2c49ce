// Layer normalization and its gradient on every backend against the reference in double.
#include "support/backends.hpp"
#include "support/catch.hpp"
#include "support/operations.hpp"

using namespace icolorit;
using namespace icolorit::test;

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

TEMPLATE_LIST_TEST_CASE("layer_norm_backward equals the reference", "[ops][gradients]", OperationBackends) {
  using T = typename TestType::Element;
  const auto [M, D] = GENERATE(table<Index, Index>({{1, 2}, {5, 7}, {33, 192}, {2, 35}}));
  CAPTURE(M, D);
  const auto x = Numbers<2>::random({M, D}, 1, 4), dy = Numbers<2>::random({M, D}, 2);
  const auto weight = Numbers<2>::random({1, D}, 3), start = Numbers<2>::random({2, D}, 4);
  // dx is a few numbers below 1/sqrt(variance) <= 100 on these inputs; sums over M rows are rounded once a row.
  const double roundings = 8 * std::sqrt(static_cast<double>(D)) + static_cast<double>(M);
  const double tolerance = 4 * roundings * (epsilon<T>() + 100 * std::numeric_limits<Accumulator<T>>::epsilon());
  const auto run = []<class B, class E>(auto& context, auto out, auto gradients, auto statistics, auto dy_in, auto in,
                                        auto w) {
    B::layer_norm_backward(context, out, gradients[0], gradients[1], dy_in, in, w[0], Accumulator<E>(1e-6f),
                           statistics);
  };
  CHECK(error_of<TestType>(poison<2>({M, D}), run, start, poison<2>({M, 2}), dy, x, weight) <= tolerance);

  const auto gradients_of = []<class B, class E>(auto& context, auto out, auto dx, auto statistics, auto dy_in, auto in,
                                                 auto w) {
    B::layer_norm_backward(context, dx, out[0], out[1], dy_in, in, w[0], Accumulator<E>(1e-6f), statistics);
  };
  CHECK(error_of<TestType>(start, gradients_of, poison<2>({M, D}), poison<2>({M, 2}), dy, x, weight) <= tolerance);
}
