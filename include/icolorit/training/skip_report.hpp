// SkipReport: the pictures that could not be used, and why.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "icolorit/core/config.hpp"

namespace icolorit {

struct SkippedPicture {
  Index index;
  std::string name;
  std::string reason;
};

/// Filled by worker threads while others read it. A picture is listed once, however often it was met.
class SkipReport {
 public:
  void add(Index index, const std::string& name, const std::string& reason) {
    const std::lock_guard lock(mutex_);
    pictures_.try_emplace(index, SkippedPicture{index, name, reason});
  }

  Index count() const {
    const std::lock_guard lock(mutex_);
    return std::ssize(pictures_);
  }
  /// In the order of the data set.
  std::vector<SkippedPicture> list() const {
    const std::lock_guard lock(mutex_);
    std::vector<SkippedPicture> pictures;
    for (const auto& [index, picture] : pictures_) pictures.push_back(picture);
    return pictures;
  }

 private:
  mutable std::mutex mutex_;
  std::map<Index, SkippedPicture> pictures_;
};

}  // namespace icolorit
