// File kind: what a file is, told by its content.
#pragma once

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <span>
#include <string_view>

#include "icolorit/io/image_file.hpp"
#include "icolorit/io/random_access_file.hpp"
#include "icolorit/io/torch_checkpoint.hpp"
#include "icolorit/io/utf8.hpp"
#include "icolorit/training/shard.hpp"

namespace icolorit::tool {

enum class FileKind { picture, torch_zip, torch_legacy, safetensors, json, hint_cells, unknown };

/// Whether the file begins as icolorit pack writes it. Reads no more, for a pack may be larger than memory. Throws
/// FileError where the file cannot be read.
inline bool is_pack(const std::filesystem::path& path) {
  const RandomAccessFile file(path);
  std::array<std::byte, shard::magic.size()> begin;
  if (file.size() < begin.size()) return false;
  file.read(0, begin);
  return as_text(begin) == shard::magic;
}

/// Of all the bytes of a file that is no pack.
inline FileKind kind_of(std::span<const std::byte> bytes) {
  std::string_view text = as_text(bytes);
  if (image_format_of(bytes)) return FileKind::picture;
  if (ZipArchive::is_zip(bytes)) return FileKind::torch_zip;
  if (text.starts_with(torch_checkpoint::legacy_magic)) return FileKind::torch_legacy;
  // The header's length in eight bytes, the last of which are 0, then the header, an object of JSON.
  if (text.size() > 8 && text[7] == '\0' && text[8] == '{') return FileKind::safetensors;
  if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff")) return FileKind::json;  // UTF-16, which it refuses
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first != text.npos && (text[first] == '{' || text[first] == '[')) return FileKind::json;
  const auto is_of_numbers = [](char c) {
    return std::isdigit(static_cast<unsigned char>(c)) || std::isspace(static_cast<unsigned char>(c));
  };
  return std::ranges::all_of(text, is_of_numbers) ? FileKind::hint_cells : FileKind::unknown;
}

}  // namespace icolorit::tool
