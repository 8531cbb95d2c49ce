// A training with any backend: what icolorit train does once its command line is understood.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "icolorit/training/training_run.hpp"
#include "interruption.hpp"
#include "misuse.hpp"
#include "named_loss.hpp"
#include "printable.hpp"
#include "stopped.hpp"
#include "training_pictures.hpp"
#include "training_progress.hpp"

namespace icolorit::tool {

/// What the command line says, complete and checked.
struct TrainingOptions {
  std::shared_ptr<const TrainingPictures> pictures;
  std::shared_ptr<const TrainingPictures> validation;  ///< null: there is none
  std::filesystem::path init;                          ///< weights to begin with; empty: random ones
  bool goes_on = false;                                ///< from the checkpoint in run.folder
  Index planned_epochs = 0;                            ///< what goes on was planned over
  std::string network;                                 ///< its name for messages
  std::string loss = "huber", precision = "f32";
  std::vector<std::string> notes;  ///< to be told before the first step
  std::shared_ptr<Communicator> ranks = std::make_shared<SingleRank>();
  TrainerConfig trainer;
  LoaderConfig loader;
  TrainingRunOptions run;
};

/// Trains on the backend B, whose numbers are T, in contexts that make_context makes.
template <class B, class T = float>
class TrainingCommand {
 public:
  TrainingCommand(TrainingOptions options, std::function<typename B::Context()> make_context)
      : options_(std::move(options)), make_context_(std::move(make_context)) {}

  /// Throws Stopped where a signal ended it.
  void run() {
    const TrainingPictures& pictures = *options_.pictures;
    Training training(pictures, options_.trainer, options_.loader, NamedLoss(options_.loss), make_context_(),
                      options_.ranks);
    if (options_.goes_on)
      restore(training);
    else if (!options_.init.empty())
      start_from_init(training);
    options_.ranks->all(true);  // until everybody has looked at the folder as it was
    if (is_first()) {
      std::filesystem::create_directories(options_.run.folder);
      describe(training, pictures.size());
    }

    catch_interruptions();
    TrainingProgress progress(training.config().epochs, training.steps_per_epoch(), training.batch());
    TrainingCallbacks callbacks;
    callbacks.step = [&](const StepReport& report) {
      if (is_first()) progress.show(report);
      return interrupted == 0;
    };
    callbacks.epoch = [&](const EpochRecord& record) {
      const auto best = training.state().best();
      progress.show(record, training.state().reference, best && best->epochs == record.epoch + 1);
    };
    callbacks.reference = [&](const ReferenceScores& reference) { progress.show(reference); };
    callbacks.validation = [&](const Progress& step) {
      progress.show(step);
      return interrupted == 0;
    };
    TrainingRun<B, TrainingPictures, NamedLoss, T, TrainingPictures> run(training, options_.validation.get(),
                                                                         options_.run, callbacks, make_context_);
    const TrainingOutcome outcome = run.run();
    const std::vector<SkippedPicture> skipped = skipped_on_all_ranks(*options_.ranks, training.skipped_pictures());
    if (is_first()) {
      progress.clear();
      list_skipped(skipped, "training");
      list_skipped(run.skipped_pictures().list(), "validation");
      outcome == TrainingOutcome::finished ? tell_results(training.state()) : tell_stop(training);
    }
    options_.ranks->all(true);  // a rank that ends because of a signal ends the others: not before all is written
    options_.ranks->finish();
    if (outcome == TrainingOutcome::stopped) throw Stopped{interrupted != 0 ? interrupted.load() : SIGTERM};
  }

 private:
  using Training = Trainer<B, TrainingPictures, NamedLoss, T>;

  bool is_first() const { return options_.ranks->rank() == 0; }

