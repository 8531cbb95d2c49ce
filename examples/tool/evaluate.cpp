// icolorit evaluate: predictions against the true pictures: a table, a CSV with a row for each picture, a plot.
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "commands.hpp"
#include "flicker_meter.hpp"
#include "flow.hpp"
#include "icolorit/image/convert.hpp"
#include "icolorit/image/metrics/hint_fidelity.hpp"
#include "icolorit/image/resize.hpp"
#include "icolorit/io/crc32.hpp"
#include "icolorit/io/hint_file.hpp"
#include "icolorit/io/image_file.hpp"
#include "manifest.hpp"
#include "misuse.hpp"
#include "option_group.hpp"
#include "output_check.hpp"
#include "picture_folder.hpp"
#include "prediction_folder.hpp"
#include "progress_bar.hpp"
#include "report.hpp"
#include "score_lines.hpp"
#include "score_table.hpp"
#include "work_share.hpp"

namespace icolorit::tool {

namespace {

struct Evaluate {
  std::filesystem::path truth, predictions, hints, csv, lpips_weights, manifest_folder;
  WorkShareOption shard;
  Index patch = 16;
  int threads = 0;
  bool overwrite = false, is_film = false;
  GreyPictures grey;
  Report report;

  void run() {
    const int team = threads > 0 ? threads : cpu::default_threads();
    std::vector<PictureFile> pictures = grey.others_in(truth);
    require(!shard.is_given() || !is_film,
            "--flicker compares each frame with the one before, and --shard divides them");
    require(!shard.is_given() || csv.empty(),
            "--shard measures a part: leave out --csv, and give it to icolorit merge");
    require(shard.is_given() || manifest_folder.empty(), "--manifest belongs to --shard");
    for (PredictionFolder& folder : list_predictions(predictions)) table_.rows.push_back({std::move(folder), {}});
    expect_one_maker();
    if (!csv.empty()) expect_csv_place(pictures);
    if (!hints.empty()) expect_hints();
    if (!lpips_weights.empty()) {
      const TensorFile weights = read_weights(lpips_weights);
      try {
        lpips_.emplace(weights, CpuBackend::Context(team));
      } catch (const WeightsError& error) {
        throw WeightsError(concat("cannot use ", lpips_weights, ": ", error.what()));
      }
    }
    if (is_film) flicker_.emplace(make_flow("auto").first);
    const auto is_measured = [&](int metric) {
      if (metric == Scores::hints_kept) return !hints.empty();
      return metric == Scores::flicker ? is_film : metric < Scores::lpips || lpips_;
    };
    for (int metric = 0; metric < Scores::count; ++metric)
      if (is_measured(metric)) table_.metrics.push_back(static_cast<Scores::Metric>(metric));

    std::optional<Manifest> manifest;
    if (shard.is_given()) {
      const WorkShare share = shard.share();
      if (manifest_folder.empty()) manifest_folder = predictions / "scores";
      manifest.emplace(manifest_folder, share, job(), overwrite);
      std::erase_if(pictures, [&](const PictureFile& picture) {
        return !share.contains(picture.stem) || manifest->is_done(picture.stem);
      });
    }
    CpuBackend::Context context(team);
    {
      ProgressBar bar;
      for (std::size_t i = 0; i < pictures.size(); ++i) {
        const std::size_t complaints = left_out_.unreadable.size();
        measure(pictures[i], context);
        if (manifest && left_out_.unreadable.size() > complaints)
          manifest->add_failure(pictures[i].stem, left_out_.unreadable.back());
        else if (manifest)
          manifest->add(pictures[i].stem, score_line(table_, pictures[i].stem));
        bar.show({static_cast<double>(i + 1) / static_cast<double>(pictures.size()), "comparing"});
      }
    }
    if (manifest) {
      manifest->complete();
      report.write(ResultLine(manifest_folder).count("pictures", std::ssize(manifest->done()), "picture"));
      return left_out_.tell();
    }
    const auto lacks_pictures = [](const ScoreRow& row) { return row.scores.empty(); };
    if (std::ranges::all_of(table_.rows, lacks_pictures)) {
      if (!left_out_.unreadable.empty()) throw FormatError(left_out_.unreadable.front());
      if (left_out_.grey > 0) throw FormatError(concat("the pictures in ", truth, " have no colours to compare with"));
      throw FileError(concat("no picture in ", predictions, " has the name of one in ", truth));
    }
    if (report.as_json)
      tell_means();
    else
      table_.print(std::cout);
    if (!csv.empty()) write_results();
    tell_notes(pictures);
    expect_numbers();
  }

