#include "colorize_many.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <span>

#include "engines.hpp"
#include "folder_contents.hpp"
#include "icolorit/core/name_list.hpp"
#include "icolorit/core/run_on_threads.hpp"
#include "icolorit/io/companion_files.hpp"
#include "icolorit/io/hint_file.hpp"
#include "icolorit/studio/session_search.hpp"
#include "manifest.hpp"
#include "misuse.hpp"
#include "output_check.hpp"
#include "progress_bar.hpp"
#include "session_colors.hpp"

namespace icolorit::tool {

namespace {

namespace fs = std::filesystem;

struct Job {
  fs::path in, out, hints, session;  // the two that are not there count for nothing
};

/// A session is rendered by one thread, and without options that the studio does not have.
void as_in_the_studio(EngineOptions& engine) {
  if (engine.device != "cpu") engine.precision = EngineOptions().precision;  // f16 is of the GPU
  engine.device = EngineOptions().device;
  engine.quality = EngineOptions().quality;
  engine.size = EngineOptions().size;
  engine.threads = 1;
}

class Batch {
 public:
  Batch(const ManyPictures& many, EngineOptions engine)
      : many_(many), engine_(engine), session_engine_(std::move(engine)) {
    if (many.shard.is_given() && engine_.precision == "auto") engine_.precision = "f32";  // the same on every machine
    engine_.complete();
    as_in_the_studio(session_engine_);
    for (const fs::path& path : many.in) {
      std::error_code error;
      if (fs::is_directory(path, error))
        add_folder(path);
      else
        add(path);
    }
    for (const fs::path& folder : many.hints_folder.empty() ? many.in : std::vector{many.hints_folder})
      look_for_stray_hints(folder);
    expect_outputs();
  }

  void run() {
    for (const std::string& sentence : left_out_) note(sentence);
    if (many_.shard.is_given()) {
      manifest_.emplace(many_.out, share_, description(), many_.overwrite);
      skipped_ += static_cast<Index>(
          std::erase_if(jobs_, [&](const Job& job) { return manifest_->is_done(job.in.filename().string()); }));
    }
    if (jobs_.empty() && skipped_ == 0 && many_.shard.is_given())
      note("share ", share_.text(), " has none of these pictures: other shares have them");
    if (jobs_.empty()) return finish();
    fs::create_directories(many_.out);
    const Index threads = threads_of(engine_);
    const bool on_gpu = engine_.device == "cuda";  // two: one reads and writes while the other's network runs
    const Index workers = std::min<Index>(on_gpu ? 2 : threads, std::ssize(jobs_));
    std::vector<FullColors> colors = make_full_colors(engine_, many_.bicubic, workers);
    start_ = Clock::now();
    bar_.show(0, concat("0 of ", counted(std::ssize(jobs_), "picture")));
    run_on_threads(std::ssize(jobs_), workers, [&](Index i, Index worker) {
      color(jobs_[static_cast<std::size_t>(i)], colors[static_cast<std::size_t>(worker)].colorizer);
    });
    finish();
  }

 private:
  using Clock = std::chrono::steady_clock;

  void add_folder(const fs::path& folder) {
    FolderContents contents = list_folder(folder);
    if (!contents.left_out.empty()) left_out_.push_back(std::move(contents.left_out));
    const auto first = std::ssize(jobs_);
    for (const fs::path& picture : contents.pictures) add(picture);
    find_orphan_sessions(folder, std::span(jobs_).subspan(static_cast<std::size_t>(first)));
  }
  /// Sessions whose pictures have got other names. Of the others it is said that they belong to no picture.
  void find_orphan_sessions(const fs::path& folder, std::span<Job> jobs) {
    auto orphans = studio::orphan_sessions(folder);
    std::set<std::string> sizes;  // of their pictures: files of other sizes need not be read
    for (const auto& [checksum, path] : orphans) sizes.insert(checksum.substr(checksum.rfind(':') + 1));
    std::error_code error;
    for (Job& job : jobs) {
      if (orphans.empty() || fs::exists(job.session, error) ||
          !sizes.contains(std::to_string(fs::file_size(job.in, error))))
        continue;
      try {
        const auto own = orphans.find(studio::picture_checksum(read_file(job.in)));
        if (own == orphans.end()) continue;
        job.session = own->second;
        orphans.erase(own);
      } catch (const FileError&) {  // told when it is its turn
      }
    }
    NameList names;
    for (const auto& [checksum, path] : orphans) names.add(path.filename().string());
    if (!names.empty())
      left_out_.push_back(concat(
          names.text(),
          names.count() == 1 ? " is the studio's work on no picture of " : " are the studio's work on no pictures of ",
          folder, names.count() == 1 ? " and is not used" : " and are not used"));
  }
  void add(const fs::path& picture) {
    Job job{picture, many_.out / result_name(picture, many_.format), hints_path_for(picture),
            studio::session_path_for(picture)};
    if (!many_.hints_folder.empty()) job.hints = many_.hints_folder / job.hints.filename();
    jobs_.push_back(std::move(job));
  }

