#include "icolorit/compiled_training.hpp"

#include <algorithm>
#include <exception>
#include <memory>
#include <optional>
#include <system_error>

#include "icolorit/cpu/backend.hpp"
#include "icolorit/models/parse_config.hpp"
#include "icolorit/training/folder_dataset.hpp"
#include "icolorit/training/losses.hpp"
#include "icolorit/training/training_defaults.hpp"
#include "icolorit/training/training_run.hpp"

namespace icolorit {

namespace {

static_assert(OpensPictures<PictureSource>);

using CpuTrainer = Trainer<CpuBackend, PictureSource, HuberLoss>;

struct Settings {
  TrainerConfig trainer;
  LoaderConfig loader;
  ValidationOptions validation;
};

IColoriTConfig network_named(const std::string& name) {
  return name.find('=') != name.npos ? parse_config(name) : ModelRegistry::published().find(name);
}

void expect_positive_or_zero(const char* name, double value) {
  if (!(value >= 0)) throw ArgumentError(concat("train: ", name, " is ", value, ", expected 0 or more"));
}

/// What the caller leaves open is chosen for the number of pictures. `initial` may be null.
Settings settings_for(Index pictures, const CompiledTrainingOptions& options, const TensorFile* initial, int threads) {
  expect_positive_or_zero("epochs", static_cast<double>(options.epochs));
  expect_positive_or_zero("batch", static_cast<double>(options.batch));
  expect_positive_or_zero("rate", options.rate);
  expect_positive_or_zero("max_hints", static_cast<double>(options.max_hints));
  const TrainingDefaults defaults =
      initial != nullptr
          ? fine_tuning_defaults(pictures, options.epochs)
          : published_defaults(pictures, options.epochs > 0 ? options.epochs : published_epochs(options.network));
  Settings settings;
  TrainerConfig& trainer = settings.trainer;
  trainer.network = initial != nullptr ? infer_config(*initial) : network_named(options.network);
  trainer.epochs = defaults.epochs;
  trainer.warmup_epochs = defaults.warmup_epochs;
  trainer.rate = options.rate > 0 ? options.rate : defaults.rate;
  trainer.final_rate = std::min(defaults.final_rate, trainer.rate);
  trainer.notes["loss"] = "huber";  // as the tool notes it, which can go on with this training

  LoaderConfig& loader = settings.loader;
  loader.batch = options.batch > 0 ? options.batch : defaults.batch;
  if (loader.batch > pictures)
    throw ArgumentError(concat("train: a batch of ", loader.batch, " of only ", pictures, " pictures: give a batch of ",
                               pictures, " or less"));
  loader.seed = options.seed;
  const HintGrid grid(trainer.network.size, trainer.network.size, loader.hints.cell);
  loader.hints.most = std::min(options.max_hints > 0 ? options.max_hints : loader.hints.most, grid.cells());
  constexpr Index pictures_at_once = 16;  // for the memory of an ordinary machine
  while (loader.batch / trainer.parts > pictures_at_once || loader.batch % trainer.parts != 0) ++trainer.parts;

  settings.validation.counts = options.validation_hints;
  settings.validation.cell = loader.hints.cell;
  settings.validation.threads = threads;
  for (const Index count : options.validation_hints)
    if (count < 0 || count > grid.cells())
      throw ArgumentError(concat("train: ", count, " hints for validation, expected 0 to the ", grid.cells(),
                                 " cells of the network's input"));
  return settings;
}

/// The caller's functions as those of a run, which would lose steps if an exception left it.
class Watch {
 public:
  Watch(const CompiledTrainingOptions& options, Index steps) : options_(options), steps_(steps) {}

  TrainingCallbacks callbacks() {
    return {.step =
                [this](const StepReport& report) {
                  return kept([&] {
                    return !options_.on_step ||
                           options_.on_step({report.position.epoch + 1, report.position.step + 1, steps_, report.loss,
                                             report.gradient_norm, report.rate});
                  });
                },
            .epoch =
                [this](const EpochRecord& record) {
                  TrainingEpoch epoch{record.epoch + 1, record.loss, record.rate, record.seconds, {}};
                  for (const ValidationScore& score : record.scores) epoch.psnr.emplace_back(score.hints, score.psnr);
                  if (!options_.on_epoch || kept([&] { return options_.on_epoch(epoch); })) return;
                  throw Cancelled();  // the checkpoint of the epoch is written
                },
            .reference = {},
            .validation =
                [this](const Progress&) { return kept([&] { return !options_.goes_on || options_.goes_on(); }); }};
  }

  void rethrow() const {
    if (raised_) std::rethrow_exception(raised_);
  }

 private:
  template <class F>
  bool kept(F&& f) {
    try {
      return f();
    } catch (...) {
      raised_ = std::current_exception();
      return false;
    }
  }

  const CompiledTrainingOptions& options_;
  Index steps_;
  std::exception_ptr raised_;
};

}  // namespace

PictureSource pictures_in(const std::filesystem::path& folder) {
  const auto files = std::make_shared<const FolderDataset>(folder);
  return {files->size(), [files](Index i) { return files->open(i); }, [files](Index i) { return files->name(i); }};
}

bool train(const PictureSource& pictures, const CompiledTrainingOptions& options, const PictureSource* validation) {
  if (options.folder.empty()) throw ArgumentError("train: there is no folder to write the network to");
  if (options.threads < 0)
    throw ArgumentError(concat("train: ", options.threads, " threads asked for, expected 0 or more"));
  const int threads = options.threads > 0 ? options.threads : cpu::default_threads();
  std::optional<TensorFile> initial;
  if (!options.initial_weights.empty()) initial = read_weights(options.initial_weights);
  const Settings settings = settings_for(pictures.size(), options, initial ? &*initial : nullptr, threads);
  std::error_code error;
  std::filesystem::create_directories(options.folder, error);
  if (error) throw FileError(concat("train: cannot make the folder ", options.folder, ": ", error.message()));

  CpuTrainer trainer(pictures, settings.trainer, settings.loader, {}, CpuBackend::Context(threads));
  if (const auto checkpoint = checkpoint_path(options.folder); std::filesystem::exists(checkpoint))
    trainer.restore(read_safetensors(checkpoint));
  else if (initial)
    trainer.set_parameters(adapted_parameters(*initial, settings.trainer.network));

  Watch watch(options, trainer.steps_per_epoch());
  const TrainingRunOptions run{.folder = options.folder,
                               .score_baseline = false,
                               .score_start = initial.has_value(),
                               .validation = settings.validation};
  try {
    TrainingRun training(trainer, validation, run, watch.callbacks(), [&] { return CpuBackend::Context(threads); });
    const bool finished = training.run() == TrainingOutcome::finished;
    watch.rethrow();
    return finished;
  } catch (const Cancelled&) {
    watch.rethrow();
    return false;
  }
}

}  // namespace icolorit
