#include "engines.hpp"

#include <algorithm>

#include "cuda.hpp"
#include "icolorit/cpu/backend.hpp"
#include "icolorit/cpu/fma_probe.hpp"
#include "misuse.hpp"
#include "network_engines.hpp"
#include "picture_folder.hpp"

namespace icolorit::tool {

namespace {

/// The baseline under the published protocol: solved at the network's size, every pixel of a hinted cell has the cell's
/// colour.
class OptimizationEvaluation : public Evaluation {
 public:
  OptimizationEvaluation(Index size, Index batch, int threads)
      : grid_(size, size, 2),
        batch_(batch),
        team_(threads),
        engines_(static_cast<std::size_t>(team_.size())),
        lab_(team_.size() * 3 * size * size),
        ab_(batch * 2 * size * size) {}

  const HintGrid& grid() const override { return grid_; }
  Index batch() const override { return batch_; }

  TensorView<const float, 4> predict(std::span<const EvaluationPicture* const> pictures,
                                     std::span<const std::vector<Index>* const> hinted,
                                     const ProgressCallback& progress) override {
    const Index count = std::ssize(pictures), size = grid_.height();
    const bool alone = count == 1 || team_.size() == 1;
    for_each_picture(team_, pictures.size(), [&](std::size_t i, int thread) {
      solve(thread, ab_.view(batch_, 2, size, size)[static_cast<Index>(i)], pictures[i]->rgb, *hinted[i],
            alone ? progress : ProgressCallback());
    });
    return std::as_const(ab_).view(batch_, 2, size, size).narrowed(0, 0, count);
  }

 private:
  void solve(int thread, TensorView<float, 3> ab, const Image& rgb, const std::vector<Index>& cells,
             const ProgressCallback& progress) {
    const Index size = grid_.height();
    const TensorView<float, 3> lab = lab_.view(team_.size(), 3, size, size)[thread];
    OptimizationEngine& engine = engines_[static_cast<std::size_t>(thread)];
    image_to_lab(lab, rgb);
    engine.set_lightness(lab[0]);
    std::vector<PixelHint> hints;
    for (const Index cell : cells) {
      const Lab<float> color = cell_color(lab, grid_, cell);
      for (Index y = 0; y < grid_.cell(); ++y)
        for (Index x = 0; x < grid_.cell(); ++x)
          hints.push_back({grid_.row_of(cell) + y, grid_.column_of(cell) + x, color.a, color.b});
    }
    engine.solve(ab, hints, progress);
    for (float& value : std::span(ab.data(), static_cast<std::size_t>(ab.elements())))
      value = normalise(Lab<float>{0, value, 0}).a;
  }

  HintGrid grid_;
  Index batch_;
  cpu::ThreadTeam team_;
  std::vector<OptimizationEngine> engines_;  // one for each thread
  Buffer<float> lab_, ab_;
};

auto cpu_engines(const EngineOptions& options) {
  const auto make_context = [&options] { return CpuBackend::Context(threads_of(options)); };
  return NetworkEngines<CpuBackend, float, decltype(make_context)>{options, make_context};
}

}  // namespace

int threads_of(const EngineOptions& options) { return options.threads > 0 ? options.threads : cpu::default_threads(); }

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

std::unique_ptr<Evaluation> make_evaluation(const EngineOptions& options, Index batch) {
  if (options.uses_network())
    return options.device == "cuda" ? cuda_commands().evaluation(options, batch)
                                    : cpu_engines(options).evaluation(batch);
  require(options.size % 2 == 0, "--size ", options.size, " is not a multiple of the hint cells, 2");
  return std::make_unique<OptimizationEvaluation>(options.size, batch, threads_of(options));
}

std::vector<float> self_check_of(const TensorFile& weights) {
  return self_check_sample(std::make_shared<const Model<CpuBackend>>(weights));
}

}  // namespace icolorit::tool
