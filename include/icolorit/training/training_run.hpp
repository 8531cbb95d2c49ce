// A training from its first or next step to its end, in a folder that holds all that it leaves behind. Link
// icolorit::image_io.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "icolorit/image/fast_color.hpp"
#include "icolorit/io/svg_plot.hpp"
#include "icolorit/training/event_log.hpp"
#include "icolorit/training/trainer.hpp"
#include "icolorit/training/validation.hpp"

namespace icolorit {

struct TrainingRunOptions {
  /// Must exist. The run writes
  ///   checkpoint.safetensors    after every epoch, every checkpoint_every steps and when stopped: to go on from
  ///   weights.safetensors       after every epoch: the network, for everybody else
  ///   best.safetensors          the network of the epoch with the best validation, by the mean PSNR over the counts of
  ///                             hints; the one that the training began with until an epoch is better, where
  ///                             score_start is set
  ///   weights-NNNN.safetensors  the same after every keep_every epochs, kept
  ///   adapter/, best-adapter/   where an adapter is trained: that of the weights of the same name, in PEFT's files
  ///   log.txt                   a JSON object for each epoch, counted from 1; the scores before the first step under 0
  ///   validation.svg            the scores over the epochs, as curves
  ///   events.out.tfevents.*     scalars and pictures for TensorBoard
  std::filesystem::path folder;
  Index checkpoint_every = 0;    ///< steps; 0: after epochs only
  Index keep_every = 5;          ///< epochs; 0: none is kept
  Index patience = 0;            ///< epochs in a row without a better validation after which it ends; 0: none do
  Index pictures = 4;            ///< validation pictures in the event file
  bool score_baseline = true;    ///< the grey pictures and the optimisation are scored once, see ReferenceScores
  bool score_start = false;      ///< so is the network before the first step; for networks that were trained before
  ValidationOptions validation;  ///< of the first kind of hints in `counts` that is not below 10 the pictures are shown
};

/// Any may be empty. They run on the thread that trains.
struct TrainingCallbacks {
  std::function<bool(const StepReport&)> step;  ///< false: save and stop
  std::function<void(const EpochRecord&)> epoch;
  std::function<void(const ReferenceScores&)> reference;  ///< once, when they are known; also in a run that goes on
  ProgressCallback validation;                            ///< false: save and stop
};

enum class TrainingOutcome { finished, stopped };

// Where a training in `folder` keeps networks, see TrainingRunOptions::folder.
inline std::filesystem::path checkpoint_path(const std::filesystem::path& folder) {
  return folder / "checkpoint.safetensors";
}
inline std::filesystem::path weights_path(const std::filesystem::path& folder) {
  return folder / "weights.safetensors";
}
inline std::filesystem::path best_weights_path(const std::filesystem::path& folder) {
  return folder / "best.safetensors";
}
/// Where one is trained, the adapter beside weights_path and beside best_weights_path.
inline std::filesystem::path adapter_path(const std::filesystem::path& folder) { return folder / "adapter"; }
inline std::filesystem::path best_adapter_path(const std::filesystem::path& folder) { return folder / "best-adapter"; }
/// After so many epochs.
inline std::filesystem::path kept_weights_path(const std::filesystem::path& folder, Index epochs) {
  const std::string number = concat(epochs);
  return folder /
         concat("weights-", std::string(number.size() < 4 ? 4 - number.size() : 0, '0'), number, ".safetensors");
}

/// A picture as the network gets it, without hints, what it made of it, and the truth, side by side.
inline Image comparison(const Image& truth, const Image& result) {
  const Index h = truth.height(), w = truth.width();
  Buffer<float> lab(3 * h * w);
  image_to_lab(lab.view(3, h, w), truth);
  std::fill_n(lab.data() + h * w, 2 * h * w, 0.f);
  Image grey(w, h, 3, 8);
  lab_to_image(grey, std::as_const(lab).view(3, h, w));
  const Image* parts[] = {&grey, &result, &truth};
  Image strip(3 * w, h, 3, 8);
  const auto to = strip.samples<std::uint8_t>();  // (h,3w,3)
  for (Index i = 0; i < 3; ++i) {
    const auto from = parts[i]->samples<std::uint8_t>();
    for (Index y = 0; y < h; ++y) std::copy_n(&from(y, 0, 0), 3 * w, &to(y, i * w, 0));
  }
  return strip;
}

/// Runs a training to its end or until a callback stops it. Whatever stops it otherwise, even the end of the process,
/// costs no more than the steps since the last checkpoint. `validation` may be null. `make_context` makes what the
/// validation runs on. Of several ranks the first validates and writes while the others wait; any rank's callback stops
/// all of them after the same step. Throws FileError where a file cannot be written (older files stay), ArgumentError
/// where a training that goes on was scored on other pictures or hints, and what the trainer throws.
/// Thread-safety: one thread at a time.
template <class B, Dataset D, class L, class T, Dataset V>
class TrainingRun {
 public:
  TrainingRun(
      Trainer<B, D, L, T>& trainer, const V* validation, TrainingRunOptions options, TrainingCallbacks callbacks = {},
      std::function<typename B::Context()> make_context = [] { return typename B::Context(); })
      : trainer_(trainer),
        validation_(validation),
        options_(std::move(options)),
        callbacks_(std::move(callbacks)),
        make_context_(std::move(make_context)) {
    if (is_first()) events_.emplace(options_.folder);
  }

