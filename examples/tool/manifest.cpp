#include "manifest.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

#include "icolorit/core/name_list.hpp"
#include "icolorit/io/byte_reader.hpp"
#include "icolorit/io/read_file.hpp"
#include "misuse.hpp"
#include "printable.hpp"

namespace icolorit::tool {

namespace {

namespace fs = std::filesystem;

/// A manifest's text, line by line.
struct Lines {
  json::Value head;  // null: there is not even the first line
  std::map<std::string, json::Value> done;
  std::map<std::string, std::string> failures;
  bool is_complete = false;
  std::size_t bytes = 0;  // of whole lines
};

Lines parse_lines(std::string_view text) {
  Lines lines;
  for (std::size_t end; (end = text.find('\n', lines.bytes)) != std::string_view::npos; lines.bytes = end + 1) {
    json::Value line = json::parse(text.substr(lines.bytes, end - lines.bytes));
    if (lines.head.is_null()) {
      static_cast<void>(json::at(line, "job"));
      lines.head = std::move(line);
      continue;
    }
    lines.is_complete = json::find(line, "complete") != nullptr;
    if (lines.is_complete) continue;
    const std::string name = json::as_string(json::at(line, "picture"));
    if (const json::Value* error = json::find(line, "error")) {
      lines.failures[name] = json::as_string(*error);
    } else {
      lines.failures.erase(name);
      lines.done.insert_or_assign(name, std::move(line));
    }
  }
  return lines;
}

Lines read_lines(const fs::path& path) {
  const std::vector<std::byte> bytes = read_file(path);
  try {
    return parse_lines(as_text(bytes));
  } catch (const FormatError& error) {
    throw FormatError(concat("cannot read the manifest ", path, ": ", error.what()));
  }
}

constexpr std::string_view file_prefix = "share-", file_ending = ".jsonl";

fs::path manifest_path(const fs::path& folder, const WorkShare& share) {
  return folder / concat(file_prefix, share.number, "-of-", share.of, file_ending);
}

/// Sorted. Throws FileError.
std::vector<fs::path> manifests_in(const fs::path& folder) {
  std::vector<fs::path> paths;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(file_prefix) && name.ends_with(file_ending)) paths.push_back(entry.path());
  }
  if (error) throw FileError(concat("cannot read the folder ", folder, ": ", error.message()));
  std::ranges::sort(paths);
  return paths;
}

[[noreturn]] void fail(const fs::path& path) {
  throw FileError(concat("cannot write ", path, ": ", std::strerror(errno)));
}

}  // namespace

Manifest::Manifest(const fs::path& folder, const WorkShare& share, json::Value job, bool overwrite)
    : path_(manifest_path(folder, share)) {
  fs::create_directories(folder);
  if (!overwrite)
    for (const fs::path& other : manifests_in(folder))
      require(other.stem().string().ends_with(concat("-of-", share.of)), folder,
              " holds shares of a job that was divided otherwise, as ", other.filename(), " does: divide as there, or ",
              "give another folder");
  file_ = open(path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (file_ < 0) fail(path_);
  try {
    const bool is_locked = flock(file_, LOCK_EX | LOCK_NB) == 0;
    if (!is_locked && errno != EWOULDBLOCK)
      throw FileError(concat("cannot lock ", path_, ", which its file system does not offer: ", std::strerror(errno)));
    if (!is_locked)
      throw FileError(concat("another process works on share ", share.text(), " (", path_, " is in use)"));
    Lines lines = overwrite ? Lines{} : read_lines(path_);
    const json::Value head{{"job", std::move(job)}, {"share", share.number}, {"of", share.of}};
    require(lines.head.is_null() || lines.head == head, path_,
            " is of another job, or of other options: give another --out, or --overwrite to begin anew");
    if (ftruncate(file_, static_cast<off_t>(lines.bytes)) != 0) fail(path_);
    if (lines.head.is_null()) write(head);
    done_ = std::move(lines.done);
    is_complete_ = lines.is_complete;
  } catch (...) {
    close(file_);
    throw;
  }
}

bool Manifest::exists(const fs::path& folder, const WorkShare& share) {
  std::error_code error;
  return fs::exists(manifest_path(folder, share), error);
}

Manifest::~Manifest() { close(file_); }

bool Manifest::is_done(const std::string& picture) const { return done_.contains(printable(picture)); }

void Manifest::add(const std::string& picture, json::Value line) {
  json::Value whole{{"picture", printable(picture)}};
  whole.update(line);
  const std::lock_guard lock(mutex_);
  write(whole);
  done_.insert_or_assign(printable(picture), std::move(whole));
}

void Manifest::add_failure(const std::string& picture, const std::string& reason) {
  const std::lock_guard lock(mutex_);
  write({{"picture", printable(picture)}, {"error", printable(reason)}});
}

void Manifest::complete() {
  if (!is_complete_) write({{"complete", done_.size()}});
}

void Manifest::write(const json::Value& line) {
  is_complete_ = false;
  const std::string text = json::write(line) + "\n";
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t count = ::write(file_, text.data() + done, text.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail(path_);
    done += static_cast<std::size_t>(count);
  }
}

MergedManifest read_manifests(const fs::path& folder) {
  MergedManifest merged;
  std::map<Index, Lines> shares;
  const std::vector<fs::path> paths = manifests_in(folder);
  for (const fs::path& path : paths) {
    Lines lines = read_lines(path);
    if (lines.head.is_null()) continue;  // killed before the first line: it counts as missing
    const Index of = json::as_integer(json::at(lines.head, "of"));
    const json::Value& job = json::at(lines.head, "job");
    if (merged.shares == 0) {
      merged.shares = of;
      merged.job = job;
    }
    if (of != merged.shares || job != merged.job)
      throw FormatError(concat("the shares in ", folder, " are of different jobs, ", paths.front().filename(), " and ",
                               path.filename(), ": remove those that do not belong here"));
    shares.insert_or_assign(json::as_integer(json::at(lines.head, "share")), std::move(lines));
  }
  if (shares.empty())
    throw FileError(concat("no manifests in ", folder, ": icolorit's commands write them with --shard"));
  NameList unfinished;
  for (Index number = 1; number <= merged.shares; ++number) {
    const auto share = shares.find(number);
    if (share == shares.end() || !share->second.is_complete) unfinished.add(number, '/', merged.shares);
  }
  if (!unfinished.empty())
    throw FileError(concat("not all shares are complete: run ", unfinished.text(),
                           unfinished.count() == 1 ? " again, which goes" : " again, which go", " on where it was"));
  for (auto& [number, lines] : shares) {
    merged.pictures.merge(lines.done);
    merged.failures.merge(lines.failures);
  }
  return merged;
}

}  // namespace icolorit::tool
