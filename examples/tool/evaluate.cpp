// icolorit evaluate: predictions against the true pictures: a table, a CSV with a row for each picture, a plot.
#include <array>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <iomanip>
#include <iostream>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "commands.hpp"
#include "icolorit/cpu/backend.hpp"
#include "icolorit/image/convert.hpp"
#include "icolorit/image/fast_color.hpp"
#include "icolorit/image/metrics/boundary_psnr.hpp"
#include "icolorit/image/metrics/ciede2000.hpp"
#include "icolorit/image/metrics/colorfulness.hpp"
#include "icolorit/image/metrics/hint_fidelity.hpp"
#include "icolorit/image/metrics/patch_error_variance.hpp"
#include "icolorit/image/metrics/ssim.hpp"
#include "icolorit/image/resize.hpp"
#include "icolorit/image/unit_rgb.hpp"
#include "icolorit/io/hint_file.hpp"
#include "icolorit/io/hint_folder.hpp"
#include "icolorit/io/image_file.hpp"
#include "icolorit/io/svg_plot.hpp"
#include "icolorit/models/lpips.hpp"
#include "misuse.hpp"
#include "picture_folder.hpp"
#include "progress_bar.hpp"

namespace icolorit::tool {

namespace {

using PictureLpips = LpipsMetric<CpuBackend>;

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

/// What is measured of one prediction; a number that cannot be had is NaN.
struct Scores {
  enum Metric {
    psnr,
    ssim,
    boundary_psnr,
    patch_error_variance,
    ciede2000,
    colorfulness,
    true_colorfulness,
    hints_kept,
    lpips,
    lpips_published,
    count
  };
  struct Column {
    const char* csv;
    const char* table;
    int digits;
  };
  static constexpr std::array<Column, count> columns{{{"psnr", "PSNR", 3},
                                                      {"ssim", "SSIM", 4},
                                                      {"b_psnr", "B-PSNR", 3},
                                                      {"pev", "PEV", 2},
                                                      {"ciede2000", "CIEDE2000", 3},
                                                      {"colorfulness", "colourful", 2},
                                                      {"true_colorfulness", "(truth)", 2},
                                                      {"hints_kept", "kept", 4},
                                                      {"lpips", "LPIPS", 4},
                                                      {"lpips_published", "LPIPS[0,1]", 4}}};

  Scores() { values.fill(unknown); }
  double& operator[](Metric metric) { return values[metric]; }

  std::array<double, count> values;
};

/// A picture in every form that a metric reads, at its own size.
struct MeasuredPicture {
  explicit MeasuredPicture(const Image& picture)
      : width(picture.width()), height(picture.height()), rgb_(unit_rgb(picture)), lab_(3 * width * height) {
    image_to_lab(lab_.view(3, height, width), picture);
  }

  TensorView<const float, 3> rgb() const { return rgb_.view(3, height, width); }
  TensorView<const float, 3> lab() const { return lab_.view(3, height, width); }

  void add_features(PictureLpips& metric) {
    standard = metric.features(rgb(), LpipsRange::standard);
    published = metric.features(rgb(), LpipsRange::published);
  }

  Index width, height;
  PictureLpips::Features standard, published;  // where add_features was called

 private:
  Buffer<float> rgb_, lab_;
};

/// What f returns; NaN where the pictures are too small for the metric or not made of whole patches.
template <class F>
double where_defined(F&& f) {
  try {
    return f();
  } catch (const ShapeError&) {
    return unknown;
  }
}

Scores compare(const MeasuredPicture& truth, const MeasuredPicture& prediction, Index patch) {
  const auto a = truth.rgb(), b = prediction.rgb();
  Scores scores;
  scores[Scores::psnr] = psnr(a, b);
  scores[Scores::ssim] = where_defined([&] { return ssim(a, b); });
  scores[Scores::boundary_psnr] = where_defined([&] { return boundary_psnr(a, b, patch); });
  scores[Scores::patch_error_variance] = where_defined([&] { return patch_error_variance(a, b, patch); });
  scores[Scores::ciede2000] = mean_ciede2000(truth.lab(), prediction.lab());
  scores[Scores::colorfulness] = colorfulness(b);
  scores[Scores::true_colorfulness] = colorfulness(a);
  return scores;
}

/// Predictions made with one number of hints: PRED/h<cell>-n<hints>, or PRED itself, of which nothing is known.
struct PredictionFolder {
  std::filesystem::path path;
  std::optional<std::pair<Index, Index>> cell_and_hints;
  std::map<std::string, std::filesystem::path> pictures;  // by stem
  std::map<std::string, Scores> scores;                   // by stem

  std::string cell() const { return cell_and_hints ? concat(cell_and_hints->first) : ""; }
  std::string hints() const { return cell_and_hints ? concat(cell_and_hints->second) : ""; }

