// icolorit infer: a folder of pictures under the published evaluation, and the table of PSNR@k.
#include <algorithm>
#include <filesystem>
#include <iomanip>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <sstream>

#include "commands.hpp"
#include "engines.hpp"
#include "icolorit/io/byte_reader.hpp"
#include "icolorit/io/hint_file.hpp"
#include "icolorit/io/image_file.hpp"
#include "misuse.hpp"
#include "picture_folder.hpp"
#include "progress_bar.hpp"

namespace icolorit::tool {

namespace {

struct Infer {
  std::filesystem::path images, hints, out, grey_list;
  std::vector<Index> counts;
  Index batch = 8;
  EngineOptions engine;

  void run() {
    engine.complete();
    std::ranges::sort(counts);
    counts.erase(std::unique(counts.begin(), counts.end()), counts.end());
    require(counts.back() == 0 || !hints.empty(), "--counts above 0 need hint files: give their folder with --hints");
    const auto evaluation = make_evaluation(engine, batch);
    const Index cell = evaluation->grid().cell();
    const std::vector<PictureFile> pictures = pictures_to_color();
    expect_hint_files(pictures, cell);
    for (const Index count : counts) std::filesystem::create_directories(prediction(cell, count, "").parent_path());

    cpu::ThreadTeam team(threads_of(engine));
    std::vector<std::string> unreadable;
    {
      ProgressBar bar;
      const auto at_once = static_cast<std::size_t>(evaluation->batch());
      for (std::size_t first = 0; first < pictures.size(); first += at_once) {
        const std::size_t count = std::min(at_once, pictures.size() - first);
        const std::vector<Loaded> loaded =
            load(team, *evaluation, std::span(pictures).subspan(first, count), unreadable);
        if (!loaded.empty()) color(team, *evaluation, loaded);
        bar.show({static_cast<double>(first + count) / static_cast<double>(pictures.size()), "colouring"});
      }
    }
    print_table();
    if (!unreadable.empty()) {
      std::cerr << "icolorit: note: left out " << unreadable.size() << " unreadable pictures:\n";
      for (const std::string& complaint : unreadable) std::cerr << "  " << complaint << '\n';
    }
    if (unreadable.size() == pictures.size()) throw FormatError("none of the pictures could be read");
  }

 private:
  struct Loaded {
    std::string stem;
    EvaluationPicture picture;
  };

  std::filesystem::path prediction(Index cell, Index count, const std::string& stem) const {
    return hint_cells_path(out, cell, count, stem).replace_extension(".png");
  }

  std::vector<PictureFile> pictures_to_color() const {
    std::vector<PictureFile> pictures = list_pictures(images);
    if (grey_list.empty()) return pictures;
    const std::vector<std::byte> bytes = read_file(grey_list);
    std::istringstream names{std::string(as_text(bytes))};
    std::set<std::string> left_out;  // with or without extension
    for (std::string name; names >> name;) left_out.insert(std::filesystem::path(name).filename().string());
    std::erase_if(pictures, [&](const PictureFile& picture) {
      return left_out.contains(picture.stem) || left_out.contains(picture.path.filename().string());
    });
    if (pictures.empty()) throw FileError(concat(grey_list, " leaves out every picture of ", images));
    return pictures;
  }

  /// Before anything is computed.
  void expect_hint_files(const std::vector<PictureFile>& pictures, Index cell) const {
    for (const Index count : counts)
      for (const PictureFile& picture : pictures) {
        const std::filesystem::path path = hint_cells_path(hints, cell, count, picture.stem);
        if (count != 0 && !std::filesystem::exists(path))
          throw FileError(concat("there is no hint file ", path, " for ", picture.path,
                                 ": write hint files with icolorit make-hints"));
      }
  }

  /// The pictures that can be read, in their order; appends to `unreadable` why the others cannot.
  static std::vector<Loaded> load(cpu::ThreadTeam& team, const Evaluation& evaluation,
                                  std::span<const PictureFile> files, std::vector<std::string>& unreadable) {
    std::vector<std::optional<Loaded>> pictures(files.size());
    std::vector<std::string> complaints(files.size());
    for_each_picture(team, files.size(), [&](std::size_t i, int) {
      try {
        pictures[i] = {files[i].stem,
                       {read_image(files[i].path), evaluation.grid().width(), evaluation.grid().height()}};
      } catch (const Error& error) {
        complaints[i] = error.what();
      }
    });
    std::vector<Loaded> loaded;
    for (std::size_t i = 0; i < files.size(); ++i)
      if (pictures[i])
        loaded.push_back(std::move(*pictures[i]));
      else
        unreadable.push_back(std::move(complaints[i]));
    return loaded;
  }

  void color(cpu::ThreadTeam& team, Evaluation& evaluation, std::span<const Loaded> loaded) {
    std::vector<const EvaluationPicture*> pictures;
    for (const Loaded& one : loaded) pictures.push_back(&one.picture);
    const Index cell = evaluation.grid().cell();
    for (const Index count : counts) {
      std::vector<std::vector<Index>> cells;
      for (const Loaded& one : loaded)
        cells.push_back(count == 0 ? std::vector<Index>()
                                   : read_hint_cells(hint_cells_path(hints, cell, count, one.stem), evaluation.grid()));
      std::vector<const std::vector<Index>*> lists;
      for (const std::vector<Index>& list : cells) lists.push_back(&list);
      const TensorView<const float, 4> ab = evaluation.predict(pictures, lists, {});  // (B,2,h,w)
      std::vector<double> psnrs(loaded.size());
      for_each_picture(team, loaded.size(), [&](std::size_t i, int) {
        const Image result = loaded[i].picture.with_colors(ab[static_cast<Index>(i)]);
        psnrs[i] = psnr(result, loaded[i].picture.rgb);
        write_image(result, prediction(cell, count, loaded[i].stem));
      });
      for (const double one : psnrs) psnr_sums_[count] += one;
    }
    colored_ += loaded.size();
  }

  void print_table() const {
    if (colored_ == 0) return;
    std::cout << "hints   PSNR@k  (mean of " << colored_ << " pictures, dB)\n" << std::fixed << std::setprecision(3);
    for (const auto& [count, sum] : psnr_sums_)
      std::cout << std::setw(5) << count << std::setw(9) << sum / static_cast<double>(colored_) << '\n';
  }

  std::map<Index, double> psnr_sums_;  // by number of hints
  std::size_t colored_ = 0;
};

}  // namespace

void add_infer(CLI::App& app) {
  CLI::App& command = *app.add_subcommand("infer", "Colourise a folder under the published evaluation, print PSNR@k");
  const auto options = std::make_shared<Infer>();
  command.add_option("--images", options->images, "Folder of colour pictures, or one with a folder imgs")->required();
  command.add_option("--hints", options->hints, "Folder of h2-n<count>/<stem>.txt; icolorit make-hints writes one");
  add_counts(command, options->counts);
  command.add_option("--out", options->out, "Folder for h2-n<count>/<stem>.png")->required();
  command.add_option("--batch", options->batch, "Pictures that the network takes at a time")
      ->capture_default_str()
      ->check(CLI::Range(Index{1}, Index{1024}));
  command.add_option("--grey-list", options->grey_list, "A text file of picture names to leave out");
  options->engine.add_to(command);
  command.callback([options] { options->run(); });
}

}  // namespace icolorit::tool
