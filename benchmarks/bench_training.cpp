// A training step of the published networks and what feeds it. Counters: pictures a second, and the step's share of the
// processor's multiply-add peak.
#include <cstdlib>
#include <filesystem>

#include "icolorit/cpu/backend.hpp"
#include "icolorit/io/image_file.hpp"
#include "icolorit/training/adamw.hpp"
#include "icolorit/training/folder_dataset.hpp"
#include "icolorit/training/initial_weights.hpp"
#include "icolorit/training/loader.hpp"
#include "icolorit/training/training_network.hpp"
#include "support.hpp"

using namespace icolorit;

namespace {

void training_step(benchmark::State& state, const char* variant) {
  const IColoriTConfig config = ModelRegistry::published().find(variant);
  const Index batch = state.range(0), S = config.size;
  CpuBackend::Context context;
  TrainingNetwork<CpuBackend> network(context, config, batch);
  AdamW<CpuBackend, float> optimizer(context, ParameterLayout<IColoriT>(config));
  const auto initial = random_parameters(config, 1);
  std::copy_n(initial.flat().data(), initial.flat().extent(0), network.parameters().flat().data());
  Buffer<float> lab(batch * 3 * S * S), mask(batch * S * S / 4);
  Random random(1);
  for (Index i = 0; i < lab.size(); ++i) lab.data()[i] = static_cast<float>(.6 * random.uniform() - .3);
  for (Index i = 0; i < mask.size(); ++i) mask.data()[i] = i % 200 == 0 ? 0.f : 1.f;
  for (auto iteration : state) {
    network.clear_gradients(context);
    network.accumulate(context, std::as_const(lab).view(batch, 3, S, S), std::as_const(mask).view(batch, S * S / 4),
                       HuberLoss{});
    optimizer.step(context, network.parameters().flat(), network.gradients().flat(), 1e-4, .05);
  }
  const auto pictures = static_cast<double>(state.iterations() * batch);
  state.counters["pictures/s"] = benchmark::Counter(pictures, benchmark::Counter::kIsRate);
  count_flop(state, 6 * config.multiply_adds() * static_cast<double>(batch), context.threads());
  state.counters["pass MB"] = static_cast<double>(network.workspace_bytes()) / 1e6;
}

/// Reads the folder that the environment names, or copies of the sample picture.
void loader(benchmark::State& state) {
  const char* named = std::getenv("ICOLORIT_BENCH_PICTURES");
  const std::filesystem::path folder = std::filesystem::temp_directory_path() / "icolorit-bench-pictures";
  if (named == nullptr) {
    const Image sample = read_image(ICOLORIT_EXAMPLE_PICTURES "/sample_color.png");
    std::filesystem::create_directories(folder);
    for (int i = 0; i < 16; ++i) write_image(sample, folder / concat(i, ".jpg"));
  }
  const FolderDataset pictures(named != nullptr ? std::filesystem::path(named) : folder);
  LoaderConfig config;
  config.batch = 32;
  config.threads = state.range(0);
  config.pictures_per_epoch = 1 << 20;
  Loader<FolderDataset> loader(pictures, config);
  for (auto iteration : state) benchmark::DoNotOptimize(loader.next().colors.data());
  state.counters["pictures/s"] =
      benchmark::Counter(static_cast<double>(state.iterations() * config.batch), benchmark::Counter::kIsRate);
  state.counters["held MB"] = static_cast<double>(loader.bytes()) / 1e6;
}

}  // namespace

BENCHMARK_CAPTURE(training_step, tiny, "icolorit_tiny_4ch_patch16_224")
    ->Arg(8)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(training_step, small, "icolorit_small_4ch_patch16_224")
    ->Arg(8)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(training_step, base, "icolorit_base_4ch_patch16_224")
    ->Arg(8)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK(loader)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->UseRealTime();
