// icolorit analyse: what one more hint changes in a picture, and where the network looked.
#include <array>
#include <filesystem>
#include <iomanip>
#include <iostream>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "commands.hpp"
#include "engines.hpp"
#include "heat_legend.hpp"
#include "icolorit/cpu/backend.hpp"
#include "icolorit/image/heat_map.hpp"
#include "icolorit/image/metrics/hint_propagation_range.hpp"
#include "icolorit/io/hint_file.hpp"
#include "icolorit/io/hint_folder.hpp"
#include "icolorit/io/image_file.hpp"
#include "icolorit/models/attention_rollout.hpp"
#include "icolorit/models/paper_protocol.hpp"
#include "icolorit/models/traced_prediction.hpp"
#include "icolorit/models/weights.hpp"
#include "misuse.hpp"
#include "option_group.hpp"
#include "output_check.hpp"
#include "picture_folder.hpp"
#include "report.hpp"

namespace icolorit::tool {

namespace {

struct Analyse {
  std::filesystem::path in, out, reveal_file;
  std::optional<Index> reveal_random;
  std::uint64_t seed = 1234;
  EngineOptions engine;
  bool overwrite = false;
  Report report;

  void run() {
    require(!reveal_file.empty() || reveal_random, "give the hints with --reveal FILE.txt or --reveal-random N");
    engine.precision = "f32";  // a traced prediction knows no other
    engine.complete_network();
    expect_no_inputs();
    const TensorFile file = read_weights(engine.weights);
    try {
      const IColoriTConfig config = infer_config(file);
      analyse(config, load_weights<float>(file, config));
    } catch (const WeightsError& error) {
      throw WeightsError(concat("cannot use ", engine.weights, ": ", error.what()));
    }
  }

 private:
  // What is written into `out`; rollouts by how they join the attention of several heads.
  static constexpr const char *before_name = "before.png", *after_name = "after.png", *change_name = "change.png",
                              *legend_name = "legend.svg";
  static constexpr std::array rollouts{std::pair(HeadFusion::mean, "rollout_mean.png"),
                                       std::pair(HeadFusion::max, "rollout_max.png"),
                                       std::pair(HeadFusion::min, "rollout_min.png")};

  void expect_no_inputs() const {
    const InputFiles inputs{in, reveal_file, engine.weights};
    for (const char* name : {before_name, after_name, change_name, legend_name})
      expect_no_input(out / name, inputs, overwrite);
    for (const auto& [fusion, name] : rollouts) expect_no_input(out / name, inputs, overwrite);
  }

  void analyse(const IColoriTConfig& config, const ParameterBuffer<IColoriT, float>& parameters) const {
    const HintGrid grid =
        from_command_line([&] { return HintGrid(config.size, config.size, config.size % 2 == 0 ? 2 : 1); });
    const Image original = read_image(in);
    if (!has_own_colors(original))
      throw ArgumentError(concat(in, " is grey or toned in one hue: hints have no colours to take from it"));
    const EvaluationPicture picture(original, grid.width(), grid.height());
    const std::vector<Index> cells = hinted_cells(grid);
    require(!cells.empty(), "there are no hints: the last one is the one whose effect is shown");
    const Index added = cells.back();
    std::filesystem::create_directories(out);

    CpuBackend::Context context(threads_of(engine));
    std::vector<float> mask(static_cast<std::size_t>(grid.cells()), 1.f);
    const auto predict = [&] {
      return TracedPrediction<CpuBackend>(context, config, parameters.views(), picture.lab(),
                                          {mask.data(), {grid.cells()}});
    };
    for (const Index cell : cells) mask[static_cast<std::size_t>(cell)] = cell == added ? 1.f : 0.f;
    const TracedPrediction<CpuBackend> before = predict();
    mask[static_cast<std::size_t>(added)] = 0;
    const TracedPrediction<CpuBackend> after = predict();

    write_image(picture.with_colors(before.ab()), out / before_name);
    write_image(picture.with_colors(after.ab()), out / after_name);
    write_change(picture, grid, added, before.ab(), after.ab());
    write_rollouts(picture, grid, added, config, after);
    write_legend();
    tell(measure(picture, grid, added, before.ab(), after.ab()), grid, cells);
  }

  std::vector<Index> hinted_cells(const HintGrid& grid) const {
    if (!reveal_file.empty()) return read_revealed_cells(reveal_file, grid);
    Random random(seed);
    return from_command_line([&] { return random_hint_cells(random, grid, reveal_random.value_or(0)); });
  }

  /// The picture's lightness with these colours, (3,h,w) in network units.
  static Buffer<float> with_lightness(const EvaluationPicture& picture, TensorView<const float, 3> ab) {
    const Index pixels = ab.extent(1) * ab.extent(2);
    Buffer<float> lab(3 * pixels);
    std::copy_n(picture.lab().data(), pixels, lab.data());
    std::copy_n(ab.data(), 2 * pixels, lab.data() + pixels);
    return lab;
  }

  /// The difference that is dark red in change.png, in just noticeable ones.
  static constexpr int change_span = 4;

  /// How far each pixel's colour moved.
  void write_change(const EvaluationPicture& picture, const HintGrid& grid, Index added,
                    TensorView<const float, 3> before, TensorView<const float, 3> after) const {
    Buffer<float> change(grid.height() * grid.width());
    const auto distances = change.view(grid.height(), grid.width());
    for (Index y = 0; y < grid.height(); ++y)
      for (Index x = 0; x < grid.width(); ++x)
        distances(y, x) = static_cast<float>(
            lab_distance({0, before(0, y, x), before(1, y, x)}, {0, after(0, y, x), after(1, y, x)}));
    write_marked(heat_map(picture.rgb, distances, static_cast<float>(change_span * just_noticeable_difference)), grid,
                 added, change_name);
  }