  /// The mean over the pictures for which the metric is known, and their number.
  std::pair<double, Index> mean(std::size_t metric) const {
    double sum = 0;
    Index count = 0;
    for (const auto& [stem, one] : scores)
      if (!std::isnan(one.values[metric])) {
        sum += one.values[metric];
        ++count;
      }
    return {count == 0 ? unknown : sum / static_cast<double>(count), count};
  }
};

/// h<cell>-n<hints>, or nothing for any other name.
std::optional<std::pair<Index, Index>> parse_folder_name(const std::string& name) {
  const char* const last = name.data() + name.size();
  Index cell = 0, hints = 0;
  if (!name.starts_with('h')) return std::nullopt;
  const auto after_cell = std::from_chars(name.data() + 1, last, cell);
  if (after_cell.ec != std::errc() || !std::string_view(after_cell.ptr, last).starts_with("-n")) return std::nullopt;
  const auto after_hints = std::from_chars(after_cell.ptr + 2, last, hints);
  if (after_hints.ec != std::errc() || after_hints.ptr != last) return std::nullopt;
  return std::pair(cell, hints);
}

/// Sorted by cell and number of hints. Throws FileError where there are none.
std::vector<PredictionFolder> list_predictions(const std::filesystem::path& root) {
  std::error_code error;
  std::vector<PredictionFolder> folders;
  for (const auto& entry : std::filesystem::directory_iterator(root, error))
    if (const auto name = parse_folder_name(entry.path().filename().string()); name && entry.is_directory(error))
      folders.push_back({entry.path(), name, {}, {}});
  if (error) throw FileError(concat("cannot read the folder ", root, ": ", error.message()));
  if (folders.empty()) folders.push_back({root, std::nullopt, {}, {}});
  std::ranges::sort(folders, {}, &PredictionFolder::cell_and_hints);
  for (PredictionFolder& folder : folders)
    for (const PictureFile& picture : list_pictures(folder.path)) folder.pictures.emplace(picture.stem, picture.path);
  return folders;
}

/// A field of a CSV file (RFC 4180).
std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == text.npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + '"';
}

struct Evaluate {
  std::filesystem::path truth, predictions, hints, csv, lpips_weights;
  Index patch = 16;
  int threads = 0;

  void run() {
    if (!csv.empty()) {
      require(csv.extension() != ".svg", "--csv ", csv, " would be overwritten by the plot beside it: end it in .csv");
      expect_writable_place(csv);
    }
    const int team = threads > 0 ? threads : cpu::default_threads();
    const std::vector<PictureFile> pictures = list_pictures(truth);
    folders_ = list_predictions(predictions);
    expect_hints();
    if (!lpips_weights.empty()) {
      const TensorFile weights = read_weights(lpips_weights);
      try {
        lpips_.emplace(weights, CpuBackend::Context(team));
      } catch (const WeightsError& error) {
        throw WeightsError(concat("cannot use ", lpips_weights, ": ", error.what()));
      }
    }
    CpuBackend::Context context(team);
    {
      ProgressBar bar;
      for (std::size_t i = 0; i < pictures.size(); ++i) {
        measure(pictures[i], context);
        bar.show({static_cast<double>(i + 1) / static_cast<double>(pictures.size()), "comparing"});
      }
    }
    const auto lacks_pictures = [](const PredictionFolder& folder) { return folder.scores.empty(); };
    if (std::ranges::all_of(folders_, lacks_pictures)) {
      if (!left_out_.unreadable.empty()) throw FormatError(left_out_.unreadable.front());
      throw FileError(concat("no picture in ", predictions, " has the name of one in ", truth));
    }
    print_table();
    if (!csv.empty()) {
      write_file(csv, format_csv());
      write_plot();
    }
    print_notes(pictures);
    if (const auto empty = std::ranges::find_if(folders_, lacks_pictures); empty != folders_.end())
      throw FormatError(concat("none of the pictures in ", empty->path, " could be measured"));
  }

 private:
  /// That the folder of hints is one, and for pictures of the predictions' size.
  void expect_hints() const {
    if (hints.empty()) return;
    if (!std::filesystem::is_directory(hints)) throw FileError(concat("--hints: there is no folder ", hints));
    for (const PredictionFolder& folder : folders_) {
      if (!folder.cell_and_hints || folder.cell_and_hints->second == 0 || folder.pictures.empty()) continue;
      const auto [cell, count] = *folder.cell_and_hints;
      const std::filesystem::path files = hint_cells_path(hints, cell, count, "").parent_path();
      if (!std::filesystem::is_directory(files))
        throw FileError(
            concat("--hints ", hints, " has no folder ", files.filename(), " for the predictions in ", folder.path));
    }
    const std::optional<HintFolder> manifest = read_hint_folder(hints);
    for (const PredictionFolder& folder : folders_) {
      if (!manifest || folder.pictures.empty()) continue;
      const Image first = read_image(folder.pictures.begin()->second);
      if (first.width() != manifest->size || first.height() != manifest->size)
        throw FormatError(concat("the hints in ", hints, " are for ", manifest->size, " x ", manifest->size,
                                 " pixels, the predictions in ", folder.path, " have ", first.width(), " x ",
                                 first.height(), ": give the hints that they were made with"));
    }
  }