  TrainingOutcome run() {
    const bool goes_on = on_first_rank([&] {
      write_log();
      if (validation_ != nullptr) score_references();
    });
    if (!goes_on) return stop();
    for (;;) {
      if (trainer_.state().epoch_is_due()) {
        if (!finish_epoch()) return stop();
      } else if (std::ssize(trainer_.state().history) == trainer_.config().epochs || has_lost_patience()) {
        return TrainingOutcome::finished;
      } else if (!step()) {
        return stop();
      }
    }
  }

  /// Validation pictures that could not be read.
  const SkipReport& skipped_pictures() const { return skipped_; }

 private:
  bool is_first() const { return trainer_.communicator().rank() == 0; }

  /// f() on the first rank. Whether it was not cancelled, told to all ranks.
  template <class F>
  bool on_first_rank(F&& f) {
    bool done = true;
    try {
      if (is_first()) f();
    } catch (const Cancelled&) {
      done = false;
    }
    const Unhurried unhurried(trainer_.communicator());
    return trainer_.communicator().all(done);
  }

  /// Told to all ranks, of which only the first knows the scores.
  bool has_lost_patience() {
    const TrainingState& state = trainer_.state();
    if (options_.patience == 0 || state.next.step > 0 || state.history.empty()) return false;
    const auto best = is_first() ? state.best() : std::nullopt;
    const bool goes_on = !best || std::ssize(state.history) - best->epochs < options_.patience;
    return !trainer_.communicator().all(goes_on);
  }

  bool step() {
    const StepReport report = trainer_.step();
    const Index number = report.position.epoch * trainer_.steps_per_epoch() + report.position.step;
    if (is_first()) {
      events_->scalar("train/loss", number, report.loss);
      events_->scalar("train/gradient_norm", number, report.gradient_norm);
      events_->scalar("train/lr", number, report.rate);
    }
    const bool go_on = trainer_.communicator().all(!callbacks_.step || callbacks_.step(report));
    if (is_first() && go_on && options_.checkpoint_every > 0 && (number + 1) % options_.checkpoint_every == 0)
      write_checkpoint();
    return go_on;
  }

  TrainingOutcome stop() {
    if (is_first()) write_checkpoint();
    return TrainingOutcome::stopped;
  }

  /// What is known from before is not computed again.
  void score_references() {
    const IColoriTConfig& network = trainer_.config().network;
    const std::string key = validation_key(*validation_, options_.validation, network.size);
    if (trainer_.state().is_scored_otherwise(key))
      throw ArgumentError(concat("TrainingRun: the training was scored on ", trainer_.state().reference.of,
                                 ", which scores on ", key,
                                 " cannot be compared with: give the same pictures and hints"));
    ReferenceScores reference = trainer_.state().reference;
    if (reference.of != key) {
      reference = {key, {}, {}};
      trainer_.keep_reference(reference);
    }
    if (options_.score_baseline && reference.baseline.empty()) {
      reference.baseline =
          baseline_scores(*validation_, options_.validation, network.size, skipped_, callbacks_.validation);
      trainer_.keep_reference(reference);
    }
    const bool before_first_step = trainer_.state().next == LoaderPosition{};
    if (options_.score_start && before_first_step && reference.start.empty()) {
      const TensorFile weights = trainer_.weights();
      reference.start = score(weights, 0);
      for (const ValidationScore& result : reference.start)
        events_->scalar(concat("val/psnr@", result.hints), 0, result.psnr);
      write_weights(weights, best_weights_path(options_.folder));
      trainer_.keep_reference(reference);
      write_log();
    }
    if (callbacks_.reference) callbacks_.reference(reference);
  }

