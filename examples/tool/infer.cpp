// icolorit infer: a folder of pictures under the published evaluation, and the table of PSNR@k.
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <span>

#include "commands.hpp"
#include "engines.hpp"
#include "icolorit/core/name_list.hpp"
#include "icolorit/io/crc32.hpp"
#include "icolorit/io/hint_file.hpp"
#include "icolorit/io/hint_folder.hpp"
#include "icolorit/io/image_file.hpp"
#include "infer_table.hpp"
#include "manifest.hpp"
#include "misuse.hpp"
#include "option_group.hpp"
#include "output_check.hpp"
#include "picture_folder.hpp"
#include "prediction_folder.hpp"
#include "progress_bar.hpp"
#include "report.hpp"
#include "wording.hpp"
#include "work_share.hpp"

namespace icolorit::tool {

namespace {

struct Infer {
  std::filesystem::path images, hints, out;
  GreyPictures grey;
  std::vector<Index> counts;
  Index batch = 8, cell = 2;
  bool overwrite = false;
  WorkShareOption shard;
  EngineOptions engine;
  Report report;

  void run() {
    engine.complete(/*published_evaluation=*/true);
    require(engine.quality == "normal", "--quality high is no part of the published evaluation: leave it out");
    std::ranges::sort(counts);
    counts.erase(std::unique(counts.begin(), counts.end()), counts.end());
    require(counts.back() == 0 || !hints.empty(), "--counts above 0 need hint files: give their folder with --hints");
    const auto evaluation = make_evaluation(engine, batch, cell);
    std::vector<PictureFile> pictures = grey.others_in(images);
    const WorkShare share = shard.is_given() ? shard.share() : WorkShare{};
    std::erase_if(pictures, [&](const PictureFile& picture) { return !share.contains(picture.stem); });
    if (!hints.empty()) expect_hint_folder(hints, evaluation->grid());
    if (!hints.empty()) expect_hint_files(pictures);
    expect_no_inputs(pictures);
    expect_no_foreign_files(pictures);
    const PredictionMakers makers = makers_with_own(evaluation->grid().width());
    for (const Index count : counts) std::filesystem::create_directories(prediction(count, "").parent_path());
    write_prediction_makers(out, makers);
    if (shard.is_given()) {
      manifest_.emplace(out, share, job(evaluation->grid().width()), overwrite);
      std::erase_if(pictures, [&](const PictureFile& picture) { return manifest_->is_done(picture.stem); });
    }

    const int threads = threads_of(engine);
    LeftOut left_out;
    {
      ProgressBar bar;
      const auto at_once = static_cast<std::size_t>(evaluation->batch());
      for (std::size_t first = 0; first < pictures.size(); first += at_once) {
        const std::size_t count = std::min(at_once, pictures.size() - first);
        const std::vector<Loaded> loaded =
            load(threads, *evaluation, std::span(pictures).subspan(first, count), left_out);
        if (!loaded.empty()) color(threads, *evaluation, loaded);
        bar.show({static_cast<double>(first + count) / static_cast<double>(pictures.size()), "colouring"});
      }
    }
    if (manifest_) {
      manifest_->complete();
      table_ = {};
      for (const auto& [stem, line] : manifest_->done()) table_.add(line);
    }
    if (!report.as_json) table_.print(std::cout);
    tell_results();
    left_out.tell();
    if (table_.pictures() == 0 && !manifest_)
      throw FormatError(concat("none of the pictures in ", images, " can be used"));
  }

 private:
  struct Loaded {
    std::string stem;
    EvaluationPicture picture;
  };

  void expect_no_inputs(const std::vector<PictureFile>& pictures) const {
    InputFiles inputs{engine.weights, grey.list};
    for (const PictureFile& picture : pictures) inputs.add(picture.path);
    expect_no_input(prediction_manifest(out), inputs, overwrite);
    for (const Index count : counts)
      for (const PictureFile& picture : pictures)
        if (count > 0) inputs.add(hint_cells_path(hints, cell, count, picture.stem));
    for (const Index count : counts)
      for (const PictureFile& picture : pictures) expect_no_input(prediction(count, picture.stem), inputs, overwrite);
  }