  /// One true picture against its predictions of every folder, which share the threads.
  void measure(const PictureFile& picture, CpuBackend::Context& context) {
    std::vector<PredictionFolder*> folders;
    for (PredictionFolder& folder : folders_)
      if (folder.pictures.contains(picture.stem)) folders.push_back(&folder);
    if (folders.empty()) return;

    Image original;
    try {
      original = read_image(picture.path);
    } catch (const Error& error) {
      left_out_.unreadable.push_back(error.what());
      return;
    }
    if (!has_own_colors(original)) {
      ++left_out_.grey;
      return;
    }
    std::vector<std::string> complaints(folders.size());
    const auto for_each_folder = [&](auto&& f) {
      CpuBackend::for_each(context, std::ssize(folders), [&](Index i) {
        const auto at = static_cast<std::size_t>(i);
        try {
          if (complaints[at].empty()) f(at);
        } catch (const std::exception& error) {  // a loop of the backend must not throw
          complaints[at] = error.what();
        }
      });
    };
    std::vector<Image> images(folders.size());
    for_each_folder(
        [&](std::size_t i) { images[i] = converted(read_image(folders[i]->pictures.at(picture.stem)), 3, 8); });
    std::map<Size, MeasuredPicture> truths = squashed(original, images);
    std::vector<std::optional<MeasuredPicture>> measured(folders.size());
    std::vector<Scores> scores(folders.size());
    for_each_folder([&](std::size_t i) {
      measured[i].emplace(images[i]);
      const MeasuredPicture& true_picture = truths.at(size_of(images[i]));
      scores[i] = compare(true_picture, *measured[i], patch);
      scores[i][Scores::hints_kept] = hints_kept(*folders[i], picture.stem, true_picture, *measured[i]);
    });
    for (std::size_t i = 0; i < folders.size(); ++i) {
      if (!complaints[i].empty()) {
        left_out_.unreadable.push_back(complaints[i]);
        continue;
      }
      if (lpips_ && fits_lpips(images[i])) {
        const MeasuredPicture& reference = truths.at(size_of(images[i]));
        measured[i]->add_features(*lpips_);
        scores[i][Scores::lpips] = lpips_->distance(reference.standard, measured[i]->standard);
        scores[i][Scores::lpips_published] = lpips_->distance(reference.published, measured[i]->published);
        measured[i].reset();  // its features are large
      }
      folders[i]->scores.emplace(picture.stem, scores[i]);
    }
  }

  double hints_kept(const PredictionFolder& folder, const std::string& stem, const MeasuredPicture& true_picture,
                    const MeasuredPicture& prediction) const {
    if (hints.empty() || !folder.cell_and_hints || folder.cell_and_hints->second == 0) return unknown;
    const auto [cell, count] = *folder.cell_and_hints;
    const HintGrid grid(prediction.height, prediction.width, cell);
    const std::filesystem::path file = hint_cells_path(hints, cell, count, stem);
    if (!std::filesystem::exists(file)) return unknown;
    return hint_fidelity(true_picture.lab(), prediction.lab(), grid, read_hint_cells(file, grid));
  }

  using Size = std::pair<Index, Index>;
  static Size size_of(const Image& image) { return {image.width(), image.height()}; }

  /// The true picture as the published evaluation sees it, at each size that its predictions have; usually that is one.
  std::map<Size, MeasuredPicture> squashed(const Image& original, const std::vector<Image>& images) {
    std::map<Size, MeasuredPicture> truths;
    for (const Image& prediction : images) {
      const Size size = size_of(prediction);
      if (prediction.empty() || truths.contains(size)) continue;
      MeasuredPicture truth_at_size(resize_pillow_bilinear(converted(original, 3, 8), size.first, size.second));
      if (lpips_ && fits_lpips(prediction)) truth_at_size.add_features(*lpips_);
      truths.emplace(size, std::move(truth_at_size));
    }
    return truths;
  }

  static bool fits_lpips(const Image& image) {
    return std::min(image.width(), image.height()) >= PictureLpips::smallest;
  }

  /// The metrics that were asked for, in order.
  std::vector<std::size_t> metrics() const {
    std::vector<std::size_t> wanted;
    for (std::size_t metric = 0; metric < Scores::count; ++metric)
      if (metric == Scores::hints_kept ? !hints.empty() : metric < Scores::lpips || lpips_) wanted.push_back(metric);
    return wanted;
  }