 private:
  /// What is the same in all shares.
  json::Value job() const {
    const auto checksum = [](const std::filesystem::path& file) { return file.empty() ? 0 : crc32(read_file(file)); };
    json::Value job = score_job(table_, patch);
    job["images"] = absolute_name(truth);
    job["hints"] = absolute_name(hints);
    job["checksum of --lpips-weights"] = checksum(lpips_weights);
    job["checksum of --grey-list"] = checksum(grey.list);
    return job;
  }

  void expect_csv_place(const std::vector<PictureFile>& pictures) const {
    require(csv.extension() != ".svg", "--csv ", csv, " would be overwritten by the plot beside it: end it in .csv");
    InputFiles inputs{lpips_weights, grey.list};
    for (const PictureFile& picture : pictures) inputs.add(picture.path);
    for (const auto& [folder, scores] : table_.rows)
      for (const auto& [stem, path] : folder.pictures) {
        inputs.add(path);
        if (!hints.empty() && folder.has_hints()) inputs.add(hint_file(folder, stem));
      }
    expect_output(csv, inputs, overwrite);
    expect_output(plot_path(), inputs, overwrite);
  }

  /// Rows of different networks would look like one curve.
  void expect_one_maker() const {
    const PredictionMakers makers = read_prediction_makers(predictions);
    const PredictionMakers::value_type* first = nullptr;
    for (const auto& [folder, scores] : table_.rows) {
      const auto found = makers.find(folder.path.filename().string());
      if (found == makers.end()) continue;
      if (first == nullptr) first = &*found;
      if (found->second != first->second)
        throw FormatError(concat("the predictions in ", predictions, " are of several makers, ", first->first, " by ",
                                 first->second.text(), ", ", found->first, " by ", found->second.text(),
                                 ": give one of the folders as --pred, or infer all counts anew"));
    }
  }

  std::filesystem::path hint_file(const PredictionFolder& folder, const std::string& stem) const {
    return hint_cells_path(hints, folder.hints->cell, folder.hints->count, stem);
  }

  /// Of the PSNR@k curve, beside the table.
  std::filesystem::path plot_path() const { return std::filesystem::path(csv).replace_extension(".svg"); }

  /// That the folder of hints is one, and for pictures of the predictions' size.
  void expect_hints() const {
    if (!std::filesystem::is_directory(hints)) throw FileError(concat("--hints: there is no folder ", hints));
    const std::optional<HintFolder> manifest = read_hint_folder(hints);
    for (const auto& [folder, scores] : table_.rows) {
      if (!folder.has_hints() || folder.pictures.empty()) continue;
      const std::filesystem::path files = hint_file(folder, "").parent_path();
      if (!std::filesystem::is_directory(files))
        throw FileError(
            concat("--hints ", hints, " has no folder ", files.filename(), " for the predictions in ", folder.path));
      if (!manifest) continue;
      const Image first = read_image(folder.pictures.begin()->second);
      if (first.width() != manifest->size || first.height() != manifest->size)
        throw FormatError(concat("the hints in ", hints, " are for ", manifest->size, " x ", manifest->size,
                                 " pixels, the predictions in ", folder.path, " have ", first.width(), " x ",
                                 first.height(), ": give the hints that they were made with"));
    }
  }

