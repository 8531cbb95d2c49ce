// PictureMetadata: what a picture file says about its picture besides the pixels, as blocks that are copied, not
// interpreted.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "icolorit/core/config.hpp"

namespace icolorit {

/// Pixels an inch.
struct Resolution {
  double x = 0, y = 0;
  friend bool operator==(const Resolution&, const Resolution&) = default;
};

/// One text of a file, in UTF-8. JPEG's comments have the keyword "Comment", PNG's texts those of the file.
struct TextEntry {
  std::string keyword, text;
  friend bool operator==(const TextEntry&, const TextEntry&) = default;
};

/// The blocks of one file. Each is empty where the file has none.
struct PictureMetadata {
  std::vector<std::byte> profile;  ///< ICC profile of the samples in the file
  std::vector<std::byte> exif;     ///< a TIFF structure, without JPEG's "Exif" header
  std::vector<std::byte> iptc;     ///< IIM records
  std::string xmp;                 ///< an XMP packet in UTF-8
  std::vector<TextEntry> texts;
  std::optional<Resolution> resolution;

  friend bool operator==(const PictureMetadata&, const PictureMetadata&) = default;
};

}  // namespace icolorit
