// The linear layer, fused and composed, against the sum written out. Whole numbers make every sum exact, so what is not
// activated must be equal to the last bit in every element type.
#include "icolorit/layers/linear.hpp"

#include <optional>

#include "support/catch.hpp"
#include "support/layers.hpp"
#include "support/operations.hpp"

using namespace icolorit;
using namespace icolorit::test;
using Catch::Matchers::Message;

namespace {

enum class Residual { none, other, output };

struct Problem {
  Linear::Config config;
  Numbers<2> x, residual;
  Parameters<Linear> parameters;

  Problem(Index M, Index K, Index O, bool bias, double unit = 1)
      : config{K, O, bias},
        x(whole_numbers<2>({M, K}, 1)),
        residual(whole_numbers<2>({M, O}, 2, 3, unit)),
        parameters(sparse_parameters<Linear>(config, 3, K, unit)) {}

  Numbers<2> expected(Residual kind) const {
    Numbers<2> y({x.extents[0], config.out});
    const auto& weight = parameters.views().weight;
    for (Index m = 0; m < y.extents[0]; ++m)
      for (Index o = 0; o < config.out; ++o) {
        double sum = kind == Residual::none ? 0 : residual.view()(m, o);
        for (Index k = 0; k < config.in; ++k) sum += x.view()(m, k) * weight(o, k);
        y.view()(m, o) = sum + (config.bias ? parameters.views().bias[o] : 0);
      }
    return y;
  }

  template <class Case>
  Numbers<2> computed(Residual kind, Activation activation) const {
    using B = typename Case::Backend;
    using T = typename Case::Element;
    auto context = make_context<B>();
    const auto prepared = prepare<Linear, B, T>(context, config, parameters, activation);
    Tensor<B, T, 2> in(context, x, padding), added(context, residual, padding), out(context, residual, padding);
    Tensor<B, T, 2>& y = kind == Residual::output ? added : out;
    const TensorView<const T, 2> start = kind == Residual::none ? TensorView<const T, 2>{} : added.view();
    Linear::forward<B, T>(context, y.view(), {in.view(), start}, prepared);
    return y.download();
  }
};

}  // namespace

TEMPLATE_LIST_TEST_CASE("a linear layer is the sum of products, exactly", "[layers]", Backends) {
  // Sizes around the CPU backend's 14 rows of a tile, 392 rows and 256 products of a block, 32 columns of a panel.
  const auto [M, K, O] = GENERATE(table<Index, Index, Index>(
      {{1, 1, 1}, {15, 300, 33}, {29, 513, 70}, {14, 256, 32}, {6, 257, 31}, {401, 5, 3}, {17, 64, 96}}));
  const bool bias = GENERATE(true, false);
  CAPTURE(M, K, O, bias);
  const Problem problem(M, K, O, bias);
  REQUIRE(largest_magnitude(problem.expected(Residual::other)) + 3 <= 256);  // else bf16 would round
  for (const auto kind : {Residual::none, Residual::other, Residual::output})
    CHECK(max_difference(problem.computed<TestType>(kind, Activation::none), problem.expected(kind)) == 0);
}

TEMPLATE_LIST_TEST_CASE("a linear layer activates bias and residual as well", "[layers]", Backends) {
  using T = typename TestType::Element;
  const auto kind = GENERATE(Residual::none, Residual::output);
  const Problem problem(29, 300, 33, true, 0x1p-4);  // sums within about +-3, where the activations bend
  Numbers<2> gelu = problem.expected(kind), tanh = gelu;
  const double largest = largest_magnitude(gelu);
  for (double& value : gelu.values) value *= (1 + std::erf(value / std::numbers::sqrt2)) / 2;
  for (double& value : tanh.values) value = std::tanh(value);
  // The argument is exact. The activation's own error is below 4 roundings of the accumulator (its polynomials state
  // 2e-7 for float, relative to the argument for GELU), and the result is rounded once.
  const double tolerance = std::max(1., largest) * (4 * accumulator_roundoff<T>() + roundoff<T>());
  CHECK(max_difference(problem.computed<TestType>(kind, Activation::gelu), gelu) <= tolerance);
  CHECK(max_difference(problem.computed<TestType>(kind, Activation::tanh), tanh) <= tolerance);
}

