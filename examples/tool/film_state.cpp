#include "film_state.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <utility>

#include "icolorit/io/json.hpp"
#include "icolorit/io/safetensors.hpp"
#include "misuse.hpp"

namespace icolorit::tool {

namespace {

constexpr std::string_view complete_key = "complete";

json::Value json_of(const TravellingHint& hint) {
  const Hint& given = hint.hint;
  return {given.x,      given.y,         given.color.l, given.color.a, given.color.b, given.radius, hint.place.x,
          hint.place.y, hint.brightness, hint.strength, hint.key,      hint.motion.x, hint.motion.y};
}

TravellingHint hint_from(const json::Value& value) {
  const auto& numbers = json::as_array(value);
  if (numbers.size() != 13) throw FormatError(concat("a hint of ", numbers.size(), " numbers, expected 13"));
  const auto at = [&](std::size_t i) { return static_cast<float>(json::as_number(numbers[i])); };
  return {{json::as_integer(numbers[0]), json::as_integer(numbers[1]), {at(2), at(3), at(4)}, at(5)},
          {at(6), at(7)},
          at(8),
          at(9),
          json::as_integer(numbers[10]),
          {at(11), at(12)}};
}

/// Those parts of two lists, separated by ", ", that are not the same in both.
std::pair<std::string, std::string> differing(std::string_view one, std::string_view other) {
  constexpr std::string_view comma = ", ";
  std::pair<std::string, std::string> result;
  const auto take = [&](std::string_view& list) {
    const std::string_view part = list.substr(0, list.find(comma));
    list.remove_prefix(std::min(list.size(), part.size() + comma.size()));
    return part;
  };
  const auto add = [&](std::string& to, std::string_view part) { to += concat(to.empty() ? "" : comma, part); };
  while (!one.empty() || !other.empty()) {
    const std::string_view a = take(one), b = take(other);
    if (a == b) continue;
    add(result.first, a);
    add(result.second, b);
  }
  return result;
}

}  // namespace

std::filesystem::path film_state_file(const std::filesystem::path& folder) { return folder / ".icolorit-film"; }

void write_film_state(const std::filesystem::path& path, const FilmState& state, const std::string& settings) {
  json::Value hints = json::Value::array();
  for (const TravellingHint& hint : state.hints) hints.push_back(json_of(hint));
  const json::Value all{{"frame", state.frame}, {"lost", state.lost}, {"hints", std::move(hints)}};
  write_safetensors(path, {{"ab", stored(std::span<const float>(state.ab), Shape({std::ssize(state.ab)}))}},
                    {{"film", json::write(all)}, {"settings", settings}});
}

std::optional<FilmState> read_film_state(const std::filesystem::path& path, const std::string& settings) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return std::nullopt;
  const TensorFile file = read_safetensors(path);
  const auto made = file.metadata.find("settings"), film = file.metadata.find("film");
  const StoredTensor* const ab = file.find("ab");
  if (made == file.metadata.end() || film == file.metadata.end() || ab == nullptr || ab->dtype != DType::f32)
    throw FormatError(concat(path, " is no state of a film: give --overwrite to begin anew"));
  const auto [had, has] = differing(made->second, settings);
  require(!had.starts_with("keys "), "the key frames of the film in ", path.parent_path(),
          " have changed since it was begun: --overwrite begins anew with those of now");
  require(made->second == settings, "the film in ", path.parent_path(),
          " was begun with other options or keys: it had ", had, ", now ", has, "; --overwrite begins anew");
  try {
    const json::Value all = json::parse(film->second);
    FilmState state;
    state.frame = json::as_integer(json::at(all, "frame"));
    state.lost = json::as_integer(json::at(all, "lost"));
    for (const json::Value& hint : json::as_array(json::at(all, "hints"))) state.hints.push_back(hint_from(hint));
    state.ab.resize(ab->bytes.size() / sizeof(float));
    std::memcpy(state.ab.data(), ab->bytes.data(), ab->bytes.size());
    return state;
  } catch (const FormatError& complaint) {
    throw FormatError(concat(path, " is no state of a film, ", complaint.what(), ": give --overwrite to begin anew"));
  }
}

void mark_film_complete(const std::filesystem::path& path, Index frames) {
  TensorFile file = read_safetensors(path);
  file.metadata[std::string(complete_key)] = concat(frames);
  write_safetensors(path, file.tensors, file.metadata);
}

std::optional<Index> complete_film(const std::filesystem::path& path) {
  const TensorFile file = read_safetensors(path);
  const auto found = file.metadata.find(complete_key);
  if (found == file.metadata.end()) return std::nullopt;
  return std::strtoll(found->second.c_str(), nullptr, 10);
}

}  // namespace icolorit::tool
