// SessionFile: a session as a file, and beside it the journal of what happened since that was written.
#pragma once

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>

#include "icolorit/io/byte_reader.hpp"
#include "icolorit/io/companion_files.hpp"
#include "icolorit/io/file.hpp"
#include "icolorit/studio/open_sessions.hpp"
#include "icolorit/studio/session.hpp"
#include "icolorit/studio/session_store.hpp"

namespace icolorit::studio {

/// PICTURE.icolorit.json beside the picture.
inline std::filesystem::path session_path_for(const std::filesystem::path& picture) {
  return picture.string().append(session_ending);
}

/// The journal of a session file.
inline std::filesystem::path journal_path_for(const std::filesystem::path& session) {
  return session.string().append(journal_ending);
}

/// A session as its file and its journal say, and how much of the journal counts; nothing where there is no such file.
/// Throws FileError and FormatError, naming the file.
inline std::optional<std::pair<Session, std::size_t>> find_session(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return std::nullopt;
  std::filesystem::path reading = path;
  try {
    constexpr std::uintmax_t cap = std::uintmax_t{1} << 26;
    Session session = parse_session(json::parse(as_text(read_file(path, cap)), max_session_values));
    reading = journal_path_for(path);
    std::size_t length = 0;
    if (std::filesystem::exists(reading, error))
      length = replay_journal(session, as_text(read_file(reading, std::uintmax_t{1} << 30)));
    return std::pair(std::move(session), length);
  } catch (const FormatError& wrong) {
    throw FormatError(concat("cannot read ", reading, ": ", wrong.what()));
  }
}

/// Appends to the journal at once, and makes the disk write at most ten times a second. Only one program at a time
/// holds a session. Threads may share it.
class SessionFile final : public SessionStore {
 public:
  /// `journal_length`: how much of an existing journal counts. Nothing is written before the first append or replace.
  /// `open_sessions` is told while this program holds the session, and asked where it is where another one does. Throws
  /// FileError.
  explicit SessionFile(std::filesystem::path path, std::size_t journal_length = 0,
                       std::shared_ptr<OpenSessions> open_sessions = nullptr)
      : path_(std::move(path)), open_sessions_(std::move(open_sessions)), length_(static_cast<off_t>(journal_length)) {
    if (std::error_code error; std::filesystem::exists(journal_path_for(path_), error)) open_journal();
  }

  ~SessionFile() override {
    thread_.request_stop();
    if (thread_.joinable()) thread_.join();
    if (file_ < 0) return;
    fsync(file_);
    if (open_sessions_ != nullptr) open_sessions_->release(identity());  // before somebody else can hold it
    if (length_ == 0) unlink(journal_path_for(path_).c_str());           // all of it is in the session file
    close(file_);
  }

  void append(std::string_view record) override {
    const std::lock_guard lock(mutex_);
    if (file_ < 0) open_journal();
    const std::string line = concat(record, '\n');
    const ssize_t written = pwrite(file_, line.data(), line.size(), length_);
    if (written != static_cast<ssize_t>(line.size())) {
      const int reason = written < 0 ? errno : ENOSPC;
      if (ftruncate(file_, length_) != 0) fail(errno);  // else the rest of a record would stand before the next
      fail(reason);
    }
    length_ += written;
    dirty_ = true;
    changed_.notify_one();
  }

  void replace(std::string_view session) override {
    const std::lock_guard lock(mutex_);
    if (file_ < 0) open_journal();  // so that nobody else writes this session
    write_file(path_, session);
    if (ftruncate(file_, 0) != 0) fail(errno);
    length_ = 0;
  }

  bool saved() const override { return !dirty_ && !flushing_; }
  std::string name() const override { return path_.filename().string(); }
  /// Of the place where the file lies.
  std::string identity() const override {
    const std::string place = std::filesystem::absolute(path_).lexically_normal().string();
    return crc32_digits(std::as_bytes(std::span(place)));
  }
  void when_saved(std::function<void()> call) override { when_saved_ = std::move(call); }
  const std::filesystem::path& path() const { return path_; }

 private:
  [[noreturn]] void fail(int reason) const {
    throw FileError(concat("cannot save to ", journal_path_for(path_), ": ", std::strerror(reason)));
  }

  [[noreturn]] void refuse_second() const {
    const std::string address = open_sessions_ != nullptr ? open_sessions_->address_of(identity()) : "";
    throw FileError(concat("another icolorit studio has ", path_.filename(), " open: go on ",
                           address.empty() ? "in its tab of the browser" : "at ", address,
                           ", or end that studio with Ctrl-C in its terminal"));
  }

  void open_journal() {
    const std::string name = journal_path_for(path_).string();
    file_ = open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (file_ < 0) fail(errno);
    if (flock(file_, LOCK_EX | LOCK_NB) != 0 || ftruncate(file_, length_) != 0) {
      const int reason = errno;
      close(std::exchange(file_, -1));
      if (reason == EWOULDBLOCK) refuse_second();
      fail(reason);
    }
    if (open_sessions_ != nullptr) open_sessions_->hold(identity());
    thread_ = std::jthread([this](const std::stop_token& stop) { keep_flushing(stop); });
  }

  void keep_flushing(const std::stop_token& stop) {
    constexpr auto pause = std::chrono::milliseconds(100);
    std::unique_lock lock(mutex_);
    while (changed_.wait(lock, stop, [&] { return dirty_.load(); })) {
      flushing_ = true;  // first: saved() must not see neither
      dirty_ = false;
      lock.unlock();
      fsync(file_);
      lock.lock();
      flushing_ = false;
      if (!dirty_ && when_saved_) {
        lock.unlock();
        when_saved_();
        lock.lock();
      }
      changed_.wait_for(lock, stop, pause, [] { return false; });
    }
  }

  std::filesystem::path path_;
  std::shared_ptr<OpenSessions> open_sessions_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::atomic<bool> dirty_ = false, flushing_ = false;
  int file_ = -1;
  off_t length_;
  std::function<void()> when_saved_;
  std::jthread thread_;
};

}  // namespace icolorit::studio
