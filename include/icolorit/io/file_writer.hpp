// FileWriter: a file written piece by piece that is never seen half-written where that can be had.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "icolorit/core/error.hpp"
#include "icolorit/io/read_file.hpp"
#include "icolorit/io/temporary_files.hpp"

namespace icolorit {

/// What a symbolic link leads to, through any number of them; another path is returned as it is. The file need not
/// exist.
inline std::filesystem::path link_target(std::filesystem::path path) {
  constexpr int max_links = 40;  // as Linux has it
  std::error_code error;
  for (int links = 0; links < max_links && std::filesystem::is_symlink(path, error); ++links) {
    const std::filesystem::path target = std::filesystem::read_symlink(path, error);
    if (error) break;
    path = path.parent_path() / target;
  }
  return path;
}

/// Whether there is a file that this user may not write, or that nobody may: its owner protects it. Root could write it
/// nevertheless.
inline bool is_write_protected(const std::filesystem::path& path) {
  struct stat status{};
  if (stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return false;
  return (status.st_mode & 0222) == 0 || access(path.c_str(), W_OK) != 0;
}

/// Writes a file piece by piece. `commit` makes it appear whole: it is written under a temporary name in the same
/// folder, flushed to the disk and renamed. Without a commit, and after any failure, the temporary file is removed and
/// an old file stays as it was. A file that is replaced keeps its owner and mode; through a symbolic link its target is
/// replaced.
///
/// Where the folder takes no new file, the owner cannot be kept, or the file is one that cannot be replaced because
/// something is mounted on it, the old file itself is written, and gets its old content back unless `commit` succeeds.
/// Pipes and devices get the bytes as they come.
///
/// Every function throws FileError.
/// Thread-safety: one thread at a time.
class FileWriter {
 public:
  explicit FileWriter(std::filesystem::path path) : path_(std::move(path)), target_(link_target(path_)) {
    exists_ = stat(path_.c_str(), &old_) == 0;
    if (exists_ && S_ISDIR(old_.st_mode)) fail(EISDIR);
    if (is_write_protected(path_)) throw FileError(concat("cannot write ", path_, ": it is write-protected"));
    if (exists_ && !S_ISREG(old_.st_mode)) {
      open_stream();
    } else if (!make_temporary()) {
      if (!exists_ || (errno != EACCES && errno != EPERM)) fail(errno);
      open_in_place();
    }
  }
  /// Writes into an open file, which stays open, as bytes into a pipe; `name` is for messages.
  FileWriter(int descriptor, std::filesystem::path name)
      : path_(std::move(name)), way_(Way::stream), file_(fcntl(descriptor, F_DUPFD_CLOEXEC, 0)) {
    if (file_ < 0) fail(errno);
  }
  ~FileWriter() {
    if (way_ == Way::in_place && file_ >= 0) restore();
    if (file_ >= 0) close(file_);
    if (!temporary_.empty()) unlink(temporary_.c_str());
  }
  FileWriter(const FileWriter&) = delete;
  FileWriter& operator=(const FileWriter&) = delete;

  /// Appends.
  void write(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      const ssize_t written = ::write(file_, bytes.data(), bytes.size());
      if (written >= 0) {
        bytes = bytes.subspan(static_cast<std::size_t>(written));
        size_ += written;
      } else if (errno != EINTR) {
        fail(errno);
      }
    }
  }

  /// Call once, last.
  void commit() {
    if (way_ == Way::beside && fchmod(file_, mode()) != 0) fail(errno);
    if (way_ == Way::in_place && ftruncate(file_, size_) != 0) fail(errno);
    if (way_ != Way::stream && fsync(file_) != 0) fail(errno);
    if (close(std::exchange(file_, -1)) != 0) fail(errno);
    if (way_ == Way::beside) replace_target();
  }

 private:
  enum class Way { beside, in_place, stream };

  [[noreturn]] void fail(int reason) const {
    throw FileError(concat("cannot write ", path_, ": ", std::strerror(reason)));
  }

  /// By the temporary file.
  void replace_target() {
    if (std::rename(temporary_.c_str(), target_.c_str()) == 0) return temporary_.clear();
    if (errno != EBUSY) fail(errno);
    const std::vector<std::byte> bytes = read_file(temporary_);
    size_ = 0;
    open_in_place();
    write(bytes);
    commit();
  }

  /// False, with errno, where the folder takes no file, or none of the old file's owner.
  bool make_temporary() {
    temporary_ = (target_.parent_path() / ".icolorit-XXXXXX").string();  // short, for long names are at the limit
    file_ = mkstemp(temporary_.data());
    if (file_ < 0) {
      temporary_.clear();
      return false;
    }
    name_.emplace(temporary_);
    struct stat own{};
    const bool is_owner =
        !exists_ || (fstat(file_, &own) == 0 && own.st_uid == old_.st_uid && own.st_gid == old_.st_gid);
    if (is_owner || fchown(file_, old_.st_uid, old_.st_gid) == 0) return true;
    const int reason = errno;
    close(std::exchange(file_, -1));
    unlink(temporary_.c_str());
    temporary_.clear();
    name_.reset();
    errno = reason;
    return false;
  }

  /// The old file, which `restore` can bring back.
  void open_in_place() {
    way_ = Way::in_place;
    backup_ = read_file(target_);
    file_ = open(target_.c_str(), O_WRONLY | O_CLOEXEC);
    if (file_ < 0) fail(errno);
  }

  void open_stream() {
    way_ = Way::stream;
    file_ = open(path_.c_str(), O_WRONLY | O_CLOEXEC);
    if (file_ < 0) fail(errno);
  }

  /// As well as it can be done.
  void restore() const {
    std::size_t done = 0;
    while (done < backup_.size()) {
      const ssize_t written = pwrite(file_, backup_.data() + done, backup_.size() - done, static_cast<off_t>(done));
      if (written <= 0) return;
      done += static_cast<std::size_t>(written);
    }
    [[maybe_unused]] const int result = ftruncate(file_, static_cast<off_t>(backup_.size()));
  }

  /// That of the old file, or what open() would give a new one; mkstemp makes private files.
  mode_t mode() const {
    if (exists_) return old_.st_mode & 07777;
    // Asking sets it for a moment, which two threads at once would turn into a lasting 0: only once a process.
    static const mode_t mask = [] {
      const mode_t own = umask(0);
      umask(own);
      return own;
    }();
    return 0666 & ~mask;
  }

  std::filesystem::path path_, target_;
  struct stat old_{};
  bool exists_ = false;
  Way way_ = Way::beside;
  std::string temporary_;
  std::optional<TemporaryFileName> name_;
  std::vector<std::byte> backup_;
  off_t size_ = 0;
  int file_ = -1;
};

}  // namespace icolorit
