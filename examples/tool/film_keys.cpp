#include "film_keys.hpp"

#include <algorithm>
#include <charconv>

#include "icolorit/io/companion_files.hpp"
#include "icolorit/io/crc32.hpp"
#include "icolorit/io/hint_file.hpp"
#include "icolorit/io/parse_file.hpp"

namespace icolorit::tool {

namespace {

namespace fs = std::filesystem;

std::string text_of_file(const fs::path& path) { return std::string(as_text(read_file(path))); }

/// Nothing unless all of the text is one.
std::optional<Index> whole_number(std::string_view text) {
  Index value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

}  // namespace

FilmKeys::FilmKeys(const fs::path& path) {
  std::error_code error;
  fs::is_directory(path, error) ? read_folder(path) : read_list(path);
  std::string all;
  for (const auto& [name, entry] : by_name_) all += name + entry.text;
  for (const auto& [number, entry] : by_number_) all += concat(number, entry.text);
  checksum_ = crc32(std::as_bytes(std::span(all)));
}

void FilmKeys::read_folder(const fs::path& folder) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (!is_hint_file(entry.path())) continue;
    const std::string name = entry.path().filename().string();
    by_name_[name.substr(0, name.size() - hint_file_ending.size())] = {text_of_file(entry.path()), entry.path()};
  }
  if (error) throw FileError(concat("cannot read the folder ", folder, ": ", error.message()));
  if (by_name_.empty())
    throw FileError(concat("no key frames in ", folder, ": their hints are in files FRAME", hint_file_ending,
                           ", FRAME the name of a frame or its number from 0"));
}

void FilmKeys::read_list(const fs::path& path) {
  parse_file(path, [&](const std::vector<std::byte>& bytes) {
    const json::Value document = json::parse(as_text(bytes));
    const json::Value* const frames = json::find(document, "frames");
    if (frames == nullptr) {
      by_number_[0] = {std::string(as_text(bytes)), path};
      return;
    }
    if (!frames->is_array()) throw FormatError(concat("keys: frames is ", json::kind(*frames), ", expected an array"));
    Index at = 0;
    for (json::Value item : json::as_array(*frames)) {
      const std::string member = concat("frames[", at++, "]");
      const json::Value* const number = json::find(item, "frame");
      const auto whole = number == nullptr ? std::nullopt : json::integer(*number);
      if (!whole || *whole < 0)
        throw FormatError(concat("keys: ", member, ".frame is no whole number, expected that of the frame, from 0"));
      for (const char* const extent : {"width", "height"})
        if (const json::Value* const value = json::find(document, extent); value != nullptr && !item.contains(extent))
          item[extent] = *value;
      if (!by_number_.try_emplace(*whole, Entry{json::write(item), path}).second)
        throw FormatError(concat("keys: ", member, ".frame is ", *whole, ", which came before"));
    }
  });
}

NameList FilmKeys::unused() const {
  NameList names;
  for (const auto& [name, entry] : by_name_)
    if (!entry.used) names.add(entry.path.filename().string());
  for (const auto& [number, entry] : by_number_)
    if (!entry.used) names.add("frame ", number);
  return names;
}

std::optional<std::vector<Hint>> FilmKeys::of(Index number, const std::string& stem, Index width, Index height) {
  Entry* entry = nullptr;
  if (const auto found = by_number_.find(number); found != by_number_.end()) entry = &found->second;
  if (const auto found = by_name_.find(stem); found != by_name_.end()) entry = &found->second;
  // Where frames are named by numbers, 12.hints.json is the frame of that name, not the one with 12 before it.
  Index wanted = number;
  if (const auto own = whole_number(stem)) wanted = *own;
  if (entry == nullptr)
    for (auto& [name, numbered] : by_name_)
      if (whole_number(name) == wanted) {
        entry = &numbered;
        const auto in_name = whole_number(std::string_view(stem).substr(stem.find_last_not_of("0123456789") + 1));
        if (in_name && *in_name != wanted && misleading_.first.empty())
          misleading_ = {entry->path.filename().string(), stem};
      }
  if (entry == nullptr) return std::nullopt;
  entry->used = true;
  try {
    return parse_hints(entry->text, width, height);
  } catch (const FormatError& error) {
    throw FormatError(concat("cannot read the hints of frame ", number, " in ", entry->path, ": ", error.what()));
  }
}

}  // namespace icolorit::tool