  void restore(Training& training) const {
    const std::filesystem::path checkpoint = checkpoint_path(options_.run.folder);
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

  void start_from_init(Training& training) const {
    const TensorFile file = read_weights(options_.init);
    try {
      training.set_parameters(adapted_parameters(file, training.config().network));
    } catch (const WeightsError& error) {
      throw WeightsError(concat("cannot begin with ", options_.init, ": ", error.what()));
    }
  }

  void describe(const Training& training, Index pictures) const {
    const auto megabytes = [](Index bytes) { return (bytes + 500'000) / 1'000'000; };
    const Index epochs = training.config().epochs, done = std::ssize(training.state().history);
    const bool has_steps_left = training.state().next.epoch < epochs;
    std::cout << options_.network << ": " << count_parameters<IColoriT>(training.config().network) << " parameters, "
              << counted(pictures, "picture") << ", " << counted(epochs, "epoch") << " of "
              << counted(training.steps_per_epoch(), "step") << " of " << counted(training.batch(), "picture") << " in "
              << counted(training.config().parts, "part");
    if (options_.ranks->size() > 1) std::cout << " on each of " << options_.ranks->size() << " ranks";
    std::cout << '\n';
    if (options_.ranks->size() > 1)
      std::cout << "to stop with a checkpoint: kill -TERM " << ::getpid()
                << " on the machine of the first rank; Ctrl-C, "
                   "which mpirun makes a kill after two seconds, may be quicker than a step\n";
    std::cout << "memory: " << megabytes(training.parameter_bytes()) << " MB for parameters and optimizer, "
              << megabytes(training.workspace_bytes()) << " MB for a pass, " << megabytes(training.loader_bytes())
              << " MB for the loader\n";
    for (const std::string& note : options_.notes) std::cout << note << '\n';
    if (options_.goes_on && done == epochs)
      std::cout << "all " << counted(epochs, "epoch") << (epochs == 1 ? " is" : " are") << " done: give --epochs "
                << 2 * epochs << ", say, to train further\n";
    else if (options_.goes_on && options_.planned_epochs != epochs && has_steps_left)
      std::cout << counted(epochs, "epoch") << " instead of " << options_.planned_epochs
                << ": the learning rate is planned anew over all of them and goes on at " << training.next_rate()
                << '\n';
    std::cout << std::flush;
  }

  void tell_results(const TrainingState& state) const {
    const std::filesystem::path& folder = options_.run.folder;
    const bool adapts = !options_.trainer.lora.empty();
    std::cout << "wrote " << weights_path(folder).string();
    if (adapts) std::cout << " and its adapter, " << adapter_path(folder).string();
    std::cout << '\n';
    if (std::ssize(state.history) < options_.trainer.epochs)
      std::cout << "ended after epoch " << state.history.size() << ": none of the last " << options_.run.patience
                << " was better; --patience 0 goes on\n";
    const auto best = state.best();
    if (!best) return;
    std::cout << best_weights_path(folder).string() << " is the network ";
    if (best->epochs == 0)
      std::cout << "that the training began with: no epoch had a better mean PSNR"
                << (adapts ? ", and there is no best adapter\n" : "\n");
    else
      std::cout << "of epoch " << best->epochs << ", the best by its mean PSNR\n";
    if (adapts && best->epochs > 0) std::cout << best_adapter_path(folder).string() << " is its adapter\n";
  }

  void tell_stop(const Training& training) const {
    const auto [epoch, step] = training.state().next;  // of the next step
    std::cout << "stopped ";
    if (epoch == 0 && step == 0)
      std::cout << "before the first step";
    else if (step == 0)
      std::cout << "after epoch " << epoch << ", step " << training.steps_per_epoch();
    else
      std::cout << "after epoch " << epoch + 1 << ", step " << step;
    const std::filesystem::path& folder = options_.run.folder;
    std::cout << "; go on with --resume --out " << folder.string() << '\n';
    if (training.state().history.empty())
      std::cout << "until an epoch is complete, " << checkpoint_path(folder).string() << " serves as --weights, too\n";
    std::cout << std::flush;
  }

  /// Into a file, and the first three by name.
  void list_skipped(const std::vector<SkippedPicture>& skipped, const std::string& what) const {
    if (skipped.empty()) return;
    const std::filesystem::path path = options_.run.folder / ("skipped-" + what + ".txt");
    std::string text, names;
    Index named = 0;
    for (const SkippedPicture& picture : skipped) {
      text += concat(picture.name, ": ", picture.reason, '\n');
      if (++named <= 3) names += concat(named == 1 ? "" : ", ", printable(picture.name));
    }
    if (named > 3) names += concat(" and ", named - 3, " more");
    write_file(path, text);
    std::cout << counted(named, what + " picture") << (named == 1 ? " was" : " were") << " skipped, see "
              << path.string() << ": " << names << '\n';
  }

  TrainingOptions options_;
  std::function<typename B::Context()> make_context_;
};

}  // namespace icolorit::tool
