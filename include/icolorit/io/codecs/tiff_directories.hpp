// Which directories of a TIFF file are its pages: thumbnails and masks are not, camera raw files have none.
#pragma once

#include <algorithm>
#include <set>
#include <span>
#include <vector>

#include "icolorit/io/codecs/codec.hpp"
#include "icolorit/io/codecs/tiff_block.hpp"

namespace icolorit::codec {

/// Throws FormatError for the file of a camera's sensor.
[[noreturn]] inline void refuse_camera_raw() {
  throw FormatError(
      "it is a camera's raw picture: develop it first, e.g. with darktable or RawTherapee, to TIFF or JPEG");
}

/// Offsets of the directories that hold full pictures, in the file's order. Where all in the file's chain are reduced
/// ones, those below them (SubIFDs) are looked at. Empty where the structure says nothing. Throws FormatError for
/// camera raw files (DNG 1.6; CFA and linear raw pictures of TIFF/EP; Canon's CR2).
inline std::vector<std::uint64_t> tiff_pages(std::span<const std::byte> bytes) {
  const auto block = TiffBlock::open(bytes);
  if (!block) return {};
  if (has_text_at(bytes, 8, "CR\2")) refuse_camera_raw();
  constexpr std::size_t most = 65536;
  constexpr std::uint16_t photometric = 262;
  std::set<std::uint64_t> visited;
  std::size_t entries = 0;  // of all directories: where they do not overlap, no more than fit into the file
  const auto look = [&](std::uint64_t offset, std::vector<std::uint64_t>& full) {
    const TiffBlock::Directory directory = block->directory(offset);
    entries += directory.entries.size();
    if (entries > bytes.size() / 12) throw FormatError("damaged TIFF data: its directories overlap");
    const std::uint64_t meaning = block->whole(directory.find(photometric)).value_or(0);
    if (directory.find(tiff_tag::dng_version) != nullptr || meaning == 32803 || meaning == 34892) refuse_camera_raw();
    const std::uint64_t kind = block->whole(directory.find(tiff_tag::subfile_type)).value_or(0);
    const std::uint64_t old_kind = block->whole(directory.find(tiff_tag::old_subfile_type)).value_or(1);
    const bool reduced_or_mask = (kind & 5) != 0 || old_kind == 2;
    if (!directory.entries.empty() && !reduced_or_mask) full.push_back(offset);
    return directory;
  };

  std::vector<std::uint64_t> pages, below;
  for (std::uint64_t offset = block->first(); offset != 0 && visited.size() < most && visited.insert(offset).second;) {
    const TiffBlock::Directory directory = look(offset, pages);
    const TiffBlock::Entry* const children = directory.find(tiff_tag::sub_directories);
    for (std::size_t i = 0; visited.size() < most; ++i) {
      const auto child = block->whole(children, i);
      if (!child) break;
      if (visited.insert(*child).second) look(*child, below);
    }
    offset = directory.next;
  }
  return pages.empty() ? below : pages;
}

}  // namespace icolorit::codec
