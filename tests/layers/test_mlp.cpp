// The feed-forward part against its formula written out in double.
#include "icolorit/layers/mlp.hpp"

#include "support/catch.hpp"
#include "support/layers.hpp"

using namespace icolorit;
using namespace icolorit::test;
using Catch::Matchers::Message;

namespace {

double gelu(double x) { return x / 2 * (1 + std::erf(x / std::numbers::sqrt2)); }

}  // namespace

TEMPLATE_LIST_TEST_CASE("the feed-forward part is residual + contract(gelu(expand(x)))", "[layers]", Backends) {
  using B = typename TestType::Backend;
  using T = typename TestType::Element;
  constexpr Index M = 17, D = 24, nonzeros = 3;
  const Index hidden = GENERATE(40, 1024);  // rows of 1024 floats are a page, which the scratch pads
  CAPTURE(hidden);
  const Mlp::Config config{D, hidden};
  const auto parameters = sparse_parameters<Mlp>(config, 1, nonzeros);
  const auto x = whole_numbers<2>({M, D}, 2), residual = whole_numbers<2>({M, D}, 3, 4);

  Numbers<2> expected({M, D});
  const auto& [expand, contract] = std::as_const(parameters).views();
  for (Index m = 0; m < M; ++m) {
    std::vector<double> h(static_cast<std::size_t>(hidden));
    for (Index o = 0; o < hidden; ++o) {
      double sum = expand.bias[o];
      for (Index d = 0; d < D; ++d) sum += expand.weight(o, d) * x.view()(m, d);
      h[static_cast<std::size_t>(o)] = gelu(sum);
    }
    for (Index d = 0; d < D; ++d) {
      double sum = residual.view()(m, d) + contract.bias[d];
      for (Index o = 0; o < hidden; ++o) sum += contract.weight(d, o) * h[static_cast<std::size_t>(o)];
      expected.view()(m, d) = sum;
    }
  }

  // Before GELU whole numbers up to 4 (three products and a bias), after it an error of 4 roundings of the accumulator
  // and one of the element type. Three of them, the residual (4) and the bias (1) are summed, 5 roundings of the
  // accumulator, and stored twice where bias and product are separate operations.
  const double e = accumulator_roundoff<T>(), u = roundoff<T>(), largest = nonzeros + 1;
  const double sum = nonzeros * largest + 4 + 1;
  const double tolerance = nonzeros * largest * (4 * e + u) + sum * (5 * e + 2 * u);

  auto context = make_context<B>();
  const auto prepared = prepare<Mlp, B, T>(context, config, parameters);
  Tensor<B, T, 2> in(context, x, padding), start(context, residual, padding);
  const auto scratch = scratch_for<Mlp, B, T>(context, config, M);
  const auto apart = result_of<TestType, 2>(context, x.extents, [&](auto y) {
    Mlp::forward<B, T>(context, y, {in.view(), start.view()}, prepared, *scratch);
  });
  CHECK(max_difference(apart, expected) <= tolerance);
  Mlp::forward<B, T>(context, start.view(), {in.view(), start.view()}, prepared, *scratch);
  CHECK(max_difference(start.download(), apart) == 0);  // in place nothing changes
}

TEST_CASE("the feed-forward part names what does not fit", "[layers][errors]") {
  ReferenceBackend::Context context;
  const Mlp::Config config{.dim = 4, .hidden = 8};
  const auto prepared = prepare<Mlp, ReferenceBackend, float>(context, config, sparse_parameters<Mlp>(config, 1));
  Buffer<float> x(100), y(100);
  Workspace<HostMemory> workspace(1024), nothing(0);
  const auto forward = [&](Index width, Index out, Arena arena) {
    const auto scratch = Mlp::take_scratch<ReferenceBackend, float>(context, config, 2, arena);
    Mlp::forward<ReferenceBackend, float>(context, y.view(2, out), {x.view(2, width)}, prepared, scratch);
  };
  CHECK_THROWS_MATCHES(forward(5, 4, workspace.arena()), ShapeError,
                       Message("linear.forward: x is (2,5), expected (2,4)"));
  CHECK_THROWS_MATCHES(forward(4, 5, workspace.arena()), ShapeError,
                       Message("linear.forward: y is (2,5), expected (2,4)"));
  CHECK_THROWS_MATCHES(forward(4, 4, nothing.arena()), ShapeError, Message("Workspace: 64 bytes wanted, 0 planned"));
}
