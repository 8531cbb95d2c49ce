// SkipReport: the pictures that could not be used, and why.
#pragma once

#include <algorithm>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "icolorit/core/config.hpp"
#include "icolorit/io/json.hpp"
#include "icolorit/training/communicator.hpp"

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

/// The pictures in the reports of all ranks, in the order of the data set; each once. All ranks call it. Throws
/// FormatError.
inline std::vector<SkippedPicture> skipped_on_all_ranks(Communicator& ranks, const SkipReport& own) {
  json::Value list = json::Value::array();
  for (const SkippedPicture& picture : own.list()) list.push_back({picture.index, picture.name, picture.reason});
  std::map<Index, SkippedPicture> all;
  for (const std::string& text : ranks.gather(list.dump(-1, ' ', false, json::Value::error_handler_t::replace))) {
    const json::Value of_rank = json::parse(text, std::ssize(text));
    for (const json::Value& one : json::as_array(of_rank)) {
      const Index index = json::as_integer(one.at(0));
      all.try_emplace(index, SkippedPicture{index, json::as_string(one.at(1)), json::as_string(one.at(2))});
    }
  }
  std::vector<SkippedPicture> pictures;
  for (auto& [index, picture] : all) pictures.push_back(std::move(picture));
  return pictures;
}

}  // namespace icolorit