  /// Files in the places of predictions that infer, as far as the folder says, did not write.
  void expect_no_foreign_files(const std::vector<PictureFile>& pictures) const {
    if (overwrite) return;
    const PredictionMakers makers = read_prediction_makers(out);
    NameList foreign;
    std::error_code error;
    for (const Index count : counts) {
      const std::filesystem::path folder = prediction(count, "").parent_path();
      if (makers.contains(folder.filename().string()) || !std::filesystem::exists(folder, error)) continue;
      for (const PictureFile& picture : pictures)
        if (const auto place = prediction(count, picture.stem); std::filesystem::exists(place, error))
          foreign.add(place.string());
    }
    require(foreign.empty(), foreign.text(), foreign.count() == 1 ? " exists" : " exist",
            " already, and nothing says that infer made ", foreign.count() == 1 ? "it" : "them",
            ": give another --out, or --overwrite");
  }

  PredictionMaker maker(Index size) const {
    PredictionMaker own{std::string(engine.kind().name), printable(engine.network_name()), 0, engine.precision, size};
    if (engine.uses_network()) own.checksum = crc32(read_file(engine.weights)) ^ engine.adapters.checksum();
    return own;
  }

  json::Value job(Index size) const {
    return {{"command", "infer"}, {"by", maker(size).text()},        {"cell", cell},
            {"counts", counts},   {"images", absolute_name(images)}, {"hints", absolute_name(hints)}};
  }

  /// What the folder holds afterwards. Throws Misuse where it holds predictions of something else: evaluate would show
  /// both in one table.
  PredictionMakers makers_with_own(Index size) const {
    const PredictionMaker own = maker(size);
    PredictionMakers makers = read_prediction_makers(out);
    for (const auto& [folder, maker] : makers)
      require(overwrite || maker == own, out, " holds predictions by ", maker.text(), ", these are by ", own.text(),
              ": give another --out, or --overwrite to replace those of these --counts");
    for (const Index count : counts) makers[prediction(count, "").parent_path().filename().string()] = own;
    return makers;
  }

  std::filesystem::path prediction(Index count, const std::string& stem) const {
    return hint_cells_path(out, cell, count, stem).replace_extension(".png");
  }

  /// Before anything is computed. A picture without any hint file may be one that make-hints left out as grey.
  void expect_hint_files(const std::vector<PictureFile>& pictures) const {
    for (const PictureFile& picture : pictures) {
      const auto has_hints = [&](Index count) {
        return count == 0 || std::filesystem::exists(hint_cells_path(hints, cell, count, picture.stem));
      };
      const auto lacking = std::ranges::find_if_not(counts, has_hints);
      if (lacking == counts.end() || !is_usable(picture)) continue;
      throw FileError(concat("there is no hint file ", hint_cells_path(hints, cell, *lacking, picture.stem), " for ",
                             picture.path, ": write hint files with icolorit make-hints"));
    }
  }
  bool is_usable(const PictureFile& picture) const {
    try {
      return !grey.include(read_image(picture.path));
    } catch (const Error&) {
      return false;  // told later
    }
  }

  /// The pictures that can be used, in their order.
  std::vector<Loaded> load(int threads, const Evaluation& evaluation, std::span<const PictureFile> files,
                           LeftOut& left_out) {
    std::vector<std::optional<Loaded>> pictures(files.size());
    std::vector<std::string> complaints(files.size());
    for_each_picture(threads, files.size(), [&](std::size_t i) {
      try {
        const Image picture = read_image(files[i].path);
        if (!grey.include(picture))
          pictures[i] = {files[i].stem, {picture, evaluation.grid().width(), evaluation.grid().height()}};
      } catch (const Error& error) {
        complaints[i] = error.what();
      }
    });
    std::vector<Loaded> loaded;
    for (std::size_t i = 0; i < files.size(); ++i)
      if (pictures[i]) {
        loaded.push_back(std::move(*pictures[i]));
      } else if (complaints[i].empty()) {
        ++left_out.grey;
        if (manifest_) manifest_->add(files[i].stem, {{"left_out", "grey"}});
      } else {
        if (manifest_) manifest_->add_failure(files[i].stem, complaints[i]);
        left_out.unreadable.push_back(std::move(complaints[i]));
      }
    return loaded;
  }

