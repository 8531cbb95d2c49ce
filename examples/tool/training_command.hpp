// A training with any backend: what icolorit train does once its command line is understood.
#pragma once

#include <atomic>
#include <csignal>
#include <filesystem>
#include <functional>
#include <iostream>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "icolorit/training/folder_dataset.hpp"
#include "icolorit/training/shard_dataset.hpp"
#include "icolorit/training/training_run.hpp"
#include "misuse.hpp"
#include "training_progress.hpp"

namespace icolorit::tool {

/// What the command line says, complete.
struct TrainingOptions {
  std::filesystem::path data, val, init;
  std::string model, loss = "huber", precision = "f32";
  bool resume = false;
  FolderWeights folder_weights;
  TrainerConfig trainer;
  LoaderConfig loader;
  TrainingRunOptions run;
};

/// Set by Ctrl-C: the step that runs is finished and saved. A second one ends the process at once.
inline std::atomic<bool> interrupted = false;
static_assert(std::atomic<bool>::is_always_lock_free);

inline void interrupt(int signal) {
  interrupted = true;
  std::signal(signal, SIG_DFL);
}

/// A folder of pictures, or a file that `icolorit pack` wrote.
class Pictures {
 public:
  explicit Pictures(const std::filesystem::path& path) : pictures_(open(path)) {}

  Index size() const {
    return std::visit([](const auto& pictures) { return pictures.size(); }, pictures_);
  }
  Image load(Index i) const {
    return std::visit([&](const auto& pictures) { return pictures.load(i); }, pictures_);
  }
  Image load_reduced(Index i, const LeastScale& least_scale) const {
    return std::visit([&](const auto& pictures) { return pictures.load_reduced(i, least_scale); }, pictures_);
  }
  std::string name(Index i) const {
    return std::visit([&](const auto& pictures) { return pictures.name(i); }, pictures_);
  }

 private:
  using Either = std::variant<FolderDataset, ShardDataset>;
  static Either open(const std::filesystem::path& path) {
    std::error_code error;
    if (std::filesystem::is_regular_file(path, error)) return Either(std::in_place_type<ShardDataset>, path);
    return Either(std::in_place_type<FolderDataset>, path);
  }

  Either pictures_;
};
static_assert(LoadsReduced<Pictures>);

/// One of the library's losses, chosen when the program runs: one training to compile instead of three.
class NamedLoss {
 public:
  explicit NamedLoss(const std::string& name)
      : kind_(name == "l1"   ? Kind::l1
              : name == "l2" ? Kind::l2
                             : Kind::huber) {}

  template <class T>
  ICOLORIT_HOST_DEVICE T value(T difference) const {
    return visit([&](const auto& loss) { return loss.value(difference); });
  }
  template <class T>
  ICOLORIT_HOST_DEVICE T derivative(T difference) const {
    return visit([&](const auto& loss) { return loss.derivative(difference); });
  }

 private:
  enum class Kind { l1, l2, huber };

  template <class F>
  ICOLORIT_HOST_DEVICE auto visit(const F& f) const {
    switch (kind_) {
      case Kind::l1: return f(L1Loss{});
      case Kind::l2: return f(L2Loss{});
      default: return f(HuberLoss{});
    }
  }

  Kind kind_;
};

/// Trains on the backend B, whose numbers are T, in contexts that make_context makes.
template <class B, class T = float>
class TrainingCommand {
 public:
  TrainingCommand(TrainingOptions options, std::function<typename B::Context()> make_context)
      : options_(std::move(options)), make_context_(std::move(make_context)) {}

