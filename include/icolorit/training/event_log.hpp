// EventLog: scalars and pictures for TensorBoard, which reads TFRecord files of protocol buffers (tensorflow's
// core/util/event.proto, core/framework/summary.proto and core/lib/io/record_writer). Link icolorit::image_io.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "icolorit/io/byte_reader.hpp"
#include "icolorit/io/codecs/png.hpp"
#include "icolorit/io/crc32.hpp"
#include "icolorit/io/protobuf.hpp"

namespace icolorit {

/// One record of a TFRecord file: length, its checksum, the data, their checksum.
inline std::string tf_record(std::string_view data) {
  const auto append = [](std::string& to, auto value) {
    to.append(reinterpret_cast<const char*>(&value), sizeof(value));
  };
  const auto masked_checksum = [](std::string_view bytes) {
    const std::uint32_t crc = crc32c(std::as_bytes(std::span(bytes)));
    return std::rotr(crc, 15) + 0xa282ead8u;
  };
  std::string record;
  append(record, std::uint64_t{data.size()});
  append(record, masked_checksum(record));
  record += data;
  append(record, masked_checksum(data));
  return record;
}

/// Appends to a file of its own in a folder, of which TensorBoard shows all. Every record is one write: a process that
/// is killed leaves whole records and at most one torn one, which readers pass over. Every function throws FileError
/// where the file cannot be written.
/// Thread-safety: one thread at a time.
class EventLog {
 public:
  /// Makes a new file in the folder, which must exist.
  explicit EventLog(const std::filesystem::path& folder) {
    char host[256] = "localhost";
    gethostname(host, sizeof(host) - 1);
    const auto seconds = static_cast<Index>(now());
    for (int number = 0; file_ < 0; ++number) {  // two logs of one second and process have different names
      path_ = folder / concat("events.out.tfevents.", seconds, '.', host, '.', getpid(), '.', number);
      file_ = open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0666);
      if (file_ < 0 && errno != EEXIST) fail();
    }
    ProtobufMessage event;
    event.add_double(wall_time, now());
    event.add_bytes(file_version, "brain.Event:2");
    write(event);
  }
  ~EventLog() { close(file_); }
  EventLog(const EventLog&) = delete;
  EventLog& operator=(const EventLog&) = delete;

  const std::filesystem::path& path() const { return path_; }

  void scalar(std::string_view tag, Index step, double value) {
    ProtobufMessage entry;
    entry.add_bytes(value_tag, tag);
    entry.add_float(value_scalar, static_cast<float>(value));
    write_value(step, entry);
  }

  /// A picture of any depth and channels, stored as PNG.
  void picture(std::string_view tag, Index step, const Image& image) {
    const std::vector<std::byte> png = encode_png(image);
    ProtobufMessage picture;
    picture.add_integer(image_height, static_cast<std::uint64_t>(image.height()));
    picture.add_integer(image_width, static_cast<std::uint64_t>(image.width()));
    picture.add_integer(image_channels, static_cast<std::uint64_t>(image.channels()));
    picture.add_bytes(image_file, as_text(png));
    ProtobufMessage entry;
    entry.add_bytes(value_tag, tag);
    entry.add_bytes(value_image, picture.bytes());
    write_value(step, entry);
  }

  /// Returns when everything is on the disk.
  void flush() const {
    if (fsync(file_) != 0) fail();
  }

 private:
  // Field numbers of Event, Summary, Summary.Value and Summary.Image.
  static constexpr int wall_time = 1, event_step = 2, file_version = 3, event_summary = 5, summary_value = 1,
                       value_tag = 1, value_scalar = 2, value_image = 4, image_height = 1, image_width = 2,
                       image_channels = 3, image_file = 4;

  static double now() {
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  }

  void write_value(Index step, const ProtobufMessage& entry) {
    ProtobufMessage summary;
    summary.add_bytes(summary_value, entry.bytes());
    ProtobufMessage event;
    event.add_double(wall_time, now());
    event.add_integer(event_step, static_cast<std::uint64_t>(step));
    event.add_bytes(event_summary, summary.bytes());
    write(event);
  }

  void write(const ProtobufMessage& event) const {
    const std::string record = tf_record(event.bytes());
    const ssize_t written = ::write(file_, record.data(), record.size());
    if (written == static_cast<ssize_t>(record.size())) return;
    if (written >= 0) errno = ENOSPC;  // a disk that filled up on the way
    fail();
  }

  [[noreturn]] void fail() const { throw FileError(concat("cannot write ", path_, ": ", std::strerror(errno))); }

  std::filesystem::path path_;
  int file_ = -1;
};

}  // namespace icolorit
