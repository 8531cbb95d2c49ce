// Manifest: what one share of a divided job has done, a JSON object a line, so that the job can be killed at any moment
// and goes on where it was.
#pragma once

#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "icolorit/io/json.hpp"
#include "work_share.hpp"

namespace icolorit::tool {

/// FOLDER/share-I-of-N.jsonl. The first line tells the job and the share; each other line one picture, under "picture",
/// with what is to be known of it; the last one, once all are done, {"complete": number of pictures}. One process at a
/// time writes it. A line that was cut off by the end of a process is dropped.
class Manifest {
 public:
  /// Makes the folder and the file, or goes on with what it holds. `job` is what must be the same in all shares and
  /// when a share goes on. Throws FileError where another process has the file open, Misuse where it is about another
  /// job, unless `overwrite`, which begins anew.
  Manifest(const std::filesystem::path& folder, const WorkShare& share, json::Value job, bool overwrite);
  /// Whether there is one to go on with.
  static bool exists(const std::filesystem::path& folder, const WorkShare& share);
  ~Manifest();
  Manifest(const Manifest&) = delete;
  Manifest& operator=(const Manifest&) = delete;

  /// What is done already, by the name of the picture.
  const std::map<std::string, json::Value>& done() const { return done_; }
  bool is_done(const std::string& picture) const;
  /// Adds a line when the picture's results are in their files. Threads may call it at the same time. Throws FileError.
  void add(const std::string& picture, json::Value line);
  /// The same for a picture that cannot be used, which is tried again when the share goes on.
  void add_failure(const std::string& picture, const std::string& reason);
  /// Says that all pictures of the share are done. Throws FileError.
  void complete();

 private:
  void write(const json::Value& line);

  std::filesystem::path path_;
  int file_ = -1;
  std::mutex mutex_;
  std::map<std::string, json::Value> done_;
  bool is_complete_ = false;
};

/// What all shares of a job have done.
struct MergedManifest {
  json::Value job;
  Index shares = 0;
  std::map<std::string, json::Value> pictures;  ///< their lines, by name
  std::map<std::string, std::string> failures;  ///< reasons, by name
};

/// Of all shares in the folder. Throws FileError where there is none, or where shares are missing or not complete,
/// whose numbers it names; FormatError where they are about different jobs or a line is damaged.
MergedManifest read_manifests(const std::filesystem::path& folder);

}  // namespace icolorit::tool