  void run() {
    const Pictures pictures(options_.data);
    const std::optional<Pictures> validation =
        options_.val.empty() ? std::nullopt : std::optional<Pictures>(std::in_place, options_.val);
    options_.loader.weights = from_command_line([&] { return picture_weights(pictures, options_.folder_weights); });
    std::filesystem::create_directories(options_.run.folder);
    const std::filesystem::path checkpoint = checkpoint_path(options_.run.folder);
    const bool goes_on = std::filesystem::exists(checkpoint);
    if (goes_on && !options_.resume)
      throw FileError(concat("there is a training in ", options_.run.folder,
                             " already: go on with --resume, or give --out another folder"));

    Trainer<B, Pictures, NamedLoss, T> training(pictures, options_.trainer, options_.loader, NamedLoss(options_.loss),
                                                make_context_());
    if (goes_on)
      restore(training, checkpoint);
    else if (!options_.init.empty())
      start_from_init(training);
    describe(training, pictures.size());

    std::signal(SIGINT, interrupt);
    std::signal(SIGTERM, interrupt);
    TrainingProgress progress(training.config().epochs, training.steps_per_epoch(), training.batch());
    TrainingCallbacks callbacks;
    callbacks.step = [&](const StepReport& report) {
      progress.show(report);
      return !interrupted;
    };
    callbacks.epoch = [&](const EpochRecord& record) { progress.show(record); };
    callbacks.validation = [&](const Progress& step) {
      progress.show(step);
      return !interrupted;
    };
    TrainingRun<B, Pictures, NamedLoss, T, Pictures> run(training, validation ? &*validation : nullptr, options_.run,
                                                         callbacks, make_context_);
    const TrainingOutcome outcome = run.run();
    progress.clear();
    list_skipped(training.skipped_pictures(), "training");
    list_skipped(run.skipped_pictures(), "validation");
    if (outcome == TrainingOutcome::stopped)
      std::cout << "stopped after epoch " << training.state().next.epoch << ", step " << training.state().next.step
                << "; go on with --resume\n";
    else
      std::cout << "wrote " << (options_.run.folder / "weights.safetensors").string() << '\n';
  }

 private:
  template <class Training>
  void restore(Training& training, const std::filesystem::path& checkpoint) const {
    const TensorFile file = read_safetensors(checkpoint);
    try {
      training.restore(file);
    } catch (const ArgumentError& error) {
      throw Misuse(concat("cannot go on from ", checkpoint, ": ", error.what()));
    } catch (const WeightsError& error) {
      throw WeightsError(concat("cannot go on from ", checkpoint, ": ", error.what()));
    } catch (const FormatError& error) {
      throw FormatError(concat("cannot go on from ", checkpoint, ": ", error.what()));
    }
  }

  template <class Training>
  void start_from_init(Training& training) const {
    const TensorFile file = read_weights(options_.init);
    try {
      training.set_parameters(adapted_parameters(file, training.config().network));
    } catch (const WeightsError& error) {
      throw WeightsError(concat("cannot begin with ", options_.init, ": ", error.what()));
    }
  }

  template <class Training>
  void describe(const Training& training, Index pictures) const {
    const auto megabytes = [](Index bytes) { return (bytes + 500'000) / 1'000'000; };
    std::cout << (options_.model.empty() ? options_.init.string() : options_.model) << ": "
              << count_parameters<IColoriT>(training.config().network) << " parameters, " << pictures << " pictures, "
              << training.config().epochs << " epochs of " << training.steps_per_epoch() << " steps of "
              << training.batch() << " pictures in " << training.config().parts << " parts\n"
              << "memory: " << megabytes(training.parameter_bytes()) << " MB for parameters and optimizer, "
              << megabytes(training.workspace_bytes()) << " MB for a pass, " << megabytes(training.loader_bytes())
              << " MB for the loader\n"
              << std::flush;
  }

  void list_skipped(const SkipReport& skipped, const std::string& what) const {
    if (skipped.count() == 0) return;
    const std::filesystem::path path = options_.run.folder / ("skipped-" + what + ".txt");
    std::string text;
    for (const SkippedPicture& picture : skipped.list()) text += concat(picture.name, ": ", picture.reason, '\n');
    write_file(path, text);
    std::cout << skipped.count() << ' ' << what << " pictures were skipped, see " << path.string() << '\n';
  }

  TrainingOptions options_;
  std::function<typename B::Context()> make_context_;
};

}  // namespace icolorit::tool