  /// One true picture against its predictions of every row, which share the threads.
  void measure(const PictureFile& picture, CpuBackend::Context& context) {
    std::vector<ScoreRow*> rows;
    for (ScoreRow& row : table_.rows)
      if (row.folder.pictures.contains(picture.stem)) rows.push_back(&row);
    if (rows.empty()) return;

    Image original;
    try {
      original = read_image(picture.path);
    } catch (const Error& error) {
      left_out_.unreadable.push_back(error.what());
      return;
    }
    if (grey.include(original)) {
      ++left_out_.grey;
      return;
    }
    if (flicker_) flicker_->next(original);
    std::vector<std::string> complaints(rows.size()), hint_complaints(rows.size());
    const auto for_each_row = [&](auto&& f) {
      CpuBackend::for_each(context, std::ssize(rows), [&](Index i) {
        const auto at = static_cast<std::size_t>(i);
        try {
          if (complaints[at].empty()) f(at);
        } catch (const std::exception& error) {  // a loop of the backend must not throw
          complaints[at] = error.what();
        }
      });
    };
    std::vector<Image> images(rows.size());
    for_each_row(
        [&](std::size_t i) { images[i] = converted(read_image(rows[i]->folder.pictures.at(picture.stem)), 3, 8); });
    std::map<Size, MeasuredPicture> truths = squashed(original, images);
    std::vector<std::optional<MeasuredPicture>> measured(rows.size());
    std::vector<Scores> scores(rows.size());
    for_each_row([&](std::size_t i) {
      measured[i].emplace(images[i]);
      const MeasuredPicture& true_picture = truths.at(size_of(images[i]));
      scores[i] = compare(true_picture, *measured[i], patch);
      try {
        scores[i][Scores::hints_kept] = hints_kept(rows[i]->folder, picture.stem, true_picture, *measured[i]);
      } catch (const Error& error) {  // costs this number only
        hint_complaints[i] = error.what();
      }
    });
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (!complaints[i].empty()) {
        left_out_.unreadable.push_back(complaints[i]);
        continue;
      }
      if (!hint_complaints[i].empty()) without_hints_.push_back(hint_complaints[i]);
      if (flicker_)
        scores[i][Scores::flicker] =
            flicker_->of(rows[i]->folder.path.string(), measured[i]->lab()).value_or(not_measured);
      if (lpips_ && fits_lpips(images[i])) {
        const MeasuredPicture& reference = truths.at(size_of(images[i]));
        measured[i]->add_features(*lpips_);
        scores[i][Scores::lpips] = lpips_->distance(reference.standard, measured[i]->standard);
        scores[i][Scores::lpips_published] = lpips_->distance(reference.published, measured[i]->published);
        measured[i].reset();  // its features are large
      }
      rows[i]->scores.emplace(picture.stem, scores[i]);
    }
  }