  bool finish_epoch() {
    TensorFile weights;
    std::vector<ValidationScore> scores;
    const bool goes_on = on_first_rank([&] {
      weights = trainer_.weights();
      if (validation_ != nullptr) scores = score(weights, trainer_.state().next.epoch);
    });
    if (!goes_on) return false;
    trainer_.complete_epoch(std::move(scores));
    if (!is_first()) return true;
    const EpochRecord& record = trainer_.state().history.back();
    for (const ValidationScore& result : record.scores)
      events_->scalar(concat("val/psnr@", result.hints), record.epoch + 1, result.psnr);

    // The checkpoint is last: where it says that an epoch is complete, all else is there.
    write_weights(weights, weights_path(options_.folder));
    const auto best = trainer_.state().best();
    if (best && best->epochs == record.epoch + 1) write_weights(weights, best_weights_path(options_.folder));
    if (const LoraConfig& lora = trainer_.config().lora; !lora.empty()) {
      const TensorFile adapter = trainer_.adapter();
      write_adapter_folder(adapter, adapter_path(options_.folder));
      if (best && best->epochs == record.epoch + 1) write_adapter_folder(adapter, best_adapter_path(options_.folder));
    }
    if (options_.keep_every > 0 && (record.epoch + 1) % options_.keep_every == 0)
      write_weights(weights, kept_weights_path(options_.folder, record.epoch + 1));
    write_checkpoint();
    if (callbacks_.epoch) callbacks_.epoch(record);
    return true;
  }

  std::vector<ValidationScore> score(const TensorFile& weights, Index epochs) {
    const std::vector<Index>& counts = options_.validation.counts;
    const auto shown = std::ranges::find_if(counts, [](Index count) { return count >= 10; });
    const Index shown_hints = shown != counts.end() ? *shown : counts.empty() ? 0 : counts.back();
    const auto show = [&](Index i, Index hints, const Image& truth, const Image& result) {
      if (i < options_.pictures && hints == shown_hints)
        events_->picture(concat("val/", i, " with ", hints, " hints"), epochs, comparison(truth, result));
    };
    const auto model = std::make_shared<const Model<B, T>>(weights, ModelOptions{.config = trainer_.config().network},
                                                           make_context_());
    return validate<B, T>(model, *validation_, options_.validation, skipped_, show, callbacks_.validation,
                          make_context_());
  }

  static void write_weights(const TensorFile& weights, const std::filesystem::path& path) {
    write_safetensors(path, weights.tensors, weights.metadata);
  }

  void write_adapter_folder(const TensorFile& adapter, const std::filesystem::path& folder) const {
    std::filesystem::create_directories(folder);
    write_adapter(folder, adapter.tensors, trainer_.config().lora);
  }

  void write_checkpoint() {
    const TensorFile file = trainer_.checkpoint();
    write_safetensors(checkpoint_path(options_.folder), file.tensors, file.metadata);
    write_log();
    events_->flush();
  }

  // The whole log from the history that checkpoints carry, so that no epoch is lost or told twice.
  void write_log() const {
    const TrainingState& state = trainer_.state();
    std::string text;
    Plot plot{
        .title = "PSNR on the validation pictures", .x_label = "epoch", .y_label = "dB", .series = {}, .min_span = .5};
    const auto add = [&](Index epochs, const std::vector<ValidationScore>& scores) {
      plot.series.resize(std::max(plot.series.size(), scores.size()));
      for (std::size_t i = 0; i < scores.size(); ++i) {
        plot.series[i].name = concat(scores[i].hints, scores[i].hints == 1 ? " hint" : " hints");
        plot.series[i].points.emplace_back(epochs, scores[i].psnr);
      }
    };
    if (!state.reference.start.empty()) {
      json::Value line{{"epoch", 0}};
      line.update(describe(state.reference.start));
      text += json::write(line) + "\n";
    }
    add(0, state.reference.start);
    for (const EpochRecord& record : state.history) {
      text += json::write(describe(record, record.epoch + 1)) + "\n";
      add(record.epoch + 1, record.scores);
    }
    write_file(options_.folder / "log.txt", text);
    if (!plot.series.empty()) write_svg(options_.folder / "validation.svg", plot);
  }

  Trainer<B, D, L, T>& trainer_;
  const V* validation_;
  TrainingRunOptions options_;
  TrainingCallbacks callbacks_;
  std::function<typename B::Context()> make_context_;
  std::optional<EventLog> events_;  // of the first rank
  SkipReport skipped_;
};

}  // namespace icolorit
