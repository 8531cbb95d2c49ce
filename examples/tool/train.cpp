// icolorit train: the published recipe, or a part of it, from one command.
#include <algorithm>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <variant>
#include <vector>

#include "commands.hpp"
#include "icolorit/cpu/backend.hpp"
#include "icolorit/training/folder_dataset.hpp"
#include "icolorit/training/shard_dataset.hpp"
#include "icolorit/training/training_run.hpp"
#include "misuse.hpp"
#include "training_progress.hpp"

namespace icolorit::tool {

namespace {

/// Set by Ctrl-C: the step that runs is finished and saved. A second one ends the process at once.
std::atomic<bool> interrupted = false;
static_assert(std::atomic<bool>::is_always_lock_free);

void interrupt(int signal) {
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

/// The published number of epochs on ImageNet.
Index published_epochs(const std::string& variant) {
  return variant.find("base") != std::string::npos ? 1000 : variant.find("small") != std::string::npos ? 100 : 25;
}

struct Train {
  std::filesystem::path data, val, init;
  std::string model, head, loss = "huber", device = "cpu", precision = "f32";
  Index input_size = 0;
  std::vector<Index> num_hints{0, 128};
  std::vector<double> crop_area{.08, 1};
  std::vector<std::string> folder_weights;
  bool resume = false, no_average_hints = false, centre_mask = false;
  Index accumulate = 0;
  std::optional<double> final_decay;
  int threads = 0;
  TrainerConfig trainer;
  LoaderConfig loader;
  TrainingRunOptions run_options;

  void run() {
    complete();
    if (loss == "l1") return train(L1Loss{});
    if (loss == "l2") return train(L2Loss{});
    train(HuberLoss{});
  }

 private:
  /// Checks what the command line says and fills in what it leaves open.
  void complete() {
    complete_network();
    if (trainer.epochs == 0) trainer.epochs = published_epochs(model);
    trainer.warmup_epochs = std::min(trainer.warmup_epochs, trainer.epochs);
    trainer.final_decay = final_decay.value_or(trainer.decay);
    trainer.notes["loss"] = loss;
    if (accumulate == 0) {  // parts small enough for the memory of an ordinary machine
      constexpr Index pictures = 16;
      for (accumulate = 1; loader.batch / accumulate > pictures || loader.batch % accumulate != 0;) ++accumulate;
    }
    require(loader.batch % accumulate == 0, "--accumulate ", accumulate, " does not divide --batch ", loader.batch);
    trainer.parts = accumulate;
    from_command_line([&] {
      trainer.validate();
      return HintGrid(trainer.network.size, trainer.network.size, loader.hints.cell);
    });
    require(num_hints[0] <= num_hints[1], "--num-hints ", num_hints[0], " ", num_hints[1], ": give the smaller first");
    loader.hints.least = num_hints[0];
    loader.hints.most = num_hints[1];
    loader.augmentation.least_area = crop_area[0];
    loader.augmentation.most_area = crop_area[1];
    run_options.validation.cell = loader.hints.cell;
    if (threads == 0) threads = cpu::default_threads();
  }

  /// The variant that was named, or the network of the weights to begin with.
  void complete_network() {
    require(!model.empty() || !init.empty(), "give --model NAME, or --init FILE to train a network further");
    IColoriTConfig& network = trainer.network;
    if (model.empty()) {
      network = infer_config(read_weights(init));
    } else {
      network = from_command_line([&] { return ModelRegistry::published().find(model); });
      network.encoding = {.average = !no_average_hints, .centre_mask = centre_mask};
    }
    if (input_size > 0) network.size = input_size;
    if (!head.empty()) network.head = from_command_line([&] { return parse_stabilizer(head); });
  }

  FolderWeights parse_folder_weights() const {
    FolderWeights weights;
    for (const std::string& text : folder_weights) {
      const std::size_t equals = text.rfind('=');
      std::istringstream number(equals == std::string::npos ? "" : text.substr(equals + 1));
      double weight = 0;
      require(number >> weight && number.eof(), "--folder-weight ", text, ": expected FOLDER=NUMBER");
      weights[text.substr(0, equals)] = weight;
    }
    return weights;
  }

  template <class L>
  void train(L chosen_loss) {
    const Pictures pictures(data);
    const std::optional<Pictures> validation = val.empty() ? std::nullopt : std::optional<Pictures>(std::in_place, val);
    loader.weights = from_command_line([&] { return picture_weights(pictures, parse_folder_weights()); });
    std::filesystem::create_directories(run_options.folder);
    const std::filesystem::path checkpoint = checkpoint_path(run_options.folder);
    const bool goes_on = std::filesystem::exists(checkpoint);
    if (goes_on && !resume)
      throw FileError(concat("there is a training in ", run_options.folder,
                             " already: go on with --resume, or give --out another folder"));

    Trainer<CpuBackend, Pictures, L> training(pictures, trainer, loader, chosen_loss, CpuBackend::Context(threads));
    if (goes_on)
      restore(training, checkpoint);
    else if (!init.empty())
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
    TrainingRun<CpuBackend, Pictures, L, float, Pictures> run(training, validation ? &*validation : nullptr,
                                                              run_options, callbacks,
                                                              [this] { return CpuBackend::Context(threads); });
    const TrainingOutcome outcome = run.run();
    progress.clear();
    list_skipped(training.skipped_pictures(), "training");
    list_skipped(run.skipped_pictures(), "validation");
    if (outcome == TrainingOutcome::stopped)
      std::cout << "stopped after epoch " << training.state().next.epoch << ", step " << training.state().next.step
                << "; go on with --resume\n";
    else
      std::cout << "wrote " << (run_options.folder / "weights.safetensors").string() << '\n';
  }

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
    const TensorFile file = read_weights(init);
    try {
      training.set_parameters(adapted_parameters(file, training.config().network));
    } catch (const WeightsError& error) {
      throw WeightsError(concat("cannot begin with ", init, ": ", error.what()));
    }
  }

  template <class Training>
  void describe(const Training& training, Index pictures) const {
    const auto megabytes = [](Index bytes) { return (bytes + 500'000) / 1'000'000; };
    std::cout << (model.empty() ? init.string() : model) << ": "
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
    const std::filesystem::path path = run_options.folder / ("skipped-" + what + ".txt");
    std::string text;
    for (const SkippedPicture& picture : skipped.list()) text += concat(picture.name, ": ", picture.reason, '\n');
    write_file(path, text);
    std::cout << skipped.count() << ' ' << what << " pictures were skipped, see " << path.string() << '\n';
  }
};

}  // namespace

void add_train(CLI::App& app) {
  CLI::App& command = *app.add_subcommand("train", "Train a network, or fine-tune one, on a folder of pictures");
  const auto options = std::make_shared<Train>();
  TrainerConfig& trainer = options->trainer;
  LoaderConfig& loader = options->loader;
  TrainingRunOptions& run = options->run_options;
  trainer.epochs = 0;
  const auto number = [&](const char* name, auto& value, const char* help, auto least, auto most) {
    return command.add_option(name, value, help)->capture_default_str()->check(CLI::Range(least, most));
  };
  constexpr Index many = Index{1} << 30;

  command.add_option("--data", options->data, "Folder of pictures, nested or flat, or a file by icolorit pack")
      ->required();
  command.add_option("--val", options->val, "The same for validation after every epoch");
  command.add_option("--out", run.folder, "Folder for checkpoints, weights and logs; made where missing")->required();
  command.add_option("--model", options->model,
                     "Published variant, e.g. icolorit_tiny_4ch_patch16_224 [that of --init]");
  command.add_option("--head", options->head, "Local stabilizing layer: cnn, linear or locattn [cnn]");
  command.add_option("--init", options->init, "Fine-tune these weights, .pth or .safetensors, instead of random ones");
  command.add_flag("--resume", options->resume, "Go on from the checkpoint in --out; begin where there is none");
  command.add_option("--loss", options->loss, "huber (published), l1 or l2")
      ->capture_default_str()
      ->check(CLI::IsMember({"huber", "l1", "l2"}));
  command.add_option("--device", options->device, "Where to train")
      ->capture_default_str()
      ->check(CLI::IsMember({"cpu"}));
  command.add_option("--precision", options->precision, "Element type of the arithmetic")
      ->capture_default_str()
      ->check(CLI::IsMember({"f32"}));
  command
      .add_option("--input-size", options->input_size, "Side of the network's input in pixels [224, or as in --init]")
      ->check(CLI::Range(Index{1}, IColoriTConfig::max_size));
  command.add_flag("--no-avg-hint", options->no_average_hints, "Hints keep their pixels instead of their mean");
  command.add_flag("--mask-cent", options->centre_mask, "The hint channel is -0.5 and 0.5");

  number("--epochs", trainer.epochs, "Epochs; 0: as published for the variant", Index{0}, many);
  number("--batch", loader.batch, "Pictures a step", Index{1}, Index{1} << 16);
  number("--accumulate", options->accumulate, "Parts in which a batch is computed; 0: of at most 16 pictures", Index{0},
         Index{1} << 16);
  command.add_flag("--recompute", trainer.recompute, "Compute inner values twice instead of keeping them");
  number("--pictures-per-epoch", loader.pictures_per_epoch, "0: as many as there are", Index{0}, many);
  number("--lr", trainer.rate, "Learning rate after the warm-up", 1e-12, 1e3);
  number("--min-lr", trainer.final_rate, "Learning rate of the last step", 0., 1e3);
  number("--warmup-epochs", trainer.warmup_epochs, "Epochs of rising learning rate", Index{0}, many);
  number("--weight-decay", trainer.decay, "AdamW's weight decay", 0., 1e3);
  command.add_option("--weight-decay-end", options->final_decay, "Weight decay of the last step [--weight-decay]")
      ->check(CLI::Range(0., 1e3));
  number("--clip-grad", trainer.clip, "Longest gradient; 0: any", 0., 1e9);
  number("--drop-path", trainer.drop_path, "Share of branches dropped in the last block", 0., .99);
  number("--ema", trainer.average, "Decay of the weights' moving average, e.g. 0.9999; 0: none", 0., .999999999);
  number("--most-skipped", trainer.most_skipped, "Steps in a row whose loss is not finite before giving up", Index{0},
         many);
  number("--seed", loader.seed, "Of weights, pictures and hints", std::uint64_t{0}, std::uint64_t{1} << 62);

  command.add_option("--num-hints", options->num_hints, "Fewest and most hints of a picture")
      ->capture_default_str()
      ->expected(2)
      ->check(CLI::Range(Index{0}, many));
  number("--hint-size", loader.hints.cell, "Side of a hint in pixels", Index{1}, Index{4096});
  number("--hint-skew", loader.hints.skew, "1: all numbers of hints alike; more: fewer hints", 1e-3, 1e3);
  command.add_option("--crop-area", options->crop_area, "Least and most of a picture's area that a sample shows")
      ->capture_default_str()
      ->expected(2)
      ->check(CLI::Range(1e-6, 1.));
  number("--mirror", loader.augmentation.mirrored, "Share of mirrored pictures", 0., 1.);
  command.add_option("--folder-weight", options->folder_weights,
                     "FOLDER=NUMBER: how often its pictures are drawn, relative to others; may be repeated");

  command.add_option("--val-counts", run.validation.counts, "Numbers of hints in validation")
      ->capture_default_str()
      ->check(CLI::Range(Index{0}, many));
  number("--checkpoint-every", run.checkpoint_every, "Steps between checkpoints besides those after epochs; 0: none",
         Index{0}, many);
  number("--keep-every", run.keep_every, "Epochs between weights that are kept; 0: the last only", Index{0}, many);
  number("--threads", options->threads, "Threads that compute; 0: all processors", 0, 1024);
  number("--workers", loader.threads, "Threads that prepare pictures", Index{1}, Index{1024});
  command.callback([options] { options->run(); });
}

}  // namespace icolorit::tool
