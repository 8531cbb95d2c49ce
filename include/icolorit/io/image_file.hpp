// Picture files: PNG, JPEG, WebP and TIFF, and JPEG XL and AVIF where CMake found their libraries; read by their first
// bytes and written by their file name.
// Needs libpng, libjpeg, libwebp, libtiff and Little CMS 2: link icolorit::image_io, which brings the other two as
// well. What is read is sRGB, by the file's colour profile; what is written says so, by a small profile (WriteOptions).
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "icolorit/io/codecs/avif.hpp"
#include "icolorit/io/codecs/jpeg.hpp"
#include "icolorit/io/codecs/jxl.hpp"
#include "icolorit/io/codecs/png.hpp"
#include "icolorit/io/codecs/tiff.hpp"
#include "icolorit/io/codecs/webp.hpp"
#include "icolorit/io/file.hpp"
#include "icolorit/io/image_format.hpp"
#include "icolorit/io/parse_file.hpp"

namespace icolorit {

namespace codec {

[[noreturn]] inline void refuse_unknown(std::span<const std::byte> bytes) {
  if (bytes.empty()) throw FormatError("the file is empty, expected a PNG, JPEG, WebP or TIFF picture");
  if (is_camera_raw(bytes)) refuse_camera_raw();
  if (is_heic(bytes))
    throw FormatError("it is a HEIC picture, as some telephones make them: convert it to JPEG, PNG or TIFF");
  throw FormatError("not a PNG, JPEG, WebP or TIFF picture, convert it to one of these");
}

/// The whole file of a format other than TIFF. Throws FormatError.
inline DecodedFile read_single_picture(std::span<const std::byte> bytes, ImageFormat format,
                                       const DecodeLimits& limits) {
  switch (format) {
    case ImageFormat::jpeg: return read_jpeg(bytes, limits, 1);
    case ImageFormat::webp: return read_webp(bytes, limits);
    case ImageFormat::jxl: return read_jxl(bytes, limits);
    case ImageFormat::avif: return read_avif(bytes, limits);
    default: return read_png(bytes, limits);
  }
}

}  // namespace codec

/// The picture in these bytes, upright and in full. Throws FormatError.
inline Image decode_image(std::span<const std::byte> bytes, const DecodeLimits& limits = {}) {
  const auto format = image_format_of(bytes);
  if (!format) codec::refuse_unknown(bytes);
  if (*format == ImageFormat::tiff) return decode_tiff(bytes, limits);
  return codec::read_single_picture(bytes, *format, limits).image;
}

/// The picture in these bytes with its metadata and what is to be said about it. A JPEG is opened by its header and can
/// be decoded at a fraction of its size; the others are decoded at once. `page` counts from 1; only TIFF files have
/// several. Throws FormatError, and ArgumentError where there is no such page.
inline OpenedImage open_image(std::vector<std::byte> bytes, const DecodeLimits& limits = {}, Index page = 1) {
  const auto format = image_format_of(bytes);
  if (page != 1 && format && *format != ImageFormat::tiff)
    throw ArgumentError(concat("there is no page ", page, ": only TIFF files have several"));
  const auto with_facts = [](codec::DecodedFile file, Index pages) {
    OpenedImage result = opened(std::move(file.image));
    result.metadata = std::move(file.metadata);
    result.notes = std::move(file.notes);
    result.pages = pages;
    return result;
  };
  if (!format) codec::refuse_unknown(bytes);
  if (*format == ImageFormat::jpeg) return open_jpeg(std::move(bytes), limits);
  if (*format != ImageFormat::tiff) return with_facts(codec::read_single_picture(bytes, *format, limits), 1);
  codec::TiffPage read = codec::read_tiff(bytes, limits, page);
  return with_facts(std::move(read.file), read.pages);
}

/// The picture in a file, upright and in full. Throws FileError where the file cannot be read, FormatError where it is
/// no picture.
inline Image read_image(const std::filesystem::path& path, const DecodeLimits& limits = {}) {
  return parse_file(path, [&](const std::vector<std::byte>& bytes) { return decode_image(bytes, limits); });
}

/// The bytes of a file of this format. See the encoder of each for what it keeps.
/// Throws ArgumentError where the format cannot hold the picture.
inline std::vector<std::byte> encode_image(const Image& image, ImageFormat format, const WriteOptions& options = {}) {
  switch (format) {
    case ImageFormat::png: return encode_png(image, options);
    case ImageFormat::jpeg: return encode_jpeg(image, options);
    case ImageFormat::webp: return encode_webp(image, options);
    case ImageFormat::jxl: return encode_jxl(image, options);
    case ImageFormat::avif: return encode_avif(image, options);
    case ImageFormat::tiff: break;
  }
  return encode_tiff(image, options);
}

/// The blocks of metadata, by name, that are too large for this format and would be left out.
inline std::vector<std::string> too_large_metadata(const PictureMetadata& metadata, ImageFormat format) {
  std::vector<std::string> names;
  if (format != ImageFormat::jpeg) return names;
  const std::pair<const char*, std::size_t> sizes[] = {
      {"EXIF", metadata.exif.size() + codec::exif_header.size()},
      {"XMP", codec::SplitXmp(metadata.xmp, codec::jpeg_xmp_size).main.size() + codec::jpeg_xmp_header.size()},
      {"IPTC", metadata.iptc.size() + codec::photoshop_header.size() + 13}};
  for (const auto& [name, size] : sizes)
    if (size > codec::jpeg_segment_size) names.emplace_back(name);
  return names;
}

/// Writes the picture in the format that the file's name ends in; an old file is replaced only by a complete new one.
/// Throws ArgumentError for an unknown ending or an impossible picture, FileError where the file cannot be written.
inline void write_image(const Image& image, const std::filesystem::path& path, const WriteOptions& options = {}) {
  write_file(path, encode_image(image, image_format_of(path), options));
}

}  // namespace icolorit
