// The CPU backend's operations on the shapes of the published networks: 196 tokens, f32 unless it says int8. The last
// argument is the number of threads.
#include <vector>

#include "icolorit/core/workspace.hpp"
#include "icolorit/cpu/backend.hpp"
#include "support.hpp"

using namespace icolorit;

namespace {

constexpr Index tokens = 196;

/// Depth and columns of the linear layers: qkv, projection, expand, contract of tiny, small and base.
void model_shapes(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgNames({"K", "N", "threads"})->Unit(benchmark::kMicrosecond)->UseRealTime();
  for (const Index dim : {192, 384, 768})
    for (const auto& [K, N] : {std::pair{dim, 3 * dim}, {dim, dim}, {dim, 4 * dim}, {4 * dim, dim}})
      for (const Index threads : {1, 2}) benchmark->Args({K, N, threads});
}

/// The weights of twelve blocks in turn, as a network reads them.
template <class Pack>
void product(benchmark::State& state, Pack pack) {
  const Index K = state.range(0), N = state.range(1);
  CpuBackend::Context context(static_cast<int>(state.range(2)));
  const Buffer<float> weight = random_numbers(N * K), bias = random_numbers(N), numbers = random_numbers(K);
  Workspace<HostMemory> workspace((tokens + 1) * (K + N + 64) * Index{sizeof(float)});
  Arena arena = workspace.arena();
  const auto x = arena.take_rows<float>(tokens, K), y = arena.take_rows<float>(tokens, N);  // as the layers do
  for (Index i = 0; i < tokens; ++i) std::copy_n(numbers.data(), K, &x(i, 0));
  std::vector<decltype(pack(context, weight.view(N, K)))> blocks;
  for (int i = 0; i < 12; ++i) blocks.push_back(pack(context, weight.view(N, K)));
  std::size_t block = 0;
  for (auto iteration : state)
    CpuBackend::linear(context, y, TensorView<const float, 2>(x), blocks[block++ % blocks.size()],
                       Epilogue<float>{bias.view(), {}, Activation::none});
  count_flop(state, 2. * tokens * static_cast<double>(K * N), context.threads());
}

void linear(benchmark::State& state) {
  product(state, [](auto& context, TensorView<const float, 2> w) { return CpuBackend::pack<float>(context, w); });
}
void linear_int8(benchmark::State& state) {
  product(state, [](auto& context, TensorView<const float, 2> w) { return CpuBackend::quantize(context, w); });
}

/// Both operands packed on the way, as training has them: dW (N,K) += dy^T x.
void weight_gradient(benchmark::State& state) {
  const Index K = state.range(0), N = state.range(1), M = 8 * tokens;
  CpuBackend::Context context(static_cast<int>(state.range(2)));
  const Buffer<float> x = random_numbers(M * K), dy = random_numbers(M * N);
  Buffer<float> dw = random_numbers(N * K);
  for (auto iteration : state)
    CpuBackend::matmul<float>(context, dw.view(Index{1}, N, K), dy.view(Index{1}, M, N).transposed(),
                              x.view(Index{1}, M, K), 1.f, true);
  count_flop(state, 2. * static_cast<double>(M * K * N), context.threads());
}

void attention(benchmark::State& state) {
  const Index heads = state.range(0), dim = 64 * heads;
  CpuBackend::Context context(static_cast<int>(state.range(1)));
  const Grid grid{14, 14};
  const Buffer<float> qkv = random_numbers(tokens * 3 * dim), table = random_numbers(heads * 27 * 27);
  Buffer<float> mixed(tokens * dim), scratch(CpuBackend::attention_scratch<float>(context, tokens, 64));
  for (auto iteration : state)
    CpuBackend::attention<float>(context, mixed.view(tokens, dim), qkv.view(tokens, 3 * dim),
                                 table.view(heads, Index{27 * 27}), grid, heads, Precision::full, scratch.view());
  count_flop(state, 4. * tokens * tokens * static_cast<double>(dim), context.threads());
}

/// Operations that touch every number once: bytes a second, read and written.
void layer_norm(benchmark::State& state) {
  const Index dim = state.range(0);
  CpuBackend::Context context(static_cast<int>(state.range(1)));
  const Buffer<float> x = random_numbers(tokens * dim), weight = random_numbers(dim), bias = random_numbers(dim);
  Buffer<float> y(tokens * dim);
  for (auto iteration : state)
    CpuBackend::layer_norm<float>(context, y.view(tokens, dim), x.view(tokens, dim), weight.view(), bias.view(), 1e-6f);
  state.SetBytesProcessed(state.iterations() * 2 * tokens * dim * Index{sizeof(float)});
  count_flop(state, 8. * static_cast<double>(tokens * dim), context.threads());
}

void gelu(benchmark::State& state) {
  const Index width = state.range(0);
  CpuBackend::Context context(static_cast<int>(state.range(1)));
  Buffer<float> y = random_numbers(tokens * width);
  for (auto iteration : state) CpuBackend::activate<float>(context, y.view(tokens, width), Activation::gelu);
  state.SetBytesProcessed(state.iterations() * 2 * tokens * width * Index{sizeof(float)});
  count_flop(state, 26. * static_cast<double>(tokens * width), context.threads());
}

}  // namespace

BENCHMARK(linear)->Apply(model_shapes);
BENCHMARK(linear_int8)->Apply(model_shapes);
BENCHMARK(weight_gradient)->Apply(model_shapes);
BENCHMARK(attention)
    ->ArgNames({"heads", "threads"})
    ->ArgsProduct({{3, 6, 12}, {1, 2}})
    ->Unit(benchmark::kMicrosecond)
    ->UseRealTime();
BENCHMARK(layer_norm)
    ->ArgNames({"dim", "threads"})
    ->ArgsProduct({{192, 768}, {1, 2}})
    ->Unit(benchmark::kMicrosecond)
    ->UseRealTime();
BENCHMARK(gelu)
    ->ArgNames({"width", "threads"})
    ->ArgsProduct({{768, 3072}, {1, 2}})
    ->Unit(benchmark::kMicrosecond)
    ->UseRealTime();
