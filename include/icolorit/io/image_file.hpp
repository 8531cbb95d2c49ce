// Picture files: PNG, JPEG, WebP and TIFF, read by their first bytes and written by their file name.
// Needs libpng, libjpeg, libwebp, libtiff and Little CMS 2: link icolorit::image_io.
// What is read is sRGB, by the file's colour profile; what is written says so, by a small profile (WriteOptions).
#pragma once

#include <cctype>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "icolorit/io/codecs/jpeg.hpp"
#include "icolorit/io/codecs/png.hpp"
#include "icolorit/io/codecs/tiff.hpp"
#include "icolorit/io/codecs/webp.hpp"
#include "icolorit/io/file.hpp"
#include "icolorit/io/parse_file.hpp"

namespace icolorit {

enum class ImageFormat { png, jpeg, webp, tiff };

namespace codec {

/// Whether the bytes begin like the raw file of a camera that is no TIFF file: of Olympus, Panasonic, Fujifilm, Canon.
inline bool is_camera_raw(std::span<const std::byte> bytes) {
  for (const std::string_view magic : {"IIRO", "IIRS", "MMOR", "IIU", "FUJIFILMCCD-RAW"})
    if (has_text_at(bytes, 0, magic)) return true;
  return has_text_at(bytes, 4, "ftypcrx ");
}

}  // namespace codec

/// The format that a file's first bytes name, if it is one of ours.
inline std::optional<ImageFormat> image_format_of(std::span<const std::byte> bytes) {
  using namespace std::string_view_literals;
  if (codec::has_text_at(bytes, 0, "\x89PNG\r\n\x1a\n"sv)) return ImageFormat::png;
  if (codec::has_text_at(bytes, 0, "\xff\xd8\xff"sv)) return ImageFormat::jpeg;
  if (codec::has_text_at(bytes, 0, "RIFF"sv) && codec::has_text_at(bytes, 8, "WEBP"sv)) return ImageFormat::webp;
  for (const auto magic : {"II*\0"sv, "MM\0*"sv, "II+\0"sv, "MM\0+"sv})  // the last two are BigTIFF
    if (codec::has_text_at(bytes, 0, magic)) return ImageFormat::tiff;
  return std::nullopt;
}

/// The format that a file name's extension asks for, in either case, if it is one of ours.
inline std::optional<ImageFormat> image_format_named(const std::filesystem::path& path) {
  std::string extension = path.extension().string();
  for (char& c : extension) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (extension == ".png") return ImageFormat::png;
  for (const char* const jpeg : {".jpg", ".jpeg", ".jfif", ".jpe", ".jif"})
    if (extension == jpeg) return ImageFormat::jpeg;
  if (extension == ".webp") return ImageFormat::webp;
  if (extension == ".tif" || extension == ".tiff") return ImageFormat::tiff;
  return std::nullopt;
}

/// The same. Throws ArgumentError for any other.
inline ImageFormat image_format_of(const std::filesystem::path& path) {
  if (const auto format = image_format_named(path)) return *format;
  throw ArgumentError(concat("cannot write ", path, ": its name must end in .png, .jpg, .jpeg, .webp, .tif or .tiff"));
}

/// The picture in these bytes, upright and in full. Throws FormatError.
inline Image decode_image(std::span<const std::byte> bytes, const DecodeLimits& limits = {}) {
  if (bytes.empty()) throw FormatError("the file is empty, expected a PNG, JPEG, WebP or TIFF picture");
  const auto format = image_format_of(bytes);
  if (!format && codec::is_camera_raw(bytes)) codec::refuse_camera_raw();
  if (!format) throw FormatError("not a PNG, JPEG, WebP or TIFF picture, convert it to one of these");
  switch (*format) {
    case ImageFormat::png: return decode_png(bytes, limits);
    case ImageFormat::jpeg: return decode_jpeg(bytes, limits);
    case ImageFormat::webp: return decode_webp(bytes, limits);
    case ImageFormat::tiff: break;
  }
  return decode_tiff(bytes, limits);
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
  if (format == ImageFormat::jpeg) return open_jpeg(std::move(bytes), limits);
  if (format == ImageFormat::png) return with_facts(codec::read_png(bytes, limits), 1);
  if (format == ImageFormat::webp) return with_facts(codec::read_webp(bytes, limits), 1);
  if (format == ImageFormat::tiff) {
    codec::TiffPage read = codec::read_tiff(bytes, limits, page);
    return with_facts(std::move(read.file), read.pages);
  }
  return opened(decode_image(bytes, limits));
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
