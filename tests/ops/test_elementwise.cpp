// Activations, their gradients, sums and factors on every backend against the reference in double.
#include "support/backends.hpp"
#include "support/catch.hpp"
#include "support/operations.hpp"

using namespace icolorit;
using namespace icolorit::test;

TEMPLATE_LIST_TEST_CASE("activations and sums equal the reference", "[ops]", OperationBackends) {
  const double eps = epsilon<typename TestType::Element>();
  const double scale = GENERATE(0., 0.5, 3., 30.);
  const auto x = Numbers<2>::random({5, 67}, 1, scale), other = Numbers<2>::random({5, 67}, 2, scale);
  const double tolerance = (1 + scale) * (eps + 4 * std::numeric_limits<float>::epsilon() * (eps > 1e-10));
  CHECK(error_of<TestType>(x, []<class B, class T>(auto& context, auto out) {
          B::activate(context, out, Activation::gelu);
        }) <= tolerance);
  CHECK(error_of<TestType>(x, []<class B, class T>(auto& context, auto out) {
          B::activate(context, out, Activation::tanh);
        }) <= tolerance);
  CHECK(error_of<TestType>(
            x, []<class B, class T>(auto& context, auto out, auto in) { B::add(context, out, in); }, other) <=
        2 * tolerance);
}

TEMPLATE_LIST_TEST_CASE("activation gradients and factors equal the reference", "[ops][gradients]", OperationBackends) {
  using T = typename TestType::Element;
  const auto dy = Numbers<2>::random({5, 67}, 1), saved = Numbers<2>::random({5, 67}, 2);
  for (const Activation activation : {Activation::gelu, Activation::tanh})
    CHECK(error_of<TestType>(
              dy,
              [activation]<class B, class E>(auto& context, auto out, auto s) {
                B::activate_backward(context, out, s, activation);
              },
              saved) <= 4 * epsilon<T>() + 4 * std::numeric_limits<float>::epsilon() * (epsilon<T>() > 1e-10));

  const auto rows = Numbers<2>::random({30, 21}, 1), factors = Numbers<2>::random({1, 3}, 4);
  CHECK(error_of<TestType>(
            rows, []<class B, class E>(auto& context, auto out, auto in) { B::scale_rows(context, out, in[0]); },
            factors) <= epsilon<T>());
}