  /// Hint files whose names fit no picture, often for a typing error.
  void look_for_stray_hints(const fs::path& folder) {
    std::error_code error;
    NameList strays;
    std::set<fs::path> used;
    for (const Job& job : jobs_) used.insert(job.hints);
    for (const auto& entry : fs::directory_iterator(folder, error))
      if (is_hint_file(entry.path()) && !used.contains(entry.path())) strays.add(entry.path().filename().string());
    if (!strays.empty())
      left_out_.push_back(concat("no picture here has the name of ", strays.text(),
                                 strays.count() == 1 ? ", which is not used" : ", which are not used"));
  }

  void expect_outputs() {
    std::error_code error;
    require(!fs::exists(many_.out, error) || fs::is_directory(many_.out, error),
            "several pictures need a folder: --out ", many_.out, " is a file");
    require(fs::is_directory(many_.out, error) || !codec::format_of_extension(many_.out),
            "several pictures need a folder: --out ", many_.out, " is named like a picture");
    require(many_.hints_folder.empty() || fs::is_directory(many_.hints_folder, error), "--hints-dir ",
            many_.hints_folder, " is no folder");
    std::map<fs::path, const Job*> names;
    InputFiles inputs{engine_.weights};
    for (const Job& job : jobs_) {
      const auto [other, is_new] = names.try_emplace(job.out, &job);
      require(is_new, other->second->in, " and ", job.in, " would both become ", job.out, ": colorize them apart");
      from_command_line([&] { return image_format_of(job.out); });
      inputs.add(job.in);
      inputs.add(job.hints);
    }
    NameList replaced;
    for (const Job& job : jobs_)
      if (const fs::path* const input = inputs.find(job.out)) replaced.add(input->string());
    require(replaced.empty(), "the results would replace what they are made from, ", replaced.text(),
            ": give --out another folder");
    // Only now, so that shares agree on what would be lost.
    if (many_.shard.is_given()) {
      share_ = many_.shard.share();
      std::erase_if(jobs_, [&](const Job& job) { return !share_.contains(job.in.filename().string()); });
    }
    // What a share has done is in its manifest; a result without a line there is made anew.
    if (many_.shard.is_given() && Manifest::exists(many_.out, share_)) return;
    NameList existing;
    for (const Job& job : jobs_)
      if (fs::exists(job.out, error)) existing.add(job.out.string());
    require(existing.empty() || many_.resume || many_.overwrite, counted(existing.count(), "result"), " of before ",
            existing.count() == 1 ? "is" : "are", " there, ", existing.text(),
            ": --resume keeps them and colours the rest, ", "--overwrite replaces them");
    if (many_.resume && !many_.overwrite)
      skipped_ = static_cast<Index>(std::erase_if(jobs_, [&](const Job& job) { return fs::exists(job.out, error); }));
  }

  void color(const Job& job, AnyColorizer& colorizer) {
    ResultLine line(job.out);
    line.add("input", printable(job.in.string()));
    std::vector<std::string> notes;
    try {
      const Clock::time_point start = Clock::now();
      color(job, colorizer, line, notes);
      line.milliseconds(std::chrono::duration<double, std::milli>(Clock::now() - start).count());
      if (manifest_) manifest_->add(job.in.filename().string(), line.members());
      report(line, notes);
    } catch (const std::exception& error) {  // costs this picture only
      line.add("error", printable(error.what()));
      if (manifest_) manifest_->add_failure(job.in.filename().string(), error.what());
      report(line, notes, error.what());
    }
  }

  void color(const Job& job, AnyColorizer& colorizer, ResultLine& line, std::vector<std::string>& notes) const {
    std::error_code error;
    const bool has_hints = fs::exists(job.hints, error);
    if (error) throw FileError(concat("cannot read ", job.hints, ": ", error.message()));
    const bool has_session = fs::exists(job.session, error);
    if (has_session && !has_hints) return color_by_session(job, line, notes);
    InputPicture photo = many_.pictures.read(job.in);
    notes = std::move(photo.notes);
    if (has_session)
      notes.push_back(concat("the studio's work in ", job.session, " is not used, because ", job.hints.filename(),
                             " is there, too: remove the one that is not meant"));
    const Image& picture = photo.image;
    FittedHints hints;
    if (has_hints) hints = read_fitted_hints(job.hints, picture.width(), picture.height());
    const Image result = colorizer.colorize(picture, hints.hints);
    write(job, result, std::move(photo.metadata), engine_.title(), std::ssize(hints.hints), notes);
    engine_.describe(line);
    line.count("hints", std::ssize(hints.hints), "hint").add("lost", colorizer.lost_hints());
    const bool stretched = has_hints && !hints.keeps_proportions();
    line.add("stretched", stretched, stretched ? "made on a picture of other proportions" : "");
  }