  void print_table() const {
    std::cout << "hints pictures";
    for (const std::size_t metric : metrics()) std::cout << std::setw(11) << Scores::columns[metric].table;
    std::cout << '\n' << std::fixed;
    for (const PredictionFolder& folder : folders_) {
      std::cout << std::setw(5) << (folder.cell_and_hints ? folder.hints() : "?") << std::setw(9)
                << folder.scores.size();
      for (const std::size_t metric : metrics()) {
        const auto [mean, count] = folder.mean(metric);
        std::cout << std::setw(11);
        if (count == 0)
          std::cout << '-';
        else
          std::cout << std::setprecision(Scores::columns[metric].digits) << mean;
      }
      std::cout << '\n';
    }
  }

  std::string format_csv() const {
    std::ostringstream text;
    text << "cell,hints,picture";
    for (const std::size_t metric : metrics()) text << ',' << Scores::columns[metric].csv;
    text << '\n' << std::setprecision(9);
    for (const PredictionFolder& folder : folders_)
      for (const auto& [stem, scores] : folder.scores) {
        text << folder.cell() << ',' << folder.hints() << ',' << csv_field(stem);
        for (const std::size_t metric : metrics()) {
          text << ',';
          if (!std::isnan(scores.values[metric])) text << scores.values[metric];
        }
        text << '\n';
      }
    return text.str();
  }

  /// PSNR against the number of hints, a curve for each size of hint cells.
  void write_plot() const {
    Plot plot{"PSNR@k", "hints", "PSNR (dB)", /*logarithmic=*/true, {}};
    for (const PredictionFolder& folder : folders_) {
      const auto [mean, count] = folder.mean(Scores::psnr);
      if (!folder.cell_and_hints || count == 0) continue;
      const std::string name = concat("hints of ", folder.cell(), " pixels");
      if (plot.series.empty() || plot.series.back().name != name) plot.series.push_back({name, {}});
      plot.series.back().points.emplace_back(static_cast<double>(folder.cell_and_hints->second), mean);
    }
    if (!plot.series.empty()) write_svg(std::filesystem::path(csv).replace_extension(".svg"), plot);
  }

  void print_notes(const std::vector<PictureFile>& pictures) const {
    std::set<std::string> known;
    for (const PictureFile& picture : pictures) known.insert(picture.stem);
    for (const PredictionFolder& folder : folders_) {
      std::size_t foreign = 0;
      for (const auto& [stem, path] : folder.pictures) foreign += known.contains(stem) ? 0u : 1u;
      const std::size_t missing = known.size() - (folder.pictures.size() - foreign);
      if (missing > 0)
        std::cerr << "icolorit: note: " << missing << " of " << known.size() << " true pictures have no prediction in "
                  << folder.path << '\n';
      if (foreign > 0)
        std::cerr << "icolorit: note: " << foreign << " pictures in " << folder.path << " have no true one\n";
    }
    left_out_.tell();
  }

  std::vector<PredictionFolder> folders_;
  std::optional<PictureLpips> lpips_;
  LeftOut left_out_;
};

}  // namespace

void add_evaluate(CLI::App& app) {
  CLI::App& command = *app.add_subcommand("evaluate", "Measure predictions against the true pictures");
  const auto options = std::make_shared<Evaluate>();
  command.add_option("--truth", options->truth, "Folder of true pictures, or one with a folder imgs")->required();
  command
      .add_option("--pred", options->predictions,
                  "Folder of h<cell>-n<count>/<stem>.png, as icolorit infer writes it, or of pictures")
      ->required();
  command.add_option("--hints", options->hints,
                     "Also measure the share of hints that are kept; the folder that icolorit make-hints wrote");
  command.add_option("--csv", options->csv,
                     "Write a row for each picture here, and the PSNR@k curve as .svg beside it");
  command.add_option("--lpips-weights", options->lpips_weights,
                     "Also measure LPIPS; a file that icolorit convert --lpips-heads made");
  command.add_option("--patch", options->patch, "Side of the patches of B-PSNR and PEV")
      ->capture_default_str()
      ->check(CLI::Range(Index{1}, Index{4096}));
  command.add_option("--threads", options->threads, "Threads [all processors]")->check(CLI::Range(1, 1024));
  command.footer(
      "True pictures are squashed to the size of the predictions. A hint is kept where its cell comes out within 5 "
      "CIEDE2000 of its colour. LPIPS sees values in [-1,1], as it was trained; "
      "LPIPS[0,1] sees [0,1], as in the published evaluation of iColoriT.");
  command.callback([options] { options->run(); });
}

}  // namespace icolorit::tool
