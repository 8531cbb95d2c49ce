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

constexpr Index default_size = 224;  // the published networks' input

/// The first of the weights that are installed with the tool; empty where there are none.
std::filesystem::path installed_weights() {
  std::error_code error;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
  std::vector<std::filesystem::path> found;
  for (const auto& entry :
       std::filesystem::directory_iterator(program.parent_path().parent_path() / "share" / "icolorit", error))
    if (entry.path().extension() == ".safetensors") found.push_back(entry.path());
  return found.empty() ? std::filesystem::path() : *std::ranges::min_element(found);
}

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

void EngineOptions::add_to(CLI::App& command) {
  command.add_option("--weights", weights, "Weights of the network: a .pth checkpoint or a .safetensors file");
  command.add_option("--variant", variant, "Demand this published network, e.g. icolorit_base_4ch_patch16_224");
  command.add_option("--head", head, "Demand this local stabilizing layer: cnn, linear or locattn");
  command.add_option("--size", size, "Side of the network's input in pixels [that of the weights, or 224]")
      ->check(CLI::Range(Index{1}, Index{4096}));
  command
      .add_option("--engine", engine, "icolorit (needs weights) or optimization (needs none) [icolorit with weights]")
      ->check(CLI::IsMember({"icolorit", "optimization"}));
  add_machine_to(command);
}

void EngineOptions::add_machine_to(CLI::App& command) {
  command.add_option("--device", device, "Where the network runs: cpu or cuda")
      ->capture_default_str()
      ->check(CLI::IsMember({"cpu", "cuda"}));
  command
      .add_option("--precision", precision,
                  "Numbers that the network multiplies: f32; on the CPU int8, which is faster; on CUDA bf16 and f16")
      ->capture_default_str()
      ->check(CLI::IsMember({"f32", "int8", "bf16", "f16"}));
  command.add_option("--threads", threads, "Threads [all processors]")->check(CLI::Range(1, 1024));
}

void EngineOptions::check_machine() const {
  const bool on_gpu = device == "cuda", half = precision == "bf16" || precision == "f16";
  require(!half || on_gpu, "--precision ", precision, " needs --device cuda: the CPU has f32 and int8");
  require(precision != "int8" || !on_gpu, "--precision int8 needs --device cpu: CUDA has f32, bf16 and f16");
}

void EngineOptions::complete() {
  check_machine();
  if (!variant.empty()) from_command_line([&] { return ModelRegistry::published().find(variant); });
  if (!head.empty()) from_command_line([&] { return parse_stabilizer(head); });
  if (weights.empty() && engine != "optimization") weights = installed_weights();
  if (engine.empty()) engine = weights.empty() ? "optimization" : "icolorit";
  if (uses_network()) {
    require(!weights.empty(), "the engine icolorit needs weights: give --weights FILE, or use --engine optimization");
    return;
  }
  require(weights.empty(), "--engine optimization uses no weights: leave out --weights or --engine");
  require(precision == "f32" && device == "cpu",
          "--precision and --device describe a network: give --weights FILE too");
  require(variant.empty() && head.empty(), "--variant and --head describe a network: give --weights FILE too");
  if (size == 0) size = default_size;
}

std::unique_ptr<FullColors> make_full_colors(const EngineOptions& options, bool bicubic) {
  if (!options.uses_network())
    return std::make_unique<FullColorsOf<OptimizationColors>>(OptimizationColors(threads_of(options)), bicubic,
                                                              options.size);
  return options.device == "cuda" ? cuda_commands().full_colors(options, bicubic)
                                  : cpu_engines(options).full_colors(bicubic);
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