  void color_by_session(const Job& job, ResultLine& line, std::vector<std::string>& notes) const {
    SessionColors colors = color_session(job.session, job.in, session_engine_, many_.pictures, {});
    notes = std::move(colors.notes);
    write(job, *colors.image, std::move(colors.metadata), colors.model, colors.hints, notes);
    line.add("session", printable(job.session.string()), "the studio's session");
    line.add("engine", colors.model, colors.model).count("hints", colors.hints, "hint");
  }

  void write(const Job& job, const Image& result, PictureMetadata metadata, const std::string& model, Index hints,
             std::vector<std::string>& notes) const {
    write_image(result, job.out,
                many_.pictures.output(result, std::move(metadata), image_format_of(job.out), model, hints, notes));
  }

  /// By one worker at a time.
  void report(const ResultLine& line, const std::vector<std::string>& notes, const char* complaint = nullptr) {
    const std::lock_guard lock(reporting_);
    bar_.clear();
    tell(notes);
    ++done_;
    if (complaint != nullptr) ++failed_;
    if (complaint != nullptr && !many_.report.as_json)
      std::cerr << shortened(concat("icolorit: ", complaint)) << '\n';
    else
      many_.report.write(line);
    std::cout << std::flush;
    const double share = static_cast<double>(done_) / static_cast<double>(jobs_.size());
    const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
    bar_.show(share, concat(done_, " of ", counted(std::ssize(jobs_), "picture"), ", ",
                            hours_minutes_seconds(seconds * (1 - share) / share), " left"));
  }

  /// What is the same in all shares.
  json::Value description() const {
    return {{"command", "colorize"},
            {"by", engine_.title()},
            {"size", engine_.size},
            {"quality", engine_.quality},
            {"format", many_.format},
            {"bicubic", many_.bicubic},
            {"images", many_.in.size() == 1 ? absolute_name(many_.in.front()) : ""},
            {"hints", absolute_name(many_.hints_folder)},
            {"checksum", engine_.uses_network() ? crc32(read_file(engine_.weights)) ^ engine_.adapters.checksum() : 0}};
  }

  void finish() {
    bar_.clear();
    if (manifest_) manifest_->complete();
    if (skipped_ > 0)
      note(counted(skipped_, "picture"), " left as ", skipped_ == 1 ? "it was" : "they were",
           manifest_ ? ", done before" : " (--resume)");
    if (failed_ > 0)
      throw FileError(concat(failed_, " of ", counted(std::ssize(jobs_), "picture"), " could not be coloured",
                             failed_ == std::ssize(jobs_) ? "" : concat("; all others are in ", many_.out)));
  }

  const ManyPictures& many_;
  EngineOptions engine_, session_engine_;  // completed, and as given: a session has an engine of its own
  std::vector<Job> jobs_;
  std::vector<std::string> left_out_;  // of folders
  WorkShare share_;
  std::optional<Manifest> manifest_;  // with --shard
  Clock::time_point start_;
  std::mutex reporting_;
  ProgressBar bar_;
  Index done_ = 0, failed_ = 0, skipped_ = 0;
};

}  // namespace

fs::path hints_path_for(const fs::path& picture) {
  return picture.parent_path() / picture.stem().concat(hint_file_ending);
}

fs::path result_name(const fs::path& picture, const std::string& format) {
  fs::path name = picture.filename();
  if (!format.empty()) name.replace_extension(format == "jpeg" ? "jpg" : format);
  return name;
}

bool is_folder(const fs::path& out) {
  std::error_code error;
  return (fs::is_directory(out, error) || !out.has_filename()) && !codec::format_of_extension(out);
}

bool ManyPictures::are_meant() const {
  std::error_code error;
  return shard.is_given() || in.size() > 1 || (!in.empty() && fs::is_directory(in.front(), error)) || is_folder(out) ||
         resume || !hints_folder.empty();
}

void colorize_many(const ManyPictures& many, EngineOptions engine) { Batch(many, std::move(engine)).run(); }

}  // namespace icolorit::tool
