// RenderLoop: one thread that renders all open pictures, always the newest version of each, fast before best.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

#include "icolorit/studio/engine_settings.hpp"
#include "icolorit/studio/picture_renderer.hpp"
#include "icolorit/studio/picture_session.hpp"

namespace icolorit::studio {

/// A version of a document as a picture.
struct Rendition {
  std::int64_t version = 0;
  Quality quality = Quality::none;
  std::shared_ptr<const Image> preview;  ///< of the size of PictureSession::preview()
  std::shared_ptr<const Image> full;     ///< of full size, for Quality::best; else null
  double milliseconds = 0;               ///< that rendering took
};

/// Versions that were overtaken before they were begun are never rendered; best ones are given up as soon as there is
/// something newer to show. Threads may share it.
class RenderLoop {
 public:
  using Clock = std::chrono::steady_clock;

  RenderLoop(MakeColorizer make_colorizer, EngineSettings settings, int threads)
      : make_colorizer_(std::move(make_colorizer)),
        settings_(std::move(settings)),
        threads_(threads),
        thread_([this](const std::stop_token& stop) { run(stop); }) {}
  ~RenderLoop() {
    thread_.request_stop();
    thread_.join();
  }

  void add(std::shared_ptr<PictureSession> picture) {
    const std::lock_guard lock(mutex_);
    canvases_.push_back(std::make_shared<Canvas>());
    canvases_.back()->picture = std::move(picture);
    changed_.notify_all();
  }
  void remove(const PictureSession& picture) {
    const std::lock_guard lock(mutex_);
    std::erase_if(canvases_, [&](const auto& canvas) { return canvas->picture.get() == &picture; });
    changed_.notify_all();
  }
  /// To be called after every change of a document.
  void notify() {
    const std::lock_guard lock(mutex_);
    changed_.notify_all();
  }

  /// From now on nobody waits: the program ends.
  void end_waiting() {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    changed_.notify_all();
  }

  EngineSettings settings() const {
    const std::lock_guard lock(mutex_);
    return settings_;
  }
  /// Every picture is rendered anew.
  void set_settings(EngineSettings settings) {
    const std::lock_guard lock(mutex_);
    settings_ = std::move(settings);
    ++settings_version_;
    for (const auto& canvas : canvases_) canvas->picture->touch();
    changed_.notify_all();
  }

  /// Waits until good(rendition, is there more to wait for) says true, where `rendition` is the newest of the picture;
  /// nothing where the time is over. Throws what rendering threw, and ArgumentError where the picture is closed.
  template <class Good>
  std::optional<Rendition> wait(const PictureSession& picture, Clock::time_point until, Good&& good) {
    std::unique_lock lock(mutex_);
    while (true) {
      const auto found =
          std::ranges::find_if(canvases_, [&](const auto& canvas) { return canvas->picture.get() == &picture; });
      if (found == canvases_.end()) throw ArgumentError("the picture was closed");
      const Canvas& canvas = **found;
      if (good(canvas.newest)) return canvas.newest;
      if (canvas.failure && canvas.failed_version == picture.version()) std::rethrow_exception(canvas.failure);
      if (ending_ || Clock::now() >= until) return std::nullopt;
      changed_.wait_until(lock, until);
    }
  }

  /// Runs f(make_colorizer, settings) on the rendering thread, between renders, and returns what it returns.
  template <class F>
  auto run_between(F f) {
    using Result = std::invoke_result_t<F&, const MakeColorizer&, const EngineSettings&>;
    auto task = std::make_shared<std::packaged_task<Result()>>(
        [this, f = std::move(f)]() mutable { return f(make_colorizer_, settings()); });
    auto result = task->get_future();
    {
      const std::lock_guard lock(mutex_);
      tasks_.emplace_back([task] { (*task)(); });
      changed_.notify_all();
    }
    return result.get();
  }

 private:
  /// What is rendered of one picture, and with what.
  struct Canvas {
    std::shared_ptr<PictureSession> picture;
    std::unique_ptr<PictureRenderer> fast, best;
    int settings_version = -1;
    Rendition newest;
    std::exception_ptr failure;
    std::int64_t failed_version = -1;
  };

  /// One render: a fast one or a best one that are the first of a version and are never given up, or the best after a
  /// fast one, which is given up for whatever comes.
  enum class Pass { fast, best, better };

  static bool needs_fast(const Canvas& canvas) {
    const std::int64_t version = canvas.picture->version();
    return canvas.newest.version < version && canvas.failed_version < version;
  }
  static bool needs_best(const Canvas& canvas) {
    return !needs_fast(canvas) && canvas.newest.quality < Quality::best && !canvas.picture->transient() &&
           canvas.failed_version < canvas.picture->version();
  }

