// The three heads: the convolution against one written out, the others against the layers they are made of.
#include "icolorit/layers/local_stabilizer.hpp"

#include "support/catch.hpp"
#include "support/layers.hpp"

using namespace icolorit;
using namespace icolorit::test;
using Catch::Matchers::Message;

namespace {

constexpr Index batch = 2, out = 18;

template <class Case>
Numbers<2> stabilised(const LocalStabilizer::Config& config, const Parameters<LocalStabilizer>& parameters,
                      const Numbers<2>& x) {
  using B = typename Case::Backend;
  using T = typename Case::Element;
  auto context = make_context<B>();
  const auto prepared = prepare<LocalStabilizer, B, T>(context, config, parameters);
  Tensor<B, T, 2> in(context, x, padding);
  const auto scratch = scratch_for<LocalStabilizer, B, T>(context, config, x.extents[0]);
  return result_of<Case, 2>(context, {x.extents[0], config.out},
                            [&](auto y) { LocalStabilizer::forward<B, T>(context, y, in.view(), prepared, *scratch); });
}

/// Reflection without repeating the border; a line of one has nothing else to offer.
Index reflected(Index i, Index n) {
  if (n == 1) return 0;
  return i < 0 ? -i : i >= n ? 2 * (n - 1) - i : i;
}

std::string names_of(const LocalStabilizer::Config& config) {
  LocalStabilizer::Params<float> params;
  std::string names;
  LocalStabilizer::visit(config, params, "head.", [&](const std::string& name, auto&, const auto& extents, Decay) {
    names += concat(name, " ", Shape(std::span<const Index>(extents)), "\n");
  });
  return names;
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("the convolution head is a 3x3 convolution with reflected border and tanh", "[layers]",
                        Backends) {
  using T = typename TestType::Element;
  const Grid grid = GENERATE(Grid{3, 5}, Grid{2, 2}, Grid{1, 4}, Grid{3, 1}, Grid{1, 1});
  const Index dim = 29, N = grid.tokens();
  CAPTURE(grid.rows, grid.columns);
  const LocalStabilizer::Config config{Stabilizer::convolution, dim, out, grid};
  // Sums of 261 products of -1, 0, 1 times 2^-5: exact in every element type, and where tanh bends.
  const auto parameters = sparse_parameters<LocalStabilizer>(config, 1, 9 * dim, 0x1p-5);
  const auto x = whole_numbers<2>({batch * N, dim}, 2);

  const auto& [weight, bias] = parameters.views().convolution;
  Numbers<2> expected({batch * N, out});
  for (Index b = 0; b < batch; ++b)
    for (Index gy = 0; gy < grid.rows; ++gy)
      for (Index gx = 0; gx < grid.columns; ++gx)
        for (Index o = 0; o < out; ++o) {
          double sum = bias[o];
          for (Index dy = -1; dy <= 1; ++dy)
            for (Index dx = -1; dx <= 1; ++dx) {
              const Index y = reflected(gy + dy, grid.rows), x_at = reflected(gx + dx, grid.columns);
              for (Index d = 0; d < dim; ++d)
                sum += weight(o, d, dy + 1, dx + 1) * x.view()(b * N + y * grid.columns + x_at, d);
            }
          expected.view()(b * N + gy * grid.columns + gx, o) = std::tanh(sum);
        }
  // tanh of an exact argument: the function's own error and one rounding of a number below 1.
  CHECK(max_difference(stabilised<TestType>(config, parameters, x), expected) <=
        4 * accumulator_roundoff<T>() + roundoff<T>());
}

TEMPLATE_LIST_TEST_CASE("the linear head is a linear layer and tanh", "[layers]", Backends) {
  using B = typename TestType::Backend;
  using T = typename TestType::Element;
  const LocalStabilizer::Config config{Stabilizer::linear, 29, out, {3, 5}};
  const auto parameters = sparse_parameters<LocalStabilizer>(config, 1, 29, 0x1p-3);
  const auto x = whole_numbers<2>({batch * 15, 29}, 2);
  auto context = make_context<B>();
  Parameters<Linear> linear(config.linear());
  std::copy_n(parameters.flat().data(), linear.flat().elements(), linear.flat().data());
  const auto prepared = prepare<Linear, B, T>(context, config.linear(), linear, Activation::tanh);
  Tensor<B, T, 2> in(context, x);
  const auto expected = result_of<TestType, 2>(
      context, {batch * 15, out}, [&](auto y) { Linear::forward<B, T>(context, y, {in.view()}, prepared); });
  CHECK(max_difference(stabilised<TestType>(config, parameters, x), expected) == 0);
}

TEMPLATE_LIST_TEST_CASE("the local attention head is local attention without biases and tanh", "[layers]", Backends) {
  using B = typename TestType::Backend;
  using T = typename TestType::Element;
  const LocalStabilizer::Config config{Stabilizer::local_attention, 32, out, {3, 5}};
  const Attention::Config attention{
      .dim = 32, .heads = 8, .out = out, .grid = {3, 5}, .position_bias = false, .qkv_bias = false, .local = true};
  const auto parameters = sparse_parameters<LocalStabilizer>(config, 1);
  const auto x = whole_numbers<2>({batch * 15, 32}, 2);
  auto context = make_context<B>();
  Parameters<Attention> same(attention);
  REQUIRE(same.flat().elements() == parameters.flat().elements());
  std::copy_n(parameters.flat().data(), same.flat().elements(), same.flat().data());
  const auto prepared = prepare<Attention, B, T>(context, attention, same, Activation::tanh);
  Tensor<B, T, 2> in(context, x);
  const auto scratch = scratch_for<Attention, B, T>(context, attention, batch * 15);
  const auto expected = result_of<TestType, 2>(context, {batch * 15, out}, [&](auto y) {
    Attention::forward<B, T>(context, y, {in.view()}, prepared, *scratch);
  });
  CHECK(max_difference(stabilised<TestType>(config, parameters, x), expected) == 0);
}

TEST_CASE("the names of the heads' parameters are the published ones", "[layers]") {
  CHECK(names_of({Stabilizer::convolution, 16, out, {2, 2}}) == "head.head.weight (18,16,3,3)\nhead.head.bias (18)\n");
  CHECK(names_of({Stabilizer::linear, 16, out, {2, 2}}) == "head.weight (18,16)\nhead.bias (18)\n");
  CHECK(names_of({Stabilizer::local_attention, 16, out, {2, 2}}) ==
        "head.qkv.weight (48,16)\nhead.proj.weight (18,16)\nhead.proj.bias (18)\n");
}

TEST_CASE("the convolution head names what does not fit", "[layers][errors]") {
  ReferenceBackend::Context context;
  const LocalStabilizer::Config config{Stabilizer::convolution, 8, out, {2, 3}};
  const auto prepared =
      prepare<LocalStabilizer, ReferenceBackend, float>(context, config, sparse_parameters<LocalStabilizer>(config, 1));
  Buffer<float> x(1000), y(1000);
  Workspace<HostMemory> workspace(1 << 16), nothing(0);
  const auto forward = [&](Index rows, Index width, Index to_width, Arena arena) {
    const auto scratch = LocalStabilizer::take_scratch<ReferenceBackend, float>(context, config, rows, arena);
    LocalStabilizer::forward<ReferenceBackend, float>(context, y.view(rows, to_width), x.view(rows, width), prepared,
                                                      scratch);
  };
  CHECK_NOTHROW(forward(12, 8, out, workspace.arena()));
  CHECK_THROWS_MATCHES(forward(12, 9, out, workspace.arena()), ShapeError,
                       Message("conv_stabilizer.forward: x is (12,9), expected (12,8)"));
  // Half a picture has neighbours that are not there.
  CHECK_THROWS_MATCHES(forward(9, 8, out, workspace.arena()), ShapeError,
                       Message("conv_stabilizer.forward: x is (9,8), expected (6,8)"));
  CHECK_THROWS_MATCHES(forward(12, 8, out + 1, workspace.arena()), ShapeError,
                       Message("linear.forward: y is (12,19), expected (12,18)"));
  CHECK_THROWS_AS(forward(12, 8, out, nothing.arena()), ShapeError);
}

TEST_CASE("the convolution head names in training what does not fit", "[layers][errors]") {
  using B = ReferenceBackend;
  B::Context context;
  const LocalStabilizer::Config config{Stabilizer::convolution, 8, out, {2, 3}};
  const ParameterBuffer<LocalStabilizer, float> parameters(config);
  Buffer<float> x(1000), y(1000);
  Workspace<HostMemory> workspace(1 << 16);
  const auto forward = [&](Index rows, Index width, Index to_width) {
    Arena arena = workspace.arena();
    const auto saved = LocalStabilizer::take_saved<float>(config, rows, arena);
    const auto scratch = LocalStabilizer::take_training_scratch<float>(config, rows, arena);
    LocalStabilizer::forward<B, float>(context, y.view(rows, to_width), x.view(rows, width), config, parameters.views(),
                                       saved, scratch);
  };
  CHECK_THROWS_MATCHES(forward(12, 9, out), ShapeError,
                       Message("conv_stabilizer.forward: x is (12,9), expected (12,8)"));
  // Half a picture has neighbours that are not there.
  CHECK_THROWS_MATCHES(forward(9, 8, out), ShapeError, Message("conv_stabilizer.forward: x is (9,8), expected (6,8)"));
  CHECK_THROWS_MATCHES(forward(12, 8, out + 1), ShapeError,
                       Message("local_stabilizer.forward: y is (12,19), expected (12,18)"));
}