  void write_rollouts(const EvaluationPicture& picture, const HintGrid& grid, Index added, const IColoriTConfig& config,
                      const TracedPrediction<CpuBackend>& prediction) const {
    const auto attention = prediction.attention();
    const Grid tokens = config.trained();
    const Index token = grid.row_of(added) / config.patch * tokens.columns + grid.column_of(added) / config.patch;
    for (const auto& [fusion, name] : rollouts) {
      const std::vector<float> rollout = attention_rollout(attention, fusion, token);
      write_marked(
          heat_map(picture.rgb, {rollout.data(), {tokens.rows, tokens.columns}}, *std::ranges::max_element(rollout)),
          grid, added, name);
    }
  }

  void write_marked(Image map, const HintGrid& grid, Index cell, const char* name) const {
    draw_frame(map, grid.row_of(cell), grid.column_of(cell), grid.cell());
    write_image(map, out / name);
  }

  void write_legend() const {
    HeatScale change{"change.png: how far the new hint moved the colour, in a and b of Lab", {"0"}};
    for (int i = 1; i <= change_span; ++i) {
      std::ostringstream label;
      label << std::fixed << std::setprecision(1) << i * just_noticeable_difference
            << (i == 1             ? " just noticeable"
                : i == change_span ? " or more"
                                   : "");
      change.labels.push_back(label.str());
    }
    write_heat_legend(out / legend_name, {change,
                                          {"rollout_*.png: how much the patch of the hint took from each patch",
                                           {"nothing", "half of the most", "the most"}}});
  }

  /// What the last hint did.
  struct Effect {
    HintPropagation range;
    double psnr_before, psnr_after;  ///< in dB
  };

  static Effect measure(const EvaluationPicture& picture, const HintGrid& grid, Index added,
                        TensorView<const float, 3> before, TensorView<const float, 3> after) {
    const Buffer<float> first = with_lightness(picture, before), second = with_lightness(picture, after);
    return {
        hint_propagation_range(first.view(3, grid.height(), grid.width()), second.view(3, grid.height(), grid.width()),
                               grid.row_of(added), grid.column_of(added)),
        psnr(picture.with_colors(before), picture.rgb), psnr(picture.with_colors(after), picture.rgb)};
  }

  void tell(const Effect& effect, const HintGrid& grid, const std::vector<Index>& cells) const {
    const Index row = grid.row_of(cells.back()), column = grid.column_of(cells.back());
    const auto& [range, psnr_before, psnr_after] = effect;
    if (!report.as_json)
      std::cout << std::fixed << std::setprecision(3) << "hint " << cells.size() << " at row " << row << ", column "
                << column << " of " << grid.width() << " x " << grid.height() << " pixels\nHPR " << range.mean
                << " pixels, standard deviation " << range.deviation << ", over " << range.pixels
                << " pixels whose colour moved by more than " << std::setprecision(1) << just_noticeable_difference
                << "\nPSNR " << std::setprecision(3) << psnr_before << " dB before, " << psnr_after << " dB after\n";
    ResultLine line(out);
    engine.describe(line);
    line.count("hints", std::ssize(cells), "hint")
        .add("size", grid.width())
        .add("row", row)
        .add("column", column)
        .add("hpr", range.mean)
        .add("hpr_deviation", range.deviation)
        .add("hpr_pixels", range.pixels)
        .add("psnr_before", psnr_before)
        .add("psnr_after", psnr_after);
    report.write(line);
  }
};

}  // namespace

void add_analyse(CLI::App& app) {
  CLI::App& command = *app.add_subcommand("analyse", "Show how far a hint carries and where the network looks for it");
  command.alias("analyze");
  const auto options = std::make_shared<Analyse>();
  command.add_option("IN", options->in, "A colour picture; hints take their colours from it")
      ->type_name("FILE")
      ->required();
  OptionGroup output(command, "Output");
  output
      .folder("-o,--out", options->out,
              "Gets before.png, after.png, change.png, rollout_{mean,max,min}.png and legend.svg")
      ->required();
  add_overwrite(output, options->overwrite);
  options->report.add_to(command);
  OptionGroup hints(command, "Hints");
  CLI::Option* file = hints.file("--reveal", options->reveal_file,
                                 "A text file of hint cells (published layout); the last one is the new hint");
  hints
      .number("--reveal-random", options->reveal_random, "So many random cells instead; the last is the new hint",
              Index{1}, Index{1} << 22)
      ->excludes(file);
  hints.seed(options->seed, "Of the random cells");
  OptionGroup(command, "Engine")
      .file("--model,--weights", options->engine.weights,
            "Weights of the network: .pth or .safetensors [those installed with the tool]");
  OptionGroup(command, "Machine").threads(options->engine.threads);
  command.footer(
      "HPR: the mean distance from the new hint to the pixels whose colour it moved by more than 2.3 in Lab. Rollout: "
      "which patches the hint's patch took its colour from, through the attention of all blocks. In both, dark blue is "
      "nothing and dark red the most; legend.svg has the numbers.");
  command.callback([options] { options->run(); });
}

}  // namespace icolorit::tool
