#include "picture_folder.hpp"

#include <algorithm>
#include <set>
#include <sstream>

#include "folder_contents.hpp"
#include "icolorit/io/byte_reader.hpp"
#include "icolorit/io/read_file.hpp"
#include "option_group.hpp"
#include "report.hpp"

namespace icolorit::tool {

namespace {

/// ROOT/imgs, or ROOT where there is no imgs.
std::filesystem::path pictures_below(const std::filesystem::path& root) {
  std::error_code error;
  const std::filesystem::path imgs = root / "imgs";
  return std::filesystem::is_directory(imgs, error) ? imgs : root;
}

std::vector<PictureFile> named(const std::vector<std::filesystem::path>& paths) {
  std::vector<PictureFile> pictures;
  for (const std::filesystem::path& path : paths) pictures.push_back({path, path.stem().string()});
  std::ranges::sort(pictures, {}, &PictureFile::stem);
  const auto twins = std::ranges::adjacent_find(pictures, {}, &PictureFile::stem);
  if (twins != pictures.end())
    throw FileError(concat(twins->path, " and ", (twins + 1)->path, " would share one hint file: rename one"));
  return pictures;
}

}  // namespace

std::vector<PictureFile> list_pictures(const std::filesystem::path& root) {
  return named(list_folder(pictures_below(root)).pictures);
}

void GreyPictures::add_to(CLI::App& command) {
  OptionGroup(command, "Pictures")
      .file("--grey-list", list,
            "A text file of picture names: leave out these, not those that look grey or toned in one hue");
}

std::vector<PictureFile> GreyPictures::others_in(const std::filesystem::path& root) const {
  const FolderContents contents = list_folder(pictures_below(root));
  if (!contents.left_out.empty()) note(contents.left_out);
  std::vector<PictureFile> pictures = named(contents.pictures);
  if (list.empty()) return pictures;
  const std::vector<std::byte> bytes = read_file(list);
  std::istringstream names{std::string(as_text(bytes))};
  std::set<std::string> left_out;
  for (std::string name; names >> name;) left_out.insert(std::filesystem::path(name).filename().string());
  std::erase_if(pictures, [&](const PictureFile& picture) {
    return left_out.contains(picture.stem) || left_out.contains(picture.path.filename().string());
  });
  if (pictures.empty()) throw FileError(concat(list, " leaves out every picture of ", root));
  return pictures;
}

void LeftOut::tell() const {
  if (grey > 0)
    note(counted(grey, "picture"), " left out: grey or toned in one hue, without colours to take hints from");
  note_left_out("unreadable", unreadable);
}

void add_counts(CLI::App& command, std::vector<Index>& counts) {
  OptionGroup(command, "Hints")
      .number("--counts", counts, "Numbers of hints; published: 0 1 2 5 10 20 50 100 200", Index{0}, Index{1} << 22)
      ->delimiter(',')
      ->required();
}

}  // namespace icolorit::tool
