// Layer normalisation against values known in closed form.
#include "icolorit/layers/layer_norm.hpp"

#include "support/catch.hpp"
#include "support/layers.hpp"

using namespace icolorit;
using namespace icolorit::test;
using Catch::Matchers::Message;

namespace {

template <class Case>
Numbers<2> normalised(const LayerNorm::Config& config, const Parameters<LayerNorm>& parameters, const Numbers<2>& x) {
  using B = typename Case::Backend;
  using T = typename Case::Element;
  auto context = make_context<B>();
  const auto prepared = prepare<LayerNorm, B, T>(context, config, parameters);
  Tensor<B, T, 2> in(context, x, padding);
  return result_of<Case, 2>(context, x.extents,
                            [&](auto y) { LayerNorm::forward<B, T>(context, y, in.view(), prepared); });
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("rows of plus and minus one amplitude become plus and minus one", "[layers]", Backends) {
  using T = typename TestType::Element;
  // The smallest amplitude has a variance of 2^-20, about the published eps of 1e-6: another eps shows.
  const double amplitude = GENERATE(0x1p-10, 1., 64.), offset = GENERATE(0., 3.);
  if (offset != 0 && amplitude < 1) return;  // bf16 does not hold 3 + 2^-10
  CAPTURE(amplitude, offset);
  constexpr Index M = 5, D = 38;
  const LayerNorm::Config config{D};
  auto parameters = sparse_parameters<LayerNorm>(config, 1);
  auto& [weight, bias] = parameters.views();
  for (Index d = 0; d < D; ++d) weight[d] = 1 + static_cast<double>(d % 3);
  Numbers<2> x({M, D}), expected({M, D});
  for (Index m = 0; m < M; ++m)
    for (Index d = 0; d < D; ++d) {
      const double sign = (m + d) % 2 == 0 ? 1 : -1;
      x.view()(m, d) = offset + sign * amplitude;
      expected.view()(m, d) = sign * amplitude / std::sqrt(amplitude * amplitude + 1e-6) * weight[d] + bias[d];
    }
  // Mean and variance are exact but for D sums of the accumulator; then square root, division, two products, a sum and
  // eps itself; the result is below 4 and rounded once.
  const double tolerance = 4 * ((static_cast<double>(D) + 8) * accumulator_roundoff<T>() + roundoff<T>());
  CHECK(max_difference(normalised<TestType>(config, parameters, x), expected) <= tolerance);
}

TEMPLATE_LIST_TEST_CASE("layer norm has its own eps and may work in place", "[layers]", Backends) {
  using B = typename TestType::Backend;
  using T = typename TestType::Element;
  const LayerNorm::Config config{.dim = 16, .eps = 3};
  auto parameters = sparse_parameters<LayerNorm>(config, 2);
  std::fill_n(parameters.views().weight.data(), 16, 1.);
  std::fill_n(parameters.views().bias.data(), 16, 0.);
  Numbers<2> x({7, 16});
  for (std::size_t i = 0; i < x.values.size(); ++i) x.values[i] = i % 2 == 0 ? 1 : -1;
  auto context = make_context<B>();
  const auto prepared = prepare<LayerNorm, B, T>(context, config, parameters);
  Tensor<B, T, 2> y(context, x, padding);
  LayerNorm::forward<B, T>(context, y.view(), y.view(), prepared);
  for (double& value : x.values) value /= 2;  // a variance of 1 and an eps of 3
  CHECK(max_difference(y.download(), x) <= 24 * accumulator_roundoff<T>() + roundoff<T>());
}

TEST_CASE("layer norm names what does not fit", "[layers][errors]") {
  ReferenceBackend::Context context;
  const LayerNorm::Config config{8};
  const auto prepared =
      prepare<LayerNorm, ReferenceBackend, float>(context, config, sparse_parameters<LayerNorm>(config, 1));
  Buffer<float> x(100), y(100);
  const auto forward = [&](TensorView<float, 2> to, TensorView<const float, 2> from) {
    LayerNorm::forward<ReferenceBackend, float>(context, to, from, prepared);
  };
  CHECK_THROWS_MATCHES(forward(y.view(2, 9), x.view(2, 9)), ShapeError,
                       Message("layer_norm.forward: x is (2,9), expected (2,8)"));
  CHECK_THROWS_MATCHES(forward(y.view(3, 8), x.view(2, 8)), ShapeError,
                       Message("layer_norm.forward: y is (3,8), expected (2,8)"));
}

TEST_CASE("layer norm names in training what does not fit, forward and backward", "[layers][errors]") {
  using B = ReferenceBackend;
  B::Context context;
  const LayerNorm::Config config{8};
  ParameterBuffer<LayerNorm, float> gradients(config);
  const ParameterBuffer<LayerNorm, float> parameters(config);
  Buffer<float> x(100), y(100);
  const Allocated<LayerNorm::TrainingScratch<float>, HostMemory> scratch(
      [&](Arena& arena) { return LayerNorm::take_training_scratch<float>(config, 3, arena); });
  CHECK_THROWS_MATCHES((LayerNorm::forward<B, float>(context, y.view(2, 9), x.view(2, 9), config, parameters.views())),
                       ShapeError, Message("layer_norm.forward: x is (2,9), expected (2,8)"));
  const auto backward = [&](Index rows, Index x_rows) {
    LayerNorm::backward<B, float>(context, y.view(rows, 8), gradients.views(), y.view(rows, 8), x.view(x_rows, 8),
                                  config, parameters.views(), {}, *scratch);
  };
  CHECK_THROWS_MATCHES(backward(2, 3), ShapeError, Message("layer_norm.backward: dy is (2,8), expected (3,8)"));
  CHECK_THROWS_MATCHES(backward(4, 4), ShapeError, Message("layer_norm.backward: statistics is (3,2), expected (4,2)"));
}
