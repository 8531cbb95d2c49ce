// OpenSessions: at which address a running studio has a session, for the studio that finds it taken.
#pragma once

#include <filesystem>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "icolorit/io/byte_reader.hpp"
#include "icolorit/io/file.hpp"

namespace icolorit::studio {

/// A folder in which each session that a studio holds is a file, named by the session's identity, that says where this
/// studio is. Only the user can look into the folder, because an address opens the studio. What cannot be written is
/// left out: the addresses are a help, not a lock.
/// Thread-safety: any number of threads may use one.
class OpenSessions {
 public:
  explicit OpenSessions(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// The address that a browser opens, as soon as there is one; also for the sessions that are held already.
  void set_address(const std::string& address) {
    const std::lock_guard lock(mutex_);
    address_ = address;
    for (const std::string& identity : held_) note(identity);
  }

  /// This studio has the session from now on, until release().
  void hold(const std::string& identity) {
    const std::lock_guard lock(mutex_);
    held_.insert(identity);
    note(identity);
  }

  void release(const std::string& identity) {
    const std::lock_guard lock(mutex_);
    std::error_code error;
    if (held_.erase(identity) > 0) std::filesystem::remove(folder_ / identity, error);
  }

  /// Where a session is that another studio holds; empty where that is not known.
  std::string address_of(const std::string& identity) const {
    constexpr std::uintmax_t longest = 300;
    try {
      return std::string(as_text(read_file(folder_ / identity, longest)));
    } catch (const Error&) {  // none was noted: a studio with other folders, or of another user
      return {};
    }
  }

 private:
  void note(const std::string& identity) const {
    if (address_.empty()) return;
    try {
      std::filesystem::create_directories(folder_);
      std::filesystem::permissions(folder_, std::filesystem::perms::owner_all);
      write_file(folder_ / identity, address_);
    } catch (const std::exception&) {  // a full disk, no permission
    }
  }

  std::filesystem::path folder_;
  mutable std::mutex mutex_;
  std::string address_;
  std::set<std::string> held_;
};

}  // namespace icolorit::studio
