// icolorit make-hints: random hint files in the published layout.
#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <ranges>

#include "commands.hpp"
#include "icolorit/core/name_list.hpp"
#include "icolorit/io/hint_file.hpp"
#include "icolorit/io/hint_folder.hpp"
#include "icolorit/io/image_file.hpp"
#include "icolorit/models/paper_protocol.hpp"
#include "misuse.hpp"
#include "option_group.hpp"
#include "output_check.hpp"
#include "picture_folder.hpp"
#include "progress_bar.hpp"
#include "report.hpp"

namespace icolorit::tool {

namespace {

struct MakeHints {
  std::filesystem::path images, out;
  std::vector<Index> counts;
  std::uint64_t seed = 1234;
  Index size = 224, cell = 2;
  GreyPictures grey;
  bool overwrite = false;
  Report report;

  void run() const {
    const HintGrid grid = from_command_line([&] { return HintGrid(size, size, cell); });
    const Index most = std::ranges::max(counts);
    require(most <= grid.cells(), "--counts ", most, ": a picture has only ", grid.cells(), " hint cells");
    const std::vector<PictureFile> pictures = grey.others_in(images);
    const HintFolder manifest = manifest_with(read_hint_folder(out));
    expect_no_inputs(pictures);
    if (!overwrite) expect_no_other_hints(pictures, grid);
    LeftOut left_out;
    Index written = 0;
    ProgressBar bar;
    for (std::size_t i = 0; i < pictures.size(); ++i) {
      if (usable(pictures[i], left_out)) {
        if (written++ == 0) make_folders(manifest);
        const std::vector<Index> cells = evaluation_hint_cells(seed, pictures[i].stem, grid, most);
        for (const Index count : counts)
          write_hint_cells(hint_cells_path(out, cell, count, pictures[i].stem),
                           std::span(cells).first(static_cast<std::size_t>(count)), grid);
      }
      bar.show({static_cast<double>(i + 1) / static_cast<double>(pictures.size()), "writing hints"});
    }
    bar.clear();
    left_out.tell();
    if (written == 0) throw FormatError(concat("none of the pictures in ", images, " has colours to take hints from"));
    report.write(ResultLine(out)
                     .count("pictures", written, "picture")
                     .add("size", size, concat("for ", size, " x ", size, " pixels in cells of ", cell))
                     .add("cell", cell));
  }

 private:
  void expect_no_inputs(const std::vector<PictureFile>& pictures) const {
    InputFiles inputs{grey.list};
    for (const PictureFile& picture : pictures) inputs.add(picture.path);
    expect_no_input(hint_folder_manifest(out), inputs, overwrite);
    for (const Index count : counts)
      for (const PictureFile& picture : pictures)
        expect_no_input(hint_cells_path(out, cell, count, picture.stem), inputs, overwrite);
  }

  /// Files in the places of hints that hold others than would be written.
  void expect_no_other_hints(const std::vector<PictureFile>& pictures, const HintGrid& grid) const {
    NameList others;
    std::error_code error;
    for (const PictureFile& picture : pictures)
      for (const Index count : counts) {
        const std::filesystem::path place = hint_cells_path(out, cell, count, picture.stem);
        if (!std::filesystem::exists(place, error)) continue;
        if (as_text(read_file(place)) !=
            format_hint_cells(evaluation_hint_cells(seed, picture.stem, grid, count), grid))
          others.add(place.string());
      }
    require(others.empty(), others.text(), others.count() == 1 ? " holds" : " hold",
            " other hints than these: give another --out, or --overwrite");
  }

  /// What the folder holds afterwards. Throws Misuse where it holds hints that were made in another way: its manifest
  /// could not speak of both.
  HintFolder manifest_with(const std::optional<HintFolder>& old) const {
    HintFolder manifest{size, cell, seed, counts};
    if (old) {
      require(old->size == size && old->cell == cell && old->seed == seed, out, " holds hints made with --size ",
              old->size, " --hint-size ", old->cell, " --seed ", old->seed, ": give the same, or another --out");
      manifest.counts.insert(manifest.counts.end(), old->counts.begin(), old->counts.end());
    }
    std::ranges::sort(manifest.counts);
    manifest.counts.erase(std::unique(manifest.counts.begin(), manifest.counts.end()), manifest.counts.end());
    return manifest;
  }

  void make_folders(const HintFolder& manifest) const {
    for (const Index count : counts)
      std::filesystem::create_directories(hint_cells_path(out, cell, count, "").parent_path());
    write_hint_folder(out, manifest);
  }

  bool usable(const PictureFile& picture, LeftOut& left_out) const {
    try {
      if (!grey.include(read_image(picture.path))) return true;
      ++left_out.grey;
    } catch (const Error& error) {
      left_out.unreadable.push_back(error.what());
    }
    return false;
  }
};

}  // namespace

void add_make_hints(CLI::App& app) {
  CLI::App& command = *app.add_subcommand("make-hints", "Write random hint files for the pictures of a folder");
  const auto options = std::make_shared<MakeHints>();
  OptionGroup pictures(command, "Pictures");
  pictures.folder("--images,--data,--truth", options->images, "Colour pictures, or a folder with a folder imgs")
      ->required();
  options->grey.add_to(command);
  OptionGroup hints(command, "Hints");
  add_counts(command, options->counts);
  hints
      .number("--size,--input-size", options->size, "Side of the network's square input, in pixels", Index{1},
              Index{4096})
      ->capture_default_str();
  hints.hint_size(options->cell);
  hints.seed(options->seed, "Other seeds give other hints");
  OptionGroup output(command, "Output");
  output.folder("-o,--out", options->out, "Gets h<cell>-n<count>/<stem>.txt and hints.json")->required();
  add_overwrite(output, options->overwrite);
  options->report.add_to(command);
  command.callback([options] { options->run(); });
}

}  // namespace icolorit::tool
