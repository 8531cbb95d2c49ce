// icolorit make-hints: random hint files in the published layout.
#include <filesystem>
#include <memory>
#include <ranges>

#include "commands.hpp"
#include "icolorit/io/hint_file.hpp"
#include "icolorit/models/paper_protocol.hpp"
#include "misuse.hpp"
#include "picture_folder.hpp"
#include "progress_bar.hpp"

namespace icolorit::tool {

namespace {

struct MakeHints {
  std::filesystem::path images, out;
  std::vector<Index> counts;
  std::uint64_t seed = 1234;
  Index size = 224, cell = 2;

  void run() const {
    const HintGrid grid = from_command_line([&] { return HintGrid(size, size, cell); });
    const Index most = std::ranges::max(counts);
    require(most <= grid.cells(), "--counts ", most, ": a picture has only ", grid.cells(), " hint cells");
    const std::vector<PictureFile> pictures = list_pictures(images);
    for (const Index count : counts)
      std::filesystem::create_directories(hint_cells_path(out, cell, count, "").parent_path());

    ProgressBar bar;
    for (std::size_t i = 0; i < pictures.size(); ++i) {
      const std::vector<Index> cells = evaluation_hint_cells(seed, pictures[i].stem, grid, most);
      for (const Index count : counts)
        write_hint_cells(hint_cells_path(out, cell, count, pictures[i].stem),
                         std::span(cells).first(static_cast<std::size_t>(count)), grid);
      bar.show({static_cast<double>(i + 1) / static_cast<double>(pictures.size()), "writing hints"});
    }
  }
};

}  // namespace

void add_make_hints(CLI::App& app) {
  CLI::App& command = *app.add_subcommand("make-hints", "Write random hint files for the pictures of a folder");
  const auto options = std::make_shared<MakeHints>();
  command.add_option("--images", options->images, "Folder of pictures, or one with a folder imgs")->required();
  command.add_option("--out", options->out, "Folder for h<cell>-n<count>/<stem>.txt")->required();
  add_counts(command, options->counts);
  command.add_option("--seed", options->seed, "Other seeds give other hints")->capture_default_str();
  command.add_option("--size", options->size, "Side of the network's input in pixels")
      ->capture_default_str()
      ->check(CLI::Range(Index{1}, Index{4096}));
  command.add_option("--cell", options->cell, "Side of a hint cell in pixels")
      ->capture_default_str()
      ->check(CLI::Range(Index{1}, Index{4096}));
  command.callback([options] { options->run(); });
}

}  // namespace icolorit::tool
