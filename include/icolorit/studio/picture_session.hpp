// PictureSession: one open picture, its document, and the journal that nothing is acknowledged without.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "icolorit/image/convert.hpp"
#include "icolorit/image/picture_metadata.hpp"
#include "icolorit/image/resize.hpp"
#include "icolorit/studio/region_masks.hpp"
#include "icolorit/studio/session.hpp"
#include "icolorit/studio/session_store.hpp"

namespace icolorit::studio {

/// A document at one moment. Versions rise with every change, also with transient ones.
struct DocumentSnapshot {
  Document document;
  std::int64_t version = 0;
  bool transient = false;
};

/// What a request of commands asks.
struct CommandRequest {
  std::string client;
  std::int64_t number = 0;
  bool transient = false;
  Json commands = Json::array();
};

/// Reads one, with its bounds. Throws ArgumentError.
inline CommandRequest parse_command_request(const Json& value) {
  const Fields fields(value, "request");
  CommandRequest request{fields.id("client"), fields.integer("number", 1, std::int64_t{1} << 53),
                         fields.flag_or("transient", false), fields.at("commands")};
  return request;
}

/// Threads may share it.
class PictureSession {
 public:
  /// About how many pixels the copy has at most that is rendered while a person drags: more would not be seen, and take
  /// longer.
  static constexpr Index preview_pixels = 1'200'000;

  /// `session` is of this picture.
  PictureSession(std::string id, std::string name, Image original, Session session, std::unique_ptr<SessionStore> store,
                 PictureMetadata metadata = {})
      : id_(std::move(id)),
        name_(std::move(name)),
        original_(std::make_shared<const Image>(std::move(original))),
        preview_(reduced(original_)),
        masks_(std::make_shared<RegionMasks>(preview_, original_->width(), original_->height())),
        session_(std::move(session)),
        metadata_(std::move(metadata)),
        store_(std::move(store)),
        identity_(concat(session_.picture.checksum, '-', store_->identity())) {}

  const std::string& id() const { return id_; }
  const std::string& name() const { return name_; }
  const std::string& checksum() const { return session_.picture.checksum; }
  /// Of this picture in this session: the same whenever it is opened again.
  const std::string& identity() const { return identity_; }
  const std::shared_ptr<const Image>& original() const { return original_; }
  /// What the file of the original says beside its pixels, for the files that are exported.
  const PictureMetadata& metadata() const { return metadata_; }
  /// The original where that is small, else a copy of about preview_pixels.
  const std::shared_ptr<const Image>& preview() const { return preview_; }
  const std::shared_ptr<RegionMasks>& masks() const { return masks_; }

  std::int64_t version() const { return version_; }
  bool transient() const { return transient_; }

  DocumentSnapshot snapshot() const {
    const std::lock_guard lock(mutex_);
    return {session_.history.shown(), version_, transient_};
  }

  /// The document as it is shown, with passing commands if there are any, and what else the page shows of it.
  struct Status {
    Document document;
    std::int64_t number, version;
    bool transient, can_undo, can_redo, saved;
    std::string session_name, save_error;
  };
  Status status(const std::string& client) const {
    const std::lock_guard lock(mutex_);
    return {session_.history.shown(),
            session_.clients.of(client),
            version_,
            transient_,
            session_.history.can_undo(),
            session_.history.can_redo(),
            saved(),
            store_->name(),
            save_error_};
  }
  /// Whether everything has reached the disk. Never waits.
  bool saved() const { return !save_failed_ && store_->saved(); }
  /// As SessionStore::when_saved.
  void when_saved(std::function<void()> call) { store_->when_saved(std::move(call)); }

  /// Applies a request, once: what lasts is in the journal before this returns, and one step of undo. Throws
  /// ArgumentError for commands that cannot be applied and FileError where the journal cannot be written; then nothing
  /// has changed.
  void execute(const CommandRequest& request) {
    const std::lock_guard lock(mutex_);
    std::int64_t& seen = seen_[request.client];
    const std::int64_t applied = session_.clients.of(request.client);
    if (request.transient) {
      if (request.number <= std::max(seen, applied)) return;  // overtaken by a later one
      session_.history.show(request.commands);
      transient_ = !request.commands.empty();
      if (!transient_) session_.history.drop_transient();
    } else {
      if (request.number <= applied) return;  // its answer was lost
      expect_applicable(request.commands);
      record(request);
      apply_request(session_.history, request.commands);
      session_.clients.set(request.client, request.number);
      transient_ = false;
    }
    if (seen_.size() > ClientNumbers::most_clients) seen_ = {{request.client, 0}};
    seen_[request.client] = request.number;
    ++version_;
  }

  /// Everything is to be rendered anew.
  void touch() { ++version_; }

  /// Kept with the session when that is written next.
  void set_settings(Json settings) {
    const std::lock_guard lock(mutex_);
    if (session_.settings == settings) return;
    session_.settings = std::move(settings);
    ++in_journal_;
  }
  std::string session_text() const {
    const std::lock_guard lock(mutex_);
    return format_session(session_);
  }

  /// Writes the whole session, so that its journal ends. Throws FileError.
  void compact() {
    const std::lock_guard lock(mutex_);
    if (session_.sequence == 0 || !in_journal_) return;
    store_->replace(format_session(session_));
    in_journal_ = 0;
  }

 private:
  static constexpr std::int64_t records_between_sessions = 2000;

  static std::shared_ptr<const Image> reduced(const std::shared_ptr<const Image>& original) {
    if (original->width() * original->height() <= preview_pixels && original->bits() == 8) return original;
    const auto [width, height] =
        OptimizationEngine::working_size(original->width(), original->height(), preview_pixels);
    const Image small = resize_pillow_bilinear(*original, width, height);
    return std::make_shared<const Image>(converted(small, small.channels(), 8));
  }

  void expect_applicable(const Json& commands) const {
    if (commands.is_array() && commands.size() == 1) {
      const std::string name = command_name(commands[0]);
      if (name == "undo" && !session_.history.can_undo()) throw ArgumentError("there is nothing to undo");
      if (name == "redo" && !session_.history.can_redo()) throw ArgumentError("there is nothing to redo");
      if (name == "undo" || name == "redo") return;
    }
    session_.history.check(commands);
  }

  void record(const CommandRequest& request) {
    try {
      if (session_.sequence == 0 || in_journal_ >= records_between_sessions) {
        store_->replace(format_session(session_));
        in_journal_ = 0;
      }
      store_->append(journal_record(session_.sequence + 1, request.client, request.number, request.commands));
      ++session_.sequence;
      ++in_journal_;
      save_error_.clear();
      save_failed_ = false;
    } catch (const FileError& error) {
      save_error_ = error.what();
      save_failed_ = true;
      throw;
    }
  }

  std::string id_, name_;
  std::shared_ptr<const Image> original_, preview_;
  std::shared_ptr<RegionMasks> masks_;

  mutable std::mutex mutex_;
  Session session_;
  PictureMetadata metadata_;
  std::unique_ptr<SessionStore> store_;
  std::string identity_;
  std::map<std::string, std::int64_t> seen_;  // the last number of each client, transient ones included
  std::int64_t in_journal_ = 1;               // records since the session was written; unknown at first
  std::string save_error_;
  std::atomic<bool> save_failed_ = false;
  std::atomic<std::int64_t> version_ = 1;
  std::atomic<bool> transient_ = false;
};

}  // namespace icolorit::studio
