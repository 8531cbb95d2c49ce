// Studio: interactive colouring of several pictures, for a front end of any kind. Nothing here knows of HTTP.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "icolorit/studio/document_json.hpp"
#include "icolorit/studio/render_loop.hpp"
#include "icolorit/studio/settings_json.hpp"
#include "icolorit/studio/view.hpp"

namespace icolorit::studio {

/// There is no picture of this id: it was never opened, or is closed.
class UnknownPicture : public ArgumentError {
 public:
  using ArgumentError::ArgumentError;
};

/// A newer request for the same view has come, so that nobody looks at this one's answer.
class Overtaken : public Error {
 public:
  Overtaken() : Error("a newer request for this view has come") {}
};

/// Rendering did not come to an end in time.
class TooLate : public Error {
 public:
  TooLate() : Error("the picture is not rendered yet, ask again") {}
};

/// What a view shows.
enum class ViewLayer { result, grey, original };

struct ViewRequest {
  ViewPart part;
  ViewLayer layer = ViewLayer::result;
  Quality quality = Quality::fast;  ///< at least
  std::int64_t version = 0;         ///< at least
  std::string client, view;         ///< whose view it is: of several requests for one, only the newest is answered
};

struct ViewAnswer {
  std::vector<std::uint8_t> rgb;  ///< (height,width,3)
  std::int64_t version = 0;
  Quality quality = Quality::best;
  double milliseconds = 0;  ///< that rendering took
};

/// The pictures that are open, and the thread that renders them. All functions may be called by several threads at
/// once, and those that name a picture throw UnknownPicture.
class Studio {
 public:
  using Clock = RenderLoop::Clock;
  static constexpr std::chrono::seconds patience{60};  // until TooLate

  Studio(MakeColorizer make_colorizer, EngineSettings settings, int threads)
      : threads_(threads), loop_(std::move(make_colorizer), std::move(settings), threads) {}
  ~Studio() {
    for (const auto& picture : pictures()) try_to_compact(*picture);
  }

  /// Opens a picture with the work that was done on it before, and returns its id.
  std::string open(std::string name, Image original, Session session, std::unique_ptr<SessionStore> store,
                   PictureMetadata metadata = {}) {
    std::string id;
    {
      const std::lock_guard lock(mutex_);
      id = concat('p', ++last_id_);
    }
    const auto picture = std::make_shared<PictureSession>(id, std::move(name), std::move(original), std::move(session),
                                                          std::move(store), std::move(metadata));
    picture->set_settings(settings_json(loop_.settings()));
    picture->when_saved([this] { loop_.notify(); });
    loop_.add(picture);
    const std::lock_guard lock(mutex_);
    pictures_.push_back(picture);
    return id;
  }

  /// Writes the session in one piece and forgets the picture.
  void close(const std::string& id) {
    const std::shared_ptr<PictureSession> picture = find(id);
    {
      const std::lock_guard lock(mutex_);
      std::erase(pictures_, picture);
    }
    loop_.remove(*picture);
    try_to_compact(*picture);
  }

  std::vector<std::shared_ptr<PictureSession>> pictures() const {
    const std::lock_guard lock(mutex_);
    return pictures_;
  }
  std::shared_ptr<PictureSession> find(const std::string& id) const {
    const std::lock_guard lock(mutex_);
    const auto found = std::ranges::find(pictures_, id, [](const auto& picture) { return picture->id(); });
    if (found == pictures_.end()) throw UnknownPicture(concat("there is no open picture \"", id.substr(0, 40), "\""));
    return *found;
  }
  /// The open picture whose file had this checksum, or null.
  std::shared_ptr<PictureSession> find_checksum(const std::string& checksum) const {
    const std::lock_guard lock(mutex_);
    const auto found = std::ranges::find(pictures_, checksum, [](const auto& picture) { return picture->checksum(); });
    return found == pictures_.end() ? nullptr : *found;
  }

  EngineSettings settings() const { return loop_.settings(); }
  /// Every picture is rendered anew, and its session keeps the settings.
  void set_settings(const EngineSettings& settings) {
    for (const auto& picture : pictures()) picture->set_settings(settings_json(settings));
    loop_.set_settings(settings);
  }

  /// As PictureSession::execute; rendering begins at once.
  void execute(const std::string& id, const CommandRequest& request) {
    find(id)->execute(request);
    loop_.notify();
  }

  /// Waits until the version is rendered well enough. Throws ArgumentError for a part outside the picture, Overtaken,
  /// TooLate, and what rendering threw.
  ViewAnswer view(const std::string& id, const ViewRequest& request) {
    const std::shared_ptr<PictureSession> picture = find(id);
    const Image& original = *picture->original();
    expect_visible(request.part, original.width(), original.height());
    if (request.layer != ViewLayer::result) {
      ViewAnswer answer{
          view_from(level_for(request.part, *picture, picture->original(), picture->preview()), request, original),
          picture->version()};
      if (request.layer == ViewLayer::grey) take_grey(answer.rgb, threads_);
      return answer;
    }
    const Ticket ticket = take_ticket(id, request);
    const auto rendition = loop_.wait(*picture, Clock::now() + patience, [&](const Rendition& newest) {
      if (overtaken(ticket)) throw Overtaken();
      return newest.quality >= request.quality && newest.version >= request.version;
    });
    if (!rendition) throw TooLate();
    ViewAnswer answer{
        view_from(level_for(request.part, *picture, rendition->full, rendition->preview), request, original),
        rendition->version, rendition->quality, rendition->milliseconds};
    const bool coarse =
        !rendition->full && picture->preview() != picture->original() && needs_full(request.part, *picture);
    if (coarse) take_lightness(answer.rgb, view_from(original, request, original), threads_);
    return answer;
  }