TEST_CASE("a linear layer names what does not fit", "[layers][errors]") {
  ReferenceBackend::Context context;
  const Linear::Config config{.in = 4, .out = 2};
  const auto prepared = prepare<Linear, ReferenceBackend, float>(context, config, sparse_parameters<Linear>(config, 1));
  Buffer<float> x(100), y(100), residual(100);
  const auto forward = [&](TensorView<float, 2> to, TensorView<const float, 2> from,
                           TensorView<const float, 2> start = {}) {
    Linear::forward<ReferenceBackend, float>(context, to, {from, start}, prepared);
  };
  CHECK_THROWS_MATCHES(forward(y.view(3, 2), x.view(3, 5)), ShapeError,
                       Message("linear.forward: x is (3,5), expected (3,4)"));
  CHECK_THROWS_MATCHES(forward(y.view(3, 3), x.view(3, 4)), ShapeError,
                       Message("linear.forward: y is (3,3), expected (3,2)"));
  CHECK_THROWS_MATCHES(forward(y.view(2, 2), x.view(3, 4)), ShapeError,
                       Message("linear.forward: y is (2,2), expected (3,2)"));
  CHECK_THROWS_MATCHES(forward(y.view(3, 2), x.view(3, 4), residual.view(1, 2)), ShapeError,
                       Message("linear.forward: residual is (1,2), expected (3,2)"));
}

TEMPLATE_LIST_TEST_CASE("a linear layer in training equals the reference", "[layers][linear]", Backends) {
  using T = typename TestType::Element;
  // More rows, columns and depth than one block of the CPU's product, and less than one vector.
  const auto [M, in, out] =
      GENERATE(table<Index, Index, Index>({{1, 1, 1}, {5, 300, 35}, {401, 17, 40}, {14, 512, 32}}));
  CAPTURE(M, in, out);
  const auto x = Numbers<2>::random({M, in}, 1), weight = Numbers<2>::random({out, in}, 2);
  const auto bias = Numbers<2>::random({1, out}, 3), residual = Numbers<2>::random({M, out}, 4);
  // Sums of `in` products below 1 in the accumulator; what comes out is rounded up to three times.
  const double most = static_cast<double>(in + 2);
  const double tolerance = 3 * most * epsilon<T>() + most * most * std::numeric_limits<Accumulator<T>>::epsilon();
  const Linear::Config config{in, out}, without_bias{in, out, /*bias=*/false};
  const auto run = [&]<class B, class E>(auto& context, TensorView<E, 2> y, auto rows, auto matrix, auto row,
                                         TensorView<const E, 2> start) {
    Linear::forward<B, E>(context, y, {rows, start}, config, {matrix, row[0]});
  };
  CHECK(error_of<TestType>(poison<2>({M, out}), run, x, weight, bias, residual) <= tolerance);
  CHECK(error_of<TestType>(
            residual,
            [&]<class B, class E>(auto& context, auto y, auto... operands) {
              run.template operator()<B, E>(context, y, operands..., y);
            },
            x, weight, bias) <= tolerance);
  CHECK(error_of<TestType>(
            poison<2>({M, out}),
            [&]<class B, class E>(auto& context, TensorView<E, 2> y, TensorView<const E, 2> rows,
                                  TensorView<const E, 2> matrix) {
              Linear::forward<B, E>(context, y, {rows}, without_bias, {matrix, {}});
            },
            x, weight) <= tolerance);
}

TEST_CASE("a linear layer names in training what does not fit, forward and backward", "[layers][errors]") {
  using B = ReferenceBackend;
  B::Context context;
  const Linear::Config config{.in = 4, .out = 2};
  ParameterBuffer<Linear, float> gradients(config);
  const ParameterBuffer<Linear, float> parameters(config);
  Buffer<float> x(100), y(100), dx(100);
  const auto forward = [&](TensorView<float, 2> to, TensorView<const float, 2> from) {
    Linear::forward<B, float>(context, to, {from}, config, parameters.views());
  };
  CHECK_THROWS_MATCHES(forward(y.view(3, 2), x.view(3, 5)), ShapeError,
                       Message("linear.forward: x is (3,5), expected (3,4)"));
  CHECK_THROWS_MATCHES(forward(y.view(2, 2), x.view(3, 4)), ShapeError,
                       Message("linear.forward: y is (2,2), expected (3,2)"));
  const auto backward = [&](TensorView<float, 2> to, TensorView<const float, 2> dy, TensorView<const float, 2> from) {
    Linear::backward<B, float>(context, to, gradients.views(), dy, {from}, config, parameters.views());
  };
  CHECK_THROWS_MATCHES(backward(dx.view(3, 4), y.view(3, 2), x.view(3, 5)), ShapeError,
                       Message("linear.backward: x is (3,5), expected (3,4)"));
  CHECK_THROWS_MATCHES(backward(dx.view(3, 4), y.view(2, 2), x.view(3, 4)), ShapeError,
                       Message("linear.backward: dy is (2,2), expected (3,2)"));
  CHECK_THROWS_MATCHES(backward(dx.view(3, 5), y.view(3, 2), x.view(3, 4)), ShapeError,
                       Message("linear.backward: dx is (3,5), expected (3,4)"));
}
