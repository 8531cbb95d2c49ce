// Temporary files: which half-written files exist, so that a program that a signal ends can remove them.
#pragma once

#include <unistd.h>

#include <array>
#include <atomic>
#include <cstring>
#include <string>

namespace icolorit {

namespace detail {

/// A path in memory that a signal handler may read at any time.
struct TemporaryFile {
  enum State { free, changing, named };
  std::atomic<State> state = free;
  char path[4096];
};
static_assert(std::atomic<TemporaryFile::State>::is_always_lock_free);

inline std::array<TemporaryFile, 16> temporary_files;

}  // namespace detail

/// Remembers a temporary file as long as it lives. Beyond sixteen at once, or 4095 bytes of path, it does nothing.
class TemporaryFileName {
 public:
  TemporaryFileName() = default;
  explicit TemporaryFileName(const std::string& path) {
    if (path.size() >= sizeof(detail::TemporaryFile::path)) return;
    for (detail::TemporaryFile& file : detail::temporary_files) {
      auto expected = detail::TemporaryFile::free;
      if (!file.state.compare_exchange_strong(expected, detail::TemporaryFile::changing)) continue;
      std::memcpy(file.path, path.c_str(), path.size() + 1);
      file.state = detail::TemporaryFile::named;
      file_ = &file;
      return;
    }
  }
  ~TemporaryFileName() { forget(); }
  TemporaryFileName(const TemporaryFileName&) = delete;
  TemporaryFileName& operator=(const TemporaryFileName&) = delete;

  void forget() {
    if (file_ != nullptr) file_->state = detail::TemporaryFile::free;
    file_ = nullptr;
  }

 private:
  detail::TemporaryFile* file_ = nullptr;
};

/// Removes every temporary file that this process is writing. For a signal handler that ends the process: it calls
/// nothing but unlink, which is allowed there (POSIX.1-2017, volume 2, sec. 2.4.3).
inline void remove_temporary_files() noexcept {
  for (const detail::TemporaryFile& file : detail::temporary_files)
    if (file.state == detail::TemporaryFile::named) unlink(file.path);
}

}  // namespace icolorit