  std::vector<Index> hint_cells(Index count, const std::string& stem, const HintGrid& grid) const {
    const std::filesystem::path path = hint_cells_path(hints, cell, count, stem);
    std::vector<Index> cells = read_hint_cells(path, grid);
    if (std::ssize(cells) != count)
      throw FormatError(concat(path, " holds ", counted(std::ssize(cells), "hint"), ", expected ", count,
                               " as the folder's name says: write it anew with icolorit make-hints"));
    return cells;
  }

  void color(int threads, Evaluation& evaluation, std::span<const Loaded> loaded) {
    std::vector<const EvaluationPicture*> pictures;
    for (const Loaded& one : loaded) pictures.push_back(&one.picture);
    std::vector<json::Value> lines(loaded.size());
    for (const Index count : counts) {
      std::vector<std::vector<Index>> cells;
      for (const Loaded& one : loaded)
        cells.push_back(count == 0 ? std::vector<Index>() : hint_cells(count, one.stem, evaluation.grid()));
      std::vector<const std::vector<Index>*> lists;
      for (const std::vector<Index>& list : cells) lists.push_back(&list);
      const TensorView<const float, 4> ab = evaluation.predict(pictures, lists, {});  // (B,2,h,w)
      const TensorView<const float, 4> network_ab = evaluation.before_fusion();
      for_each_picture(threads, loaded.size(), [&](std::size_t i) {
        const EvaluationPicture& truth = loaded[i].picture;
        const Image result = truth.with_colors(ab[static_cast<Index>(i)]);
        lines[i]["psnr"][concat(count)] = psnr(result, truth.rgb);
        if (!network_ab.empty())
          lines[i]["network_psnr"][concat(count)] =
              psnr(truth.with_colors(network_ab[static_cast<Index>(i)]), truth.rgb);
        write_image(result, prediction(count, loaded[i].stem));
      });
    }
    for (std::size_t i = 0; i < loaded.size(); ++i) {
      table_.add(lines[i]);
      if (manifest_) manifest_->add(loaded[i].stem, lines[i]);
    }
  }

  /// One line in all for people, an object for each number of hints for programs.
  void tell_results() const {
    const Index pictures = table_.pictures();
    if (pictures == 0) return;
    if (!report.as_json) {
      ResultLine line(out);
      engine.describe(line);
      return report.write(line.count("pictures", pictures, "picture"));
    }
    for (const auto& [count, mean] : table_.means()) {
      ResultLine line(prediction(count, "").parent_path());
      engine.describe(line);
      line.count("hints", count, "hint").count("pictures", pictures, "picture").add("psnr", mean.psnr);
      if (table_.fuses()) line.add("network_psnr", mean.network);
      report.write(line);
    }
  }

  InferTable table_;
  std::optional<Manifest> manifest_;  // with --shard
};

}  // namespace

void add_infer(CLI::App& app) {
  CLI::App& command = *app.add_subcommand("infer", "Colourise a folder under the published evaluation, print PSNR@k");
  const auto options = std::make_shared<Infer>();
  OptionGroup pictures(command, "Pictures");
  pictures.folder("--images,--data,--truth", options->images, "Colour pictures, or a folder with a folder imgs")
      ->required();
  options->grey.add_to(command);
  pictures.number("--batch", options->batch, "Pictures that the network takes at a time", Index{1}, Index{1024})
      ->capture_default_str();
  OptionGroup hints(command, "Hints");
  hints.folder("--hints", options->hints, "Holds h<cell>-n<count>/<stem>.txt; icolorit make-hints writes one");
  add_counts(command, options->counts);
  hints.hint_size(options->cell);
  OptionGroup output(command, "Output");
  output.folder("-o,--out", options->out, "Gets h<cell>-n<count>/<stem>.png")->required();
  add_overwrite(output, options->overwrite);
  options->shard.add_to(output);
  options->report.add_to(command);
  options->engine.add_to(command);
  CLI::Option& kind = *command.get_option("--engine");
  kind.description(
      "icolorit, the network alone, as in the published evaluation; fusion; or optimization, which needs no "
      "weights [icolorit where there are weights]");
  command.footer(
      "Measures a network: pictures are squashed to its square input and get hints from their own colours. To colour "
      "your pictures use icolorit colorize. With --engine fusion the table shows the network alone, too.");
  command.callback([options] { options->run(); });
}

}  // namespace icolorit::tool
