// The forward pass of the published networks, batch and threads as the arguments say; and what a restorer waits for,
// one moved hint on a picture of 1 megapixel.
#include "../examples/random_weights.hpp"
#include "icolorit/cpu/backend.hpp"
#include "icolorit/io/image_file.hpp"
#include "icolorit/models/colorizer.hpp"
#include "icolorit/models/fusion_engine.hpp"
#include "support.hpp"

using namespace icolorit;

namespace {

std::shared_ptr<const Model<CpuBackend>> model(const char* variant, Precision precision, int threads) {
  const IColoriTConfig config = ModelRegistry::published().find(variant);
  return std::make_shared<const Model<CpuBackend>>(random_weights(config, 1), ModelOptions{.precision = precision},
                                                   CpuBackend::Context(threads));
}

void forward(benchmark::State& state, const char* variant, Precision precision) {
  const Index batch = state.range(0), S = 224;
  const int threads = static_cast<int>(state.range(1));
  const auto network = model(variant, precision, threads);
  Predictor<CpuBackend> predictor(network, batch, CpuBackend::Context(threads));
  const Buffer<float> lab = random_numbers(batch * 3 * S * S);
  Buffer<float> mask(batch * S * S / 4), ab(batch * 2 * S * S);
  for (Index i = 0; i < mask.size(); ++i) mask.data()[i] = i % 200 == 0 ? 0.f : 1.f;
  for (auto iteration : state)
    predictor(ab.view(batch, Index{2}, S, S), lab.view(batch, Index{3}, S, S),
              std::as_const(mask).view(batch, S * S / 4));
  const auto pictures = static_cast<double>(state.iterations() * batch);
  state.counters["pictures/s"] = benchmark::Counter(pictures, benchmark::Counter::kIsRate);
  count_flop(state, 2 * network->config().multiply_adds() * static_cast<double>(batch), threads);
}

/// The shipped network has its weights, because colours decide how much of a picture must be brought back into sRGB.
std::shared_ptr<const Model<CpuBackend>> trained(const char* variant, Precision precision, int threads) {
  if (!std::string_view(variant).starts_with("icolorit_tiny")) return model(variant, precision, threads);
  return Model<CpuBackend>::load(ICOLORIT_EXAMPLE_PICTURES "/../models/icolorit_tiny.safetensors",
                                 {.precision = precision}, CpuBackend::Context(threads));
}

/// With the default engine, fusion.
void moved_hint(benchmark::State& state, const char* variant, Precision precision) {
  const int threads = static_cast<int>(state.range(0));
  Colorizer colorizer(
      FusionEngine(NetworkEngine<CpuBackend>(trained(variant, precision, threads), CpuBackend::Context(threads))));
  colorizer.set_image(resize_pillow_bilinear(read_image(ICOLORIT_EXAMPLE_PICTURES "/sample_grey.png"), 1200, 800));
  const HintList::Id id = colorizer.hints().add({100, 100, {60, 40, 20}});
  Index step = 0;
  for (auto iteration : state) {
    ++step;
    colorizer.hints().move(id, 100 + step % 900, 100 + step % 600);
    benchmark::DoNotOptimize(&colorizer.render());
  }
}

void passes(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgNames({"batch", "threads"})
      ->ArgsProduct({{1, 8}, {1, 2}})
      ->Unit(benchmark::kMillisecond)
      ->UseRealTime();
}
void moves(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgNames({"threads"})->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->UseRealTime();
}

}  // namespace

BENCHMARK_CAPTURE(forward, tiny, "icolorit_tiny_4ch_patch16_224", Precision::full)->Apply(passes);
BENCHMARK_CAPTURE(forward, small, "icolorit_small_4ch_patch16_224", Precision::full)->Apply(passes);
BENCHMARK_CAPTURE(forward, base, "icolorit_base_4ch_patch16_224", Precision::full)->Apply(passes);
BENCHMARK_CAPTURE(forward, tiny_bf16, "icolorit_tiny_4ch_patch16_224", Precision::bf16)->Apply(passes);
BENCHMARK_CAPTURE(forward, base_bf16, "icolorit_base_4ch_patch16_224", Precision::bf16)->Apply(passes);
BENCHMARK_CAPTURE(forward, tiny_int8, "icolorit_tiny_4ch_patch16_224", Precision::int8)->Apply(passes);
BENCHMARK_CAPTURE(forward, small_int8, "icolorit_small_4ch_patch16_224", Precision::int8)->Apply(passes);
BENCHMARK_CAPTURE(forward, base_int8, "icolorit_base_4ch_patch16_224", Precision::int8)->Apply(passes);
BENCHMARK_CAPTURE(moved_hint, tiny, "icolorit_tiny_4ch_patch16_224", Precision::full)->Apply(moves);
BENCHMARK_CAPTURE(moved_hint, base, "icolorit_base_4ch_patch16_224", Precision::full)->Apply(moves);
BENCHMARK_CAPTURE(moved_hint, tiny_int8, "icolorit_tiny_4ch_patch16_224", Precision::int8)->Apply(moves);
BENCHMARK_CAPTURE(moved_hint, base_int8, "icolorit_base_4ch_patch16_224", Precision::int8)->Apply(moves);
