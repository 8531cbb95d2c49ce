// A folder of hint files in the published layout, and what its manifest says of them: positions mean nothing without
// the size of the picture that they are counted in.
#pragma once

#include <charconv>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "icolorit/image/hints.hpp"
#include "icolorit/io/file.hpp"
#include "icolorit/io/hint_file.hpp"
#include "icolorit/io/json.hpp"
#include "icolorit/io/parse_file.hpp"

namespace icolorit {

/// What the name of a folder of hint files, or of pictures predicted from them, tells.
struct HintFolderName {
  Index cell = 0;   ///< side of a hint cell in network pixels
  Index count = 0;  ///< hints of each picture
  friend constexpr auto operator<=>(const HintFolderName&, const HintFolderName&) = default;
};

/// `h<cell>-n<count>`, as hint_cells_path composes it; nothing for any other name.
inline std::optional<HintFolderName> parse_hint_folder_name(std::string_view name) {
  const auto number_after = [&](std::string_view prefix, Index& value) {
    if (!name.starts_with(prefix)) return false;
    name.remove_prefix(prefix.size());
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), value);
    name.remove_prefix(static_cast<std::size_t>(end - name.data()));
    return error == std::errc() && value >= 0;
  };
  HintFolderName result;
  if (!number_after("h", result.cell) || !number_after("-n", result.count) || !name.empty()) return std::nullopt;
  return result;
}

/// What `hints.json` beside the folders h<cell>-n<count> says. Published folders have none.
struct HintFolder {
  Index size = 224;  ///< side of the square picture, in pixels, in which hint files count rows and columns
  Index cell = 2;    ///< side of a hint cell, in such pixels
  std::uint64_t seed = 0;
  std::vector<Index> counts;  ///< numbers of hints that there are files for

  friend bool operator==(const HintFolder&, const HintFolder&) = default;
};

inline std::filesystem::path hint_folder_manifest(const std::filesystem::path& folder) { return folder / "hints.json"; }

/// Throws FileError.
inline void write_hint_folder(const std::filesystem::path& folder, const HintFolder& manifest) {
  const json::Value object{
      {"size", manifest.size}, {"cell", manifest.cell}, {"seed", manifest.seed}, {"counts", manifest.counts}};
  write_file(hint_folder_manifest(folder), json::write(object) + "\n");
}

/// What a manifest says. Throws FormatError.
inline HintFolder parse_hint_folder(const json::Value& document) {
  const auto number = [](const json::Value* value, const std::string& name, Index least) {
    const auto whole = value == nullptr ? std::nullopt : json::integer(*value);
    if (!whole || *whole < least)
      throw FormatError(concat("hint folder: ", name, " is no whole number of at least ", least,
                               "; write the folder with icolorit make-hints"));
    return Index{*whole};
  };
  if (!document.is_object())
    throw FormatError(concat("hint folder: the text is ", json::kind(document), ", expected an object"));
  HintFolder manifest;
  manifest.size = number(json::find(document, "size"), "size", 1);
  manifest.cell = number(json::find(document, "cell"), "cell", 1);
  manifest.seed = static_cast<std::uint64_t>(number(json::find(document, "seed"), "seed", 0));
  if (const json::Value* const counts = json::find(document, "counts"); counts != nullptr && counts->is_array())
    for (const json::Value& count : json::as_array(*counts)) manifest.counts.push_back(number(&count, "a count", 0));
  return manifest;
}

/// Nothing where the folder has no manifest; a file of its name that lists hints with colours is none. Throws
/// FileError, and FormatError naming the file.
inline std::optional<HintFolder> read_hint_folder(const std::filesystem::path& folder) {
  const std::filesystem::path path = hint_folder_manifest(folder);
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return std::nullopt;
  return parse_file(path, [](const std::vector<std::byte>& bytes) -> std::optional<HintFolder> {
    const json::Value document = json::parse(as_text(bytes));
    if (json::find(document, "hints") != nullptr) return std::nullopt;
    return parse_hint_folder(document);
  });
}

/// Throws FormatError where the folder's manifest tells of another size or cell than the grid's: its positions would
/// mark other places.
inline void expect_hint_folder(const std::filesystem::path& folder, const HintGrid& grid) {
  const std::optional<HintFolder> manifest = read_hint_folder(folder);
  if (!manifest || (manifest->size == grid.width() && manifest->size == grid.height() && manifest->cell == grid.cell()))
    return;
  throw FormatError(concat("the hints in ", folder, " are for ", manifest->size, " x ", manifest->size,
                           " pixels in cells of ", manifest->cell, ", here it is ", grid.width(), " x ", grid.height(),
                           " in cells of ", grid.cell(), ": make others with icolorit make-hints --size ", grid.width(),
                           " --hint-size ", grid.cell(), ", or give these with --size ", manifest->size,
                           " --hint-size ", manifest->cell));
}

/// Reads a hint file, and refuses it where the manifest of its folder, `FOLDER/hCELL-nCOUNT/NAME.txt`, tells of
/// another grid. No manifest speaks of a file in a folder of another name. Throws FileError and FormatError.
inline std::vector<Index> read_revealed_cells(const std::filesystem::path& file, const HintGrid& grid) {
  const std::filesystem::path folder = std::filesystem::absolute(file).lexically_normal().parent_path();
  if (parse_hint_folder_name(folder.filename().string())) expect_hint_folder(folder.parent_path(), grid);
  return read_hint_cells(file, grid);
}

}  // namespace icolorit
