// Work share: the part of a folder's pictures that one of several processes takes.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "icolorit/core/config.hpp"
#include "option_group.hpp"

namespace icolorit::tool {

/// Share `number` of `of`, counted from 1. Which share a picture belongs to follows from its name alone, so that
/// processes that know nothing of each other agree, also while pictures are added to the folder.
struct WorkShare {
  Index number = 1, of = 1;

  bool contains(std::string_view name) const;
  /// "2/4".
  std::string text() const;
};

/// --shard.
struct WorkShareOption {
  std::string given;

  void add_to(OptionGroup& group);
  bool is_given() const { return !given.empty(); }
  /// From I/N, or from what a scheduler has put into the environment. Throws Misuse.
  WorkShare share() const;
};

/// A path as the manifests of shares that must be of one job name it; empty where there is none.
std::string absolute_name(const std::filesystem::path& path);

}  // namespace icolorit::tool
