// A network's hyper-parameters as a text that people type: dim=256,heads=8,depth=6.
#pragma once

#include <algorithm>
#include <charconv>
#include <string_view>

#include "icolorit/models/icolorit_config.hpp"

namespace icolorit {

/// KEY=VALUE with commas between, and blanks where people like them: dim, heads, depth, patch, mlp (the ratio of its
/// hidden width to dim), size, channels and head (cnn, linear or locattn). What is not named is as in the published
/// base model, except that without `heads` each head gets 64 dimensions, as in all published variants. Throws
/// ArgumentError, naming the key, for anything else and for what IColoriTConfig::validate refuses.
inline IColoriTConfig parse_config(std::string_view text) {
  IColoriTConfig config;
  config.heads = 0;
  while (!text.empty()) {
    const std::string_view item = text.substr(0, text.find(','));
    text.remove_prefix(item.size() < text.size() ? item.size() + 1 : text.size());
    const std::size_t equals = item.find('=');
    const auto trimmed = [](std::string_view word) {
      word.remove_prefix(std::min(word.find_first_not_of(' '), word.size()));
      return word.substr(0, word.find_last_not_of(' ') + 1);  // npos + 1 is 0
    };
    const std::string_view key = trimmed(item.substr(0, equals)),
                           value = equals == item.npos ? std::string_view() : trimmed(item.substr(equals + 1));
    const auto read = [&](auto& number) {
      const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
      if (error != std::errc() || end != value.data() + value.size() || !(number > 0) || number > 65536)
        throw ArgumentError(concat(key, " is \"", value, "\", expected a positive number, as in dim=256"));
    };
    if (key == "dim")
      read(config.dim);
    else if (key == "heads")
      read(config.heads);
    else if (key == "depth")
      read(config.depth);
    else if (key == "patch")
      read(config.patch);
    else if (key == "mlp")
      read(config.mlp_ratio);
    else if (key == "size")
      read(config.size);
    else if (key == "channels")
      read(config.channels);
    else if (key == "head")
      config.head = parse_stabilizer(value);
    else
      throw ArgumentError(
          concat("unknown key \"", key, "\"; known are dim, heads, depth, patch, mlp, size, channels and head"));
  }
  if (config.heads == 0) config.heads = std::max<Index>(1, config.dim / 64);
  config.validate();
  return config;
}

}  // namespace icolorit
