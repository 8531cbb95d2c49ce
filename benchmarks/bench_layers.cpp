// The layers of the published networks on the CPU, one picture, two threads unless the last argument says otherwise.
#include "icolorit/cpu/backend.hpp"
#include "icolorit/models/icolorit.hpp"
#include "support.hpp"

using namespace icolorit;

namespace {

using B = CpuBackend;

IColoriTConfig network(Index heads) {
  return ModelRegistry::published().find(heads == 3   ? "icolorit_tiny_4ch_patch16_224"
                                         : heads == 6 ? "icolorit_small_4ch_patch16_224"
                                                      : "icolorit_base_4ch_patch16_224");
}

/// A layer's random parameters, small enough that nothing grows.
template <class Layer>
ParameterBuffer<Layer, float> random_layer(const typename Layer::Config& config) {
  ParameterBuffer<Layer, float> parameters(config);
  Random random(1);
  for (Index i = 0; i < parameters.flat().extent(0); ++i)
    parameters.flat()[i] = static_cast<float>(.1 * random.uniform() - .05);
  return parameters;
}

/// The forward of one picture, y (196,D) from x (196,D).
template <class Layer>
void run(benchmark::State& state, const typename Layer::Config& config, Index dim, double multiply_adds) {
  B::Context context(static_cast<int>(state.range(1)));
  const auto parameters = random_layer<Layer>(config);
  const typename Layer::template Prepared<B, float> prepared(context, config, std::as_const(parameters).views());
  const Index N = 196;
  const Allocated<typename Layer::template Scratch<B, float>, HostMemory> scratch(
      [&](Arena& arena) { return Layer::template take_scratch<B, float>(context, config, N, arena); });
  const Buffer<float> x = random_numbers(N * dim);
  Buffer<float> y(N * dim);
  for (auto iteration : state)
    Layer::template forward<B, float>(context, y.view(N, dim), {x.view(N, dim)}, prepared, *scratch);
  count_flop(state, 2 * multiply_adds, context.threads());
}

Precision precision_of(const benchmark::State& state) {
  return state.range(2) == 8 ? Precision::int8 : Precision::full;
}

void mlp(benchmark::State& state) {
  const IColoriTConfig config = network(state.range(0));
  const Mlp::Config layer = config.block(config.trained(), precision_of(state)).mlp;
  run<Mlp>(state, layer, config.dim, 2. * 196 * static_cast<double>(layer.dim * layer.hidden));
}

void attention(benchmark::State& state) {
  const IColoriTConfig config = network(state.range(0));
  const Attention::Config layer = config.block(config.trained(), precision_of(state)).attention;
  const auto D = static_cast<double>(config.dim);
  run<Attention>(state, layer, config.dim, 196 * (4 * D * D + 2 * 196 * D));
}

void transformer_block(benchmark::State& state) {
  const IColoriTConfig config = network(state.range(0));
  const TransformerBlock::Config layer = config.block(config.trained(), precision_of(state));
  const auto D = static_cast<double>(config.dim);
  run<TransformerBlock>(state, layer, config.dim, 196 * (12 * D * D + 2 * 196 * D));
}

void cases(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgNames({"heads", "threads", "bits"})
      ->ArgsProduct({{3, 6, 12}, {1, 2}, {32, 8}})
      ->Unit(benchmark::kMicrosecond)
      ->UseRealTime();
}

}  // namespace

BENCHMARK(mlp)->Apply(cases);
BENCHMARK(attention)->Apply(cases);
BENCHMARK(transformer_block)->Apply(cases);