  /// What somebody knows of a picture.
  struct Known {
    std::int64_t version = 0;
    Quality quality = Quality::none;
    std::optional<bool> saved{};  ///< nothing: it does not matter
  };
  /// The newest rendition, once it is newer or better than what is known, once the picture is saved or no longer so, or
  /// when the time is over.
  Rendition wait_for_news(const std::string& id, const Known& known, std::chrono::milliseconds time) {
    const std::shared_ptr<PictureSession> picture = find(id);
    Rendition last;
    loop_.wait(*picture, Clock::now() + time, [&](const Rendition& newest) {
      last = newest;
      const bool saved = picture->saved();
      return newest.version > known.version || (newest.version == known.version && newest.quality > known.quality) ||
             known.saved.value_or(saved) != saved;
    });
    return last;
  }

  /// The newest lasting version at full size and best quality. Throws TooLate, and what rendering threw.
  std::shared_ptr<const Image> best(const std::string& id) {
    const std::shared_ptr<PictureSession> picture = find(id);
    const auto rendition = loop_.wait(*picture, Clock::now() + patience, [&](const Rendition& newest) {
      return newest.quality == Quality::best && newest.version >= picture->version();
    });
    if (!rendition) throw TooLate();
    return rendition->full;
  }

  /// The same at another depth, 8 or 16 bits a sample: 8 are the 16 rounded; 16 of a picture of 8 are rendered for it,
  /// since they hold colours that 8 round.
  std::shared_ptr<const Image> best(const std::string& id, int bits) {
    const std::shared_ptr<PictureSession> picture = find(id);
    if (bits == picture->original()->bits()) return best(id);
    if (bits < picture->original()->bits()) {
      const std::shared_ptr<const Image> full = best(id);
      return std::make_shared<const Image>(converted(*full, full->channels(), bits));
    }
    return loop_.run_between([&](const MakeColorizer& make, const EngineSettings& settings) {
      const Image& own = *picture->original();
      const auto original = std::make_shared<const Image>(converted(own, own.channels(), bits));
      PictureRenderer renderer(make(settings, Quality::best), original, original, picture->masks(), threads_);
      return renderer.render(picture->snapshot().document);
    });
  }

  RenderLoop& loop() { return loop_; }
  int threads() const { return threads_; }

 private:
  struct Ticket {
    std::string view;
    std::int64_t number;
  };

  /// Older requests for the same view learn at once that they are overtaken.
  Ticket take_ticket(const std::string& id, const ViewRequest& request) {
    Ticket ticket{concat(id, '\n', request.client, '\n', request.view), 0};
    {
      const std::lock_guard lock(ticket_mutex_);
      constexpr std::size_t most = 1000;
      if (tickets_.size() > most) tickets_.clear();
      ticket.number = ++last_ticket_;
      tickets_[ticket.view] = ticket.number;
    }
    loop_.notify();
    return ticket;
  }
  bool overtaken(const Ticket& ticket) {
    const std::lock_guard lock(ticket_mutex_);
    const auto found = tickets_.find(ticket.view);
    return found != tickets_.end() && found->second > ticket.number;
  }

  /// Whether a view shows more detail than the preview has.
  static bool needs_full(const ViewPart& part, const PictureSession& picture) {
    const double scale = static_cast<double>(part.width) / part.w;  // pixels of the screen for one of the picture
    return scale * static_cast<double>(picture.original()->width()) >
           1.01 * static_cast<double>(picture.preview()->width());
  }

  /// The smaller copy where that has all that the view shows; `full` may be null.
  static const Image& level_for(const ViewPart& part, const PictureSession& picture,
                                const std::shared_ptr<const Image>& full, const std::shared_ptr<const Image>& preview) {
    if (!preview) return *full;
    return full && needs_full(part, picture) ? *full : *preview;
  }

  std::vector<std::uint8_t> view_from(const Image& image, const ViewRequest& request, const Image& original) const {
    return view_of(image, request.part, original.width(), original.height(), threads_);
  }

  /// A session that cannot be compacted is still whole: its file and its journal.
  static void try_to_compact(PictureSession& picture) {
    try {
      picture.compact();
    } catch (const FileError&) {
    }
  }

  int threads_;
  RenderLoop loop_;  // outlives the pictures, which call it when they are saved
  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<PictureSession>> pictures_;
  std::int64_t last_id_ = 0;
  std::mutex ticket_mutex_;
  std::map<std::string, std::int64_t> tickets_;
  std::int64_t last_ticket_ = 0;
};

}  // namespace icolorit::studio