  /// What is rendered first of a new version: something quick, or, where the best takes little longer, that.
  Pass first_pass(const Canvas& canvas) const {
    const PictureSession& picture = *canvas.picture;
    const bool small = picture.preview() == picture.original();
    return small && settings_.one_model() && !picture.transient() ? Pass::best : Pass::fast;
  }

  void run(const std::stop_token& stop) {
    const std::stop_callback wake(stop, [this] {
      const std::lock_guard lock(mutex_);
      changed_.notify_all();
    });
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
      const auto fast = std::ranges::find_if(canvases_, [](const auto& canvas) { return needs_fast(*canvas); });
      const auto best = std::ranges::find_if(canvases_, [](const auto& canvas) { return needs_best(*canvas); });
      if (fast != canvases_.end()) {
        render(lock, *fast, first_pass(**fast), stop);
      } else if (!tasks_.empty()) {
        const auto task = std::move(tasks_.front());
        tasks_.pop_front();
        lock.unlock();
        task();
        lock.lock();
      } else if (best != canvases_.end()) {
        render(lock, *best, Pass::better, stop);
      } else {
        changed_.wait(lock);
      }
    }
    while (!tasks_.empty()) {  // somebody waits for each
      const auto task = std::move(tasks_.front());
      tasks_.pop_front();
      lock.unlock();
      task();
      lock.lock();
    }
  }

  /// The lock is held before and after, not meanwhile. A copy of the pointer keeps a canvas that is removed meanwhile;
  /// the last copy ends the canvas's own threads, which may wait for the lock, and so goes while it is not held.
  void render(std::unique_lock<std::mutex>& lock, std::shared_ptr<Canvas> canvas, Pass pass,
              const std::stop_token& stop) {
    const EngineSettings settings = settings_;
    if (canvas->settings_version != settings_version_) {
      canvas->fast = nullptr;
      canvas->best = nullptr;
      canvas->settings_version = settings_version_;
    }
    if (pass != Pass::fast)  // only one picture keeps what full size takes
      for (const auto& other : canvases_)
        if (other != canvas) other->best = nullptr;
    lock.unlock();

    Rendition rendition;
    std::exception_ptr failure;
    const DocumentSnapshot snapshot = canvas->picture->snapshot();
    if (pass == Pass::best && snapshot.transient) pass = Pass::fast;  // a drag began meanwhile
    try {
      rendition = rendered(*canvas, settings, snapshot, pass, stop);
    } catch (const Cancelled&) {
      canvas.reset();
      lock.lock();
      return;
    } catch (...) {
      failure = std::current_exception();
    }

    lock.lock();
    if (failure) {
      canvas->failure = failure;
      canvas->failed_version = snapshot.version;
    } else {
      canvas->newest = std::move(rendition);
    }
    changed_.notify_all();
    lock.unlock();
    canvas.reset();
    lock.lock();
  }

  Rendition rendered(Canvas& canvas, const EngineSettings& settings, const DocumentSnapshot& snapshot, Pass pass,
                     const std::stop_token& stop) {
    const Clock::time_point start = Clock::now();
    const PictureSession& picture = *canvas.picture;
    const bool small = picture.preview() == picture.original();
    const Quality quality = pass == Pass::fast ? Quality::fast : Quality::best;
    std::unique_ptr<PictureRenderer>& renderer = quality == Quality::fast ? canvas.fast : canvas.best;
    if (!renderer)
      renderer = std::make_unique<PictureRenderer>(make_colorizer_(settings, quality), picture.original(),
                                                   quality == Quality::fast ? picture.preview() : picture.original(),
                                                   picture.masks(), threads_);
    picture.masks()->keep_only(snapshot.document);
    ProgressCallback progress;
    if (pass == Pass::better)
      progress = [&](const Progress&) {
        const std::lock_guard lock(mutex_);
        return !stop.stop_requested() && tasks_.empty() &&
               std::ranges::none_of(canvases_, [](const auto& other) { return needs_fast(*other); });
      };
    const std::shared_ptr<const Image> image = renderer->render(snapshot.document, progress);

    Rendition rendition{snapshot.version, quality, image, nullptr, 0};
    if (quality == Quality::best) {
      rendition.full = image;
      if (!small)
        rendition.preview = std::make_shared<const Image>(
            converted(resize_pillow_bilinear(*image, picture.preview()->width(), picture.preview()->height()),
                      image->channels(), 8));
    }
    rendition.milliseconds = std::chrono::duration<double, std::milli>(Clock::now() - start).count();
    return rendition;
  }

  MakeColorizer make_colorizer_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  EngineSettings settings_;
  int settings_version_ = 0, threads_;
  bool ending_ = false;
  std::vector<std::shared_ptr<Canvas>> canvases_;
  std::deque<std::function<void()>> tasks_;
  std::jthread thread_;
};

}  // namespace icolorit::studio
