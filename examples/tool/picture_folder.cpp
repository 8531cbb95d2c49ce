#include "picture_folder.hpp"

#include <algorithm>
#include <set>
#include <sstream>

#include "icolorit/io/byte_reader.hpp"
#include "icolorit/io/image_file.hpp"
#include "option_group.hpp"
#include "report.hpp"

namespace icolorit::tool {

namespace {

bool has_picture_name(const std::filesystem::path& path) {
  try {
    image_format_of(path);
    return true;
  } catch (const ArgumentError&) {
    return false;
  }
}

}  // namespace

std::vector<PictureFile> list_pictures(const std::filesystem::path& root) {
  std::error_code error;
  const std::filesystem::path imgs = root / "imgs", folder = std::filesystem::is_directory(imgs, error) ? imgs : root;
  std::vector<PictureFile> pictures;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error))
    if (entry.is_regular_file(error) && has_picture_name(entry.path()))
      pictures.push_back({entry.path(), entry.path().stem().string()});
  if (pictures.empty())
    throw FileError(concat("no pictures in ", folder, ": give a folder of PNG, JPEG, WebP or TIFF files"));
  std::ranges::sort(pictures, {}, &PictureFile::stem);
  const auto twins = std::ranges::adjacent_find(pictures, {}, &PictureFile::stem);
  if (twins != pictures.end())
    throw FileError(concat(twins->path, " and ", (twins + 1)->path, " would share one hint file: rename one"));
  return pictures;
}

void GreyPictures::add_to(CLI::App& command) {
  OptionGroup(command, "Pictures")
      .file("--grey-list", list,
            "A text file of picture names: leave out these, not those that look grey or toned in one hue");
}

std::vector<PictureFile> GreyPictures::others_in(const std::filesystem::path& root) const {
  std::vector<PictureFile> pictures = list_pictures(root);
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
