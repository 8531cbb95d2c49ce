// The formats of picture files: which there are, what they are called, and how a file is known to be of one.
#pragma once

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "icolorit/core/error.hpp"
#include "icolorit/io/codecs/codec.hpp"
#include "icolorit/io/codecs/optional_codecs.hpp"

namespace icolorit {

enum class ImageFormat { png, jpeg, webp, tiff, jxl, avif };

/// The formats that this program reads and writes.
inline std::vector<ImageFormat> image_formats() {
  std::vector<ImageFormat> formats{ImageFormat::png, ImageFormat::jpeg, ImageFormat::webp, ImageFormat::tiff};
  if (has_jxl) formats.push_back(ImageFormat::jxl);
  if (has_avif) formats.push_back(ImageFormat::avif);
  return formats;
}

/// A format as people call it, e.g. "JPEG XL".
constexpr std::string_view title_of(ImageFormat format) {
  constexpr std::string_view titles[] = {"PNG", "JPEG", "WebP", "TIFF", "JPEG XL", "AVIF"};
  return titles[static_cast<std::size_t>(format)];
}

/// A format in the one word that options have for it, which is an ending of its files, too, e.g. "jxl".
constexpr std::string_view word_for(ImageFormat format) {
  constexpr std::string_view words[] = {"png", "jpeg", "webp", "tiff", "jxl", "avif"};
  return words[static_cast<std::size_t>(format)];
}

/// What new files of a format end in, e.g. ".jpg".
constexpr std::string_view ending_of(ImageFormat format) {
  constexpr std::string_view endings[] = {".png", ".jpg", ".webp", ".tif", ".jxl", ".avif"};
  return endings[static_cast<std::size_t>(format)];
}

/// Whether files of a format may have more than 8 bits a sample.
constexpr bool holds_deep_samples(ImageFormat format) {
  return format != ImageFormat::jpeg && format != ImageFormat::webp;
}

namespace codec {

/// Whether the bytes begin like the raw file of a camera that is no TIFF file: of Olympus, Panasonic, Fujifilm, Canon.
inline bool is_camera_raw(std::span<const std::byte> bytes) {
  for (const std::string_view magic : {"IIRO", "IIRS", "MMOR", "IIU", "FUJIFILMCCD-RAW"})
    if (has_text_at(bytes, 0, magic)) return true;
  return has_text_at(bytes, 4, "ftypcrx ");
}

/// Whether the bytes begin like an ISO media file that says it is of this brand, or fit for its readers (ISO 14496-12,
/// 4.3).
inline bool is_of_brand(std::span<const std::byte> bytes, std::string_view brand) {
  if (!has_text_at(bytes, 4, "ftyp")) return false;
  std::size_t size = 0;
  for (std::size_t i = 0; i < 4; ++i) size = size << 8 | std::to_integer<std::size_t>(bytes[i]);
  for (std::size_t at = 8; at + 4 <= std::min(size, bytes.size()); at += 4)
    if (at != 12 && has_text_at(bytes, at, brand)) return true;  // a version stands at 12
  return false;
}

/// Whether the bytes begin like a picture of most telephones, HEVC in an ISO media file (ISO 23008-12, annex B).
inline bool is_heic(std::span<const std::byte> bytes) {
  return is_of_brand(bytes, "heic") || is_of_brand(bytes, "heix") || is_of_brand(bytes, "hevc");
}

/// The format that a file name's extension asks for, whether or not this program has it.
inline std::optional<ImageFormat> format_of_extension(const std::filesystem::path& path) {
  std::string extension = path.extension().string();
  for (char& c : extension) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  for (const char* const jpeg : {".jpg", ".jpeg", ".jfif", ".jpe", ".jif"})
    if (extension == jpeg) return ImageFormat::jpeg;
  if (extension == ".tiff") return ImageFormat::tiff;
  constexpr ImageFormat others[] = {ImageFormat::png, ImageFormat::webp, ImageFormat::tiff, ImageFormat::jxl,
                                    ImageFormat::avif};
  for (const ImageFormat format : others)
    if (extension == ending_of(format)) return format;
  return std::nullopt;
}

}  // namespace codec

/// The format that a file's first bytes name, whether or not this program has it.
inline std::optional<ImageFormat> image_format_of(std::span<const std::byte> bytes) {
  using namespace std::string_view_literals;
  if (codec::has_text_at(bytes, 0, "\x89PNG\r\n\x1a\n"sv)) return ImageFormat::png;
  if (codec::has_text_at(bytes, 0, "\xff\xd8\xff"sv)) return ImageFormat::jpeg;
  if (codec::has_text_at(bytes, 0, "RIFF"sv) && codec::has_text_at(bytes, 8, "WEBP"sv)) return ImageFormat::webp;
  for (const auto magic : {"II*\0"sv, "MM\0*"sv, "II+\0"sv, "MM\0+"sv})  // the last two are BigTIFF
    if (codec::has_text_at(bytes, 0, magic)) return ImageFormat::tiff;
  for (const auto magic : {"\xff\x0a"sv, "\0\0\0\x0cJXL \r\n\x87\n"sv})  // bare, and in a container
    if (codec::has_text_at(bytes, 0, magic)) return ImageFormat::jxl;
  if (codec::is_of_brand(bytes, "avif") || codec::is_of_brand(bytes, "avis")) return ImageFormat::avif;
  return std::nullopt;
}

/// The format that a file name's extension asks for, in either case, if this program has it.
inline std::optional<ImageFormat> image_format_named(const std::filesystem::path& path) {
  const auto format = codec::format_of_extension(path);
  if (format == ImageFormat::jxl && !has_jxl) return std::nullopt;
  if (format == ImageFormat::avif && !has_avif) return std::nullopt;
  return format;
}

/// The same. Throws ArgumentError for any other, naming the library that a known format lacks.
inline ImageFormat image_format_of(const std::filesystem::path& path) {
  if (const auto format = image_format_named(path)) return *format;
  if (const auto lacking = codec::format_of_extension(path))
    codec::refuse_to_write(*lacking == ImageFormat::jxl ? "JPEG XL" : "AVIF",
                           *lacking == ImageFormat::jxl ? "libjxl" : "libavif");
  throw ArgumentError(concat("cannot write ", path, ": its name must end in .png, .jpg, .jpeg, .webp, ",
                             has_jxl && has_avif ? ".tif, .tiff, .jxl or .avif"
                             : has_jxl           ? ".tif, .tiff or .jxl"
                             : has_avif          ? ".tif, .tiff or .avif"
                                                 : ".tif or .tiff"));
}

namespace codec {

/// Why a file of this name is not taken for a picture, as it stands behind the name in a list.
inline std::string_view reason_left_out(const std::filesystem::path& path) {
  const bool lacks_library = format_of_extension(path) && !image_format_named(path);
  return lacks_library ? " (this program was built without its library)" : " (no ending of a picture)";
}

}  // namespace codec
}  // namespace icolorit
