// What a JPEG file says beside its pixels: profile, EXIF, XMP, IPTC, comments and resolution, in its APPn and COM
// segments.
#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "icolorit/io/byte_reader.hpp"
#include "icolorit/io/codecs/exif.hpp"
#include "icolorit/io/codecs/extended_xmp.hpp"
#include "icolorit/io/codecs/jpeg_session.hpp"
#include "icolorit/io/codecs/photoshop.hpp"
#include "icolorit/io/codecs/texts.hpp"
#include "icolorit/io/codecs/written_picture.hpp"
#include "icolorit/io/xmp.hpp"

namespace icolorit::codec {

inline constexpr std::string_view jpeg_profile_header("ICC_PROFILE\0", 12);  ///< ICC.1:2010, B.4; then part and parts
inline constexpr std::string_view jpeg_xmp_header("http://ns.adobe.com/xap/1.0/\0", 29);
inline constexpr std::size_t jpeg_segment_size = 65533;
inline constexpr std::size_t jpeg_xmp_size = jpeg_segment_size - jpeg_xmp_header.size();

/// Asks libjpeg to keep the segments that read_jpeg_metadata reads.
inline void keep_jpeg_segments(jpeg_decompress_struct& jpeg) {
  for (const int marker : {JPEG_APP0 + 1, JPEG_APP0 + 2, JPEG_APP0 + 13, JPEG_COM})
    jpeg_save_markers(&jpeg, marker, 0xffff);
}

/// The blocks of a file whose header is read.
inline PictureMetadata read_jpeg_metadata(const jpeg_decompress_struct& jpeg, std::vector<std::string>& notes) {
  PictureMetadata metadata;
  std::vector<std::span<const std::byte>> profile;  // its parts, which may stand in any order
  std::vector<std::byte> resources;
  ExtendedXmp extended;
  for (const auto* marker = jpeg.marker_list; marker != nullptr; marker = marker->next) {
    const auto block = std::as_bytes(std::span(marker->data, marker->data_length));
    const auto rest = [&](std::string_view header) { return block.subspan(header.size()); };
    if (marker->marker == JPEG_COM) {
      if (!block.empty()) metadata.texts.push_back({"Comment", utf8_of(as_text(block))});
    } else if (marker->marker == JPEG_APP0 + 1 && has_text_at(block, 0, exif_header)) {
      if (metadata.exif.empty()) metadata.exif.assign(rest(exif_header).begin(), rest(exif_header).end());
    } else if (marker->marker == JPEG_APP0 + 1 && has_text_at(block, 0, jpeg_xmp_header)) {
      if (metadata.xmp.empty()) metadata.xmp = as_text(rest(jpeg_xmp_header));
    } else if (marker->marker == JPEG_APP0 + 1 && has_text_at(block, 0, extended_xmp_header)) {
      extended.add(rest(extended_xmp_header));
    } else if (marker->marker == JPEG_APP0 + 13 && has_text_at(block, 0, photoshop_header)) {
      resources.insert(resources.end(), rest(photoshop_header).begin(), rest(photoshop_header).end());
    } else if (marker->marker == JPEG_APP0 + 2 && has_text_at(block, 0, jpeg_profile_header) &&
               block.size() >= jpeg_profile_header.size() + 2) {
      const auto part = std::to_integer<std::size_t>(block[jpeg_profile_header.size()]);
      profile.resize(std::max(profile.size(), part));
      if (part > 0 && profile[part - 1].empty()) profile[part - 1] = block.subspan(jpeg_profile_header.size() + 2);
      if (part == 0 || std::to_integer<std::size_t>(block[jpeg_profile_header.size() + 1]) < part)
        profile.push_back({});  // a number that no part has: counts as a missing part
    }
  }
  if (std::ranges::none_of(profile, [](const auto& part) { return part.empty(); }))
    for (const auto part : profile) metadata.profile.insert(metadata.profile.end(), part.begin(), part.end());
  else
    notes.push_back(
        unusable_profile(jpeg.num_components == 4 ? ColorModel::cmyk : ColorModel::rgb, "parts of it are missing"));
  extended.join(metadata.xmp);
  const auto iptc = iptc_in_resources(resources);
  metadata.iptc.assign(iptc.begin(), iptc.end());

  const double per_inch = jpeg.density_unit == 2 ? 2.54 : 1;
  if (jpeg.saw_JFIF_marker != FALSE && (jpeg.density_unit == 1 || jpeg.density_unit == 2) && jpeg.X_density > 1 &&
      jpeg.Y_density > 1)
    metadata.resolution = Resolution{jpeg.X_density * per_inch, jpeg.Y_density * per_inch};
  else
    metadata.resolution = exif_resolution(metadata.exif);
  return metadata;
}

/// The segments of a file, in the order of writing: prepared, because libjpeg's errors jump over destructors.
struct JpegSegment {
  int marker;
  std::vector<std::byte> content;
};

inline std::vector<JpegSegment> jpeg_segments(const PictureMetadata& metadata, const WrittenPicture& written) {
  const Image& image = written.image();
  const std::span<const std::byte> profile = written.profile();
  std::vector<JpegSegment> segments;
  const auto add = [&](int marker, std::string_view header, std::span<const std::byte> content) {
    if (header.size() + content.size() > jpeg_segment_size) return;
    JpegSegment segment{marker, {}};
    append(segment.content, header.data(), header.size());
    segment.content.insert(segment.content.end(), content.begin(), content.end());
    segments.push_back(std::move(segment));
  };
  const auto exif = exif_for(metadata.exif, image, written.is_srgb(), metadata.resolution);
  if (!exif.empty()) add(JPEG_APP0 + 1, exif_header, exif);
  const SplitXmp xmp(upright_xmp(metadata, image.width(), image.height()), jpeg_xmp_size);
  if (!xmp.main.empty()) add(JPEG_APP0 + 1, jpeg_xmp_header, std::as_bytes(std::span(xmp.main)));
  for (const std::vector<std::byte>& part : xmp.parts()) add(JPEG_APP0 + 1, extended_xmp_header, part);
  if (!metadata.iptc.empty()) add(JPEG_APP0 + 13, photoshop_header, resources_with(metadata.iptc));
  const std::size_t part_size = jpeg_segment_size - jpeg_profile_header.size() - 2;
  const std::size_t parts = (profile.size() + part_size - 1) / part_size;
  for (std::size_t part = 0; part < parts && parts < 256; ++part) {
    std::string header(jpeg_profile_header);
    header += static_cast<char>(part + 1);
    header += static_cast<char>(parts);
    add(JPEG_APP0 + 2, header,
        profile.subspan(part * part_size, std::min(part_size, profile.size() - part * part_size)));
  }
  for (const TextEntry& entry : metadata.texts) {
    const std::string text = entry.keyword == "Comment" ? entry.text : entry.keyword + ": " + entry.text;
    for (std::string_view rest = text; !rest.empty();) {
      const std::string_view part = utf8_prefix(rest, jpeg_segment_size);
      add(JPEG_COM, part, {});
      rest.remove_prefix(part.size());
    }
  }
  return segments;
}

/// States the resolution in the file's JFIF header.
inline void set_jpeg_resolution(jpeg_compress_struct& jpeg, const std::optional<Resolution>& resolution) {
  if (!resolution) return;
  const auto density = [](double value) { return static_cast<UINT16>(std::clamp(std::round(value), 1., 65535.)); };
  jpeg.density_unit = 1;
  jpeg.X_density = density(resolution->x);
  jpeg.Y_density = density(resolution->y);
}

}  // namespace icolorit::codec
