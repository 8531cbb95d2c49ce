// Nearest name: which known name a mistyped word was meant to be.
#pragma once

#include <algorithm>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace icolorit::tool {

/// How many letters must be inserted, deleted or replaced to turn one text into the other (Levenshtein 1966).
inline std::size_t edit_distance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> distances(to.size() + 1);  // from the letters of `from` so far to each beginning of `to`
  std::iota(distances.begin(), distances.end(), std::size_t{0});
  for (const char letter : from) {
    std::size_t diagonal = distances[0]++;
    for (std::size_t i = 0; i < to.size(); ++i) {
      const std::size_t replaced = diagonal + (letter != to[i] ? 1 : 0);
      diagonal = distances[i + 1];
      distances[i + 1] = std::min({replaced, distances[i] + 1, distances[i + 1] + 1});
    }
  }
  return distances.back();
}

/// The only name that begins with the word, else the one that is most like it; empty where all differ from it in more
/// than a quarter of the letters and one.
inline std::string nearest_name(std::string_view word, const std::vector<std::string>& names) {
  const auto begins = [&](const std::string& name) { return word.size() > 2 && name.starts_with(word); };
  if (std::ranges::count_if(names, begins) == 1) return *std::ranges::find_if(names, begins);
  std::pair<std::size_t, std::string> nearest{2 + word.size() / 4, ""};
  for (const std::string& name : names) nearest = std::min(nearest, {edit_distance(word, name), name});
  return nearest.second;
}

}  // namespace icolorit::tool
