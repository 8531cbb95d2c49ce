// The blocks of formats that hold a profile, EXIF and XMP and nothing else: WebP, JPEG XL and AVIF. Resolution and IPTC
// go into EXIF, texts into XMP.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "icolorit/image/image.hpp"
#include "icolorit/image/picture_metadata.hpp"
#include "icolorit/io/byte_reader.hpp"
#include "icolorit/io/codecs/exif.hpp"
#include "icolorit/io/xmp.hpp"

namespace icolorit::codec {

/// What goes into the file of an upright picture.
struct MetadataBlocks {
  std::vector<std::byte> exif;
  std::string xmp;

  MetadataBlocks(const PictureMetadata& metadata, const Image& image, bool is_srgb)
      : exif(exif_with_all(metadata, image, is_srgb)),
        xmp(with_texts(upright_xmp(metadata, image.width(), image.height()), metadata.texts)) {}

  std::span<const std::byte> xmp_bytes() const { return std::as_bytes(std::span(xmp)); }
};

/// What comes out of a file with these blocks.
inline PictureMetadata metadata_of_blocks(std::span<const std::byte> profile, std::span<const std::byte> exif,
                                          std::span<const std::byte> xmp) {
  PictureMetadata metadata;
  metadata.profile.assign(profile.begin(), profile.end());
  const auto block = without_exif_header(exif);
  metadata.exif.assign(block.begin(), block.end());
  metadata.xmp = as_text(xmp);
  take_from_exif(metadata);
  return metadata;
}

}  // namespace icolorit::codec
