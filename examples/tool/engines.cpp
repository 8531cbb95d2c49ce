#include "engines.hpp"

#include <algorithm>

#include "cuda.hpp"
#include "icolorit/cpu/backend.hpp"
#include "icolorit/cpu/kernel/fma_probe.hpp"
#include "icolorit/models/optimization_protocol.hpp"
#include "machine.hpp"
#include "misuse.hpp"
#include "network_engines.hpp"
#include "picture_folder.hpp"

namespace icolorit::tool {

namespace {

/// The baseline under the published protocol: solved at the network's size, every pixel of a hinted cell has the cell's
/// colour.
class OptimizationEvaluation : public Evaluation {
 public:
  OptimizationEvaluation(const HintGrid& grid, Index batch, int threads) : protocol_(grid, batch, threads) {}

  const HintGrid& grid() const override { return protocol_.cells(); }
  Index batch() const override { return protocol_.batch(); }
  TensorView<const float, 4> predict(std::span<const EvaluationPicture* const> pictures,
                                     std::span<const std::vector<Index>* const> hinted,
                                     const ProgressCallback& progress) override {
    report(progress, 0, "solving");
    return protocol_.predict(pictures, hinted);
  }

 private:
  OptimizationProtocol protocol_;
};

auto cpu_engines(const EngineOptions& options) {
  const auto make_context = [&options] { return CpuBackend::Context(threads_of(options)); };
  return NetworkEngines<CpuBackend, float, decltype(make_context)>{options, make_context};
}

}  // namespace

int threads_of(const EngineOptions& options) { return options.threads > 0 ? options.threads : cpu::default_threads(); }

bool int8_is_fast() { return suitable_precision<CpuBackend>() == Precision::int8; }

double fma_peak(int threads) { return cpu::fma_peak(threads); }

std::unique_ptr<ForwardPass> make_forward_pass(const EngineOptions& options, Index batch) {
  return options.device == "cuda" ? cuda_commands().forward_pass(options, batch)
                                  : cpu_engines(options).forward_pass(batch);
}

FullColors make_full_colors(const EngineOptions& options, bool bicubic) {
  if (options.uses_network())
    return options.device == "cuda" ? cuda_commands().full_colors(options, bicubic)
                                    : cpu_engines(options).full_colors(bicubic);
  return {Colorizer(OptimizationColors(threads_of(options)), colorizer_options(bicubic)), options.size};
}

std::vector<FullColors> make_full_colors(const EngineOptions& options, bool bicubic, Index count) {
  EngineOptions each = options;
  each.threads = static_cast<int>(std::max<Index>(1, threads_of(options) / count));
  if (options.uses_network() && options.device == "cpu") return cpu_engines(each).full_colors(bicubic, count);
  std::vector<FullColors> all;
  while (std::ssize(all) < count) all.push_back(make_full_colors(each, bicubic));
  return all;
}

AnyColorEngine make_color_engine(const EngineOptions& options, Index working_pixels) {
  if (!options.uses_network()) return OptimizationColors(threads_of(options));
  return options.device == "cuda" ? cuda_commands().color_engine(options, working_pixels)
                                  : cpu_engines(options).color_engine(working_pixels);
}

std::unique_ptr<Evaluation> make_evaluation(const EngineOptions& options, Index batch, Index cell) {
  if (options.uses_network())
    return options.device == "cuda" ? cuda_commands().evaluation(options, batch, cell)
                                    : cpu_engines(options).evaluation(batch, cell);
  expect_cells(options.size, cell);
  return std::make_unique<OptimizationEvaluation>(HintGrid(options.size, options.size, cell), batch,
                                                  threads_of(options));
}

std::vector<float> self_check_of(const TensorFile& weights) {
  return self_check_sample(std::make_shared<const Model<CpuBackend>>(weights));
}

}  // namespace icolorit::tool