  double hints_kept(const PredictionFolder& folder, const std::string& stem, const MeasuredPicture& true_picture,
                    const MeasuredPicture& prediction) const {
    if (hints.empty() || !folder.has_hints()) return not_measured;
    const HintGrid grid(prediction.height, prediction.width, folder.hints->cell);
    return hint_fidelity(true_picture.lab(), prediction.lab(), grid, read_hint_cells(hint_file(folder, stem), grid));
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

  /// The table for programs: an object for each row.
  void tell_means() const {
    for (const ScoreRow& row : table_.rows) {
      ResultLine line(row.folder.path);
      if (row.folder.hints) line.add("cell", row.folder.hints->cell).add("hints", row.folder.hints->count);
      line.add("pictures", row.scores.size());
      for (const Scores::Metric metric : table_.metrics) {
        const auto [mean, count] = row.mean(metric);
        line.add(Scores::columns[metric].csv, count == 0 ? json::Value() : json::Value(mean));
      }
      report.write(line);
    }
  }

  void write_results() const {
    write_file(csv, table_.csv());
    const Plot curves = table_.psnr_curves();
    if (!curves.series.empty()) write_svg(plot_path(), curves);
    ResultLine line(csv);
    std::size_t pictures = 0;
    for (const ScoreRow& row : table_.rows) pictures += row.scores.size();
    line.count("pictures", static_cast<Index>(pictures), "prediction");
    if (!curves.series.empty()) line.add("curve", plot_path().string(), concat("curve in ", plot_path().string()));
    report.write(line);
  }

  void tell_notes(const std::vector<PictureFile>& pictures) const {
    std::set<std::string> known;  // those of --grey-list, too: a prediction of one is not foreign
    for (const PictureFile& picture : list_pictures(truth)) known.insert(picture.stem);
    for (const auto& [folder, scores] : table_.rows) {
      Index missing = 0, foreign = 0;
      for (const PictureFile& picture : pictures) missing += folder.pictures.contains(picture.stem) ? 0 : 1;
      for (const auto& [stem, path] : folder.pictures) foreign += known.contains(stem) ? 0 : 1;
      if (missing > 0)
        note(missing, " of ", counted(std::ssize(pictures), "true picture"), missing == 1 ? " has" : " have",
             " no prediction in ", folder.path);
      if (foreign > 0)
        note(counted(foreign, "picture"), " in ", folder.path, foreign == 1 ? " has" : " have", " no true one");
    }
    left_out_.tell();
    if (!without_hints_.empty())
      note("the share of kept hints is unknown for ", counted(std::ssize(without_hints_), "prediction"), ": ",
           without_hints_.front());
  }

  /// Throws FormatError for a row without a picture, or without any number for the hints that it was asked for.
  void expect_numbers() const {
    for (const ScoreRow& row : table_.rows) {
      if (row.scores.empty())
        throw FormatError(concat("none of the pictures in ", row.folder.path, " could be measured"));
      if (!hints.empty() && row.folder.has_hints() && row.mean(Scores::hints_kept).second == 0)
        throw FormatError(concat("no hint file in ", hints, " could be used for the predictions in ", row.folder.path,
                                 ": give the hints that they were made with"));
    }
  }

  ScoreTable table_;
  std::optional<PictureLpips> lpips_;
  std::optional<FlickerMeter> flicker_;
  LeftOut left_out_;
  std::vector<std::string> without_hints_;  // why the hints of a prediction could not be read
};

}  // namespace

void add_evaluate(CLI::App& app) {
  CLI::App& command = *app.add_subcommand("evaluate", "Measure predictions against the true pictures");
  const auto options = std::make_shared<Evaluate>();
  OptionGroup pictures(command, "Pictures");
  pictures.folder("--images,--truth,--data", options->truth, "True pictures, or a folder with a folder imgs")
      ->required();
  pictures
      .folder("--pred,--predictions", options->predictions,
              "Holds h<cell>-n<count>/<stem>.png, as icolorit infer writes it, or pictures")
      ->required();
  options->grey.add_to(command);
  OptionGroup measures(command, "What is measured");
  measures.folder("--hints", options->hints,
                  "Also the share of hints that are kept; the folder that icolorit make-hints wrote");
  measures.file("--lpips-weights", options->lpips_weights,
                "Also LPIPS; a file that icolorit convert --lpips-heads made");
  measures.flag("--flicker", options->is_film,
                "Also how much colours waver: the pictures, in the order of their names, are frames of a film");
  measures.number("--patch", options->patch, "Side of the patches of B-PSNR and PEV", Index{1}, Index{4096})
      ->capture_default_str();
  OptionGroup output(command, "Output");
  output.file("--csv", options->csv, "Gets a row for each picture; the PSNR@k curve goes beside it, as .svg");
  add_overwrite(output, options->overwrite);
  options->shard.add_to(output);
  output.folder("--manifest", options->manifest_folder, "Where --shard keeps its manifests [scores in --pred]");
  options->report.add_to(command);
  OptionGroup(command, "Machine").threads(options->threads);
  command.footer(
      "True pictures are squashed to the size of the predictions. edge_ciede2000 is CIEDE2000 within 8 pixels of "
      "strong edges of lightness, where colour that bleeds shows as a halo. A hint is kept where its cell comes out "
      "within 5 CIEDE2000 of its colour. LPIPS sees values in [-1,1], as it was trained; LPIPS[0,1] sees [0,1], as in "
      "the published evaluation of iColoriT.");
  command.callback([options] { options->run(); });
}

}  // namespace icolorit::tool
