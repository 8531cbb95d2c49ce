// A training in its folder: what it leaves behind, and what stopping costs.
#include "icolorit/training/training_run.hpp"

#include "icolorit/cpu/backend.hpp"
#include "icolorit/io/image_file.hpp"
#include "icolorit/training/losses.hpp"
#include "support/catch.hpp"
#include "support/pictures.hpp"

using namespace icolorit;
using namespace icolorit::test;

namespace {

struct Gradients {
  Index size() const { return 6; }
  std::string name(Index i) const { return concat("nested/", i, ".png"); }
  Image load(Index i) const {
    if (i == 5) throw FormatError("broken on purpose");
    return gradient_picture(40, 30, static_cast<std::uint64_t>(i));
  }
};

const Gradients pictures;
using SmallTrainer = Trainer<CpuBackend, Gradients, HuberLoss>;
using SmallRun = TrainingRun<CpuBackend, Gradients, HuberLoss, float, Gradients>;

TrainerConfig whole_config() {
  TrainerConfig config;
  config.network = {.dim = 16, .heads = 1, .patch = 8, .size = 16, .depth = 2};
  config.epochs = 4;
  config.warmup_epochs = 1;
  return config;
}

LoaderConfig whole_loader() {
  LoaderConfig loader;
  loader.batch = 2;
  loader.hints = {.most = 10};
  return loader;
}

SmallTrainer make_trainer() {
  return SmallTrainer(pictures, whole_config(), whole_loader(), {}, CpuBackend::Context(1));
}

TrainingRunOptions in(const TemporaryFolder& folder) {
  TrainingRunOptions options;
  options.folder = folder.path();
  options.keep_every = 2;
  options.validation.counts = {1, 10, 20};
  options.validation.batch = 2;
  return options;
}

std::vector<std::byte> tensors_of(const std::filesystem::path& path) {
  return format_safetensors(read_safetensors(path).tensors);
}

std::string text_of(const std::filesystem::path& path) {
  const std::vector<std::byte> bytes = read_file(path);
  return std::string(as_text(bytes));
}

}  // namespace

TEST_CASE("a run leaves weights, checkpoints, a log, a plot and events", "[training]") {
  const TemporaryFolder folder;
  SmallTrainer trainer = make_trainer();
  std::vector<Index> steps, epochs;
  TrainingCallbacks callbacks;
  callbacks.step = [&](const StepReport& report) {
    steps.push_back(report.position.epoch * 3 + report.position.step);
    return true;
  };
  callbacks.epoch = [&](const EpochRecord& record) {
    epochs.push_back(record.epoch);
    CHECK(record.scores.size() == 3);
    CHECK(record.loss > 0);
    CHECK(record.seconds > 0);
  };
  SmallRun run(trainer, &pictures, in(folder), callbacks);
  CHECK(run.run() == TrainingOutcome::finished);
  CHECK(steps == std::vector<Index>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
  CHECK(epochs == std::vector<Index>{0, 1, 2, 3});
  CHECK(run.skipped_pictures().count() == 1);
  CHECK(trainer.skipped_pictures().count() == 1);

  for (const char* name : {"weights-0002.safetensors", "weights-0004.safetensors"})
    CHECK(std::filesystem::exists(folder / name));
  CHECK(!std::filesystem::exists(folder / "weights-0003.safetensors"));
  const TensorFile weights = read_safetensors(folder / "weights.safetensors");
  CHECK(infer_config(weights) == trainer.config().network);
  CHECK(self_check_error(parse_self_check(weights.metadata.at("icolorit.selfcheck")),
                         self_check_sample(std::make_shared<const Model<CpuBackend>>(weights))) == 0);

  const std::string log = text_of(folder / "log.txt");
  CHECK(std::ranges::count(log, '\n') == 4);
  CHECK_THAT(log, ContainsSubstring("\"epoch\":1,") && ContainsSubstring("\"epoch\":4,") &&
                      !ContainsSubstring("\"epoch\":0,"));
  CHECK_THAT(log, ContainsSubstring("\"val_psnr@20\":"));
  CHECK_THAT(text_of(folder / "validation.svg"), ContainsSubstring("10 hints"));
  for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
    if (entry.path().filename().string().starts_with("events.")) {
      const std::string events = text_of(entry.path());
      CHECK_THAT(events, ContainsSubstring("train/loss") && ContainsSubstring("val/psnr@1"));
      CHECK_THAT(events, ContainsSubstring("val/3 with 10 hints") && !ContainsSubstring("val/4 with"));
    }

  // Another run of a finished training does nothing.
  SmallTrainer again = make_trainer();
  again.restore(read_safetensors(checkpoint_path(folder.path())));
  steps.clear();
  CHECK(SmallRun(again, &pictures, in(folder), callbacks).run() == TrainingOutcome::finished);
  CHECK(steps.empty());
}

TEST_CASE("a run that is stopped anywhere, between steps or in a validation, goes on as if it had not been",
          "[training]") {
  const TemporaryFolder straight_folder, folder;
  SmallTrainer straight = make_trainer();
  SmallRun(straight, &pictures, in(straight_folder)).run();

  Index calls = 0, stops = 0;
  for (TrainingOutcome outcome = TrainingOutcome::stopped; outcome == TrainingOutcome::stopped;) {
    SmallTrainer trainer = make_trainer();
    if (std::filesystem::exists(checkpoint_path(folder.path())))
      trainer.restore(read_safetensors(checkpoint_path(folder.path())));
    TrainingCallbacks callbacks;
    Random random(static_cast<std::uint64_t>(stops));
    // Both kinds of moments; each run makes at least one step or one whole validation first.
    Index left = 2 + random.below(9);
    callbacks.step = [&](const StepReport&) { return ++calls, --left > 0; };
    callbacks.validation = [&](const Progress&) { return ++calls, --left > 0; };
    outcome = SmallRun(trainer, &pictures, in(folder), callbacks).run();
    REQUIRE(++stops < 1000);
  }
  CHECK(stops > 3);
  CHECK(calls > 12);
  CHECK(tensors_of(checkpoint_path(folder.path())) == tensors_of(checkpoint_path(straight_folder.path())));
  CHECK(tensors_of(folder / "weights.safetensors") == tensors_of(straight_folder / "weights.safetensors"));
  CHECK(std::ranges::count(text_of(folder / "log.txt"), '\n') == 4);
}

TEST_CASE("what the scores are compared with is computed once, kept in checkpoints and told to every run",
          "[training]") {
  const TemporaryFolder folder;
  TrainingRunOptions options = in(folder);
  options.score_start = true;
  std::vector<std::string> stages;
  std::vector<ReferenceScores> told;
  TrainingCallbacks callbacks;
  callbacks.validation = [&](const Progress& progress) {
    if (stages.empty() || stages.back() != progress.stage) stages.emplace_back(progress.stage);
    return true;
  };
  callbacks.reference = [&](const ReferenceScores& reference) { told.push_back(reference); };
  callbacks.step = [](const StepReport&) { return false; };
  SmallTrainer trainer = make_trainer();
  CHECK(SmallRun(trainer, &pictures, options, callbacks).run() == TrainingOutcome::stopped);
  CHECK(stages == std::vector<std::string>{"scoring the optimisation", "validation"});

  stages.clear();
  callbacks.step = {};
  SmallTrainer again = make_trainer();
  again.restore(read_safetensors(checkpoint_path(folder.path())));
  CHECK(SmallRun(again, &pictures, options, callbacks).run() == TrainingOutcome::finished);
  CHECK(stages == std::vector<std::string>{"validation"});  // of the epochs
  REQUIRE(told.size() == 2);
  for (const ReferenceScores& reference : told) {
    REQUIRE(reference.baseline.size() == 4);  // grey, and the optimisation at 1, 10 and 20 hints
    CHECK(reference.baseline[0].hints == 0);
    CHECK(reference.baseline[2].psnr > reference.baseline[0].psnr);
    CHECK(reference.start.size() == 3);
    CHECK(reference.baseline[3].psnr == told[0].baseline[3].psnr);
  }
  CHECK_THAT(text_of(folder / "validation.svg"), ContainsSubstring(">0</text>"));  // the start has a place of its own

  // Other hints are another measure, which says nothing about the scores so far.
  options.validation.seed = 1;
  stages.clear();
  CHECK_THROWS_WITH(SmallRun(again, &pictures, options, callbacks).run(),
                    ContainsSubstring("cannot be compared with: give the same pictures and hints"));
  CHECK(stages.empty());
}

TEST_CASE("the best network by validation has a file of its own, whatever comes after it", "[training]") {
  const TemporaryFolder folder;
  TrainingRunOptions options = in(folder);
  options.keep_every = 1;
  options.score_start = true;
  while (true) {  // interrupted again and again
    SmallTrainer trainer = make_trainer();
    if (std::filesystem::exists(checkpoint_path(folder.path())))
      trainer.restore(read_safetensors(checkpoint_path(folder.path())));
    Index left = 4;
    TrainingCallbacks callbacks;
    callbacks.step = [&](const StepReport&) { return --left > 0; };
    if (SmallRun(trainer, &pictures, options, callbacks).run() != TrainingOutcome::finished) continue;
    const auto best = trainer.state().best();
    REQUIRE(best);
    CHECK(best->psnr >= mean_psnr(trainer.state().reference.start));
    for (const EpochRecord& record : trainer.state().history) CHECK(best->psnr >= mean_psnr(record.scores));
    const TensorFile file = read_safetensors(folder / "best.safetensors");
    CHECK(file.metadata.at("icolorit.epoch") == concat(best->epochs));
    if (best->epochs > 0)
      CHECK(tensors_of(folder / "best.safetensors") ==
            tensors_of(folder / concat("weights-000", best->epochs, ".safetensors")));
    break;
  }
}

TEST_CASE("more epochs than planned follow the schedule of all of them, fewer than begun are refused", "[training]") {
  SmallTrainer whole = make_trainer();
  for (int step = 0; step < 7; ++step) whole.step();
  const TensorFile checkpoint = whole.checkpoint();
  const auto with = [](Index epochs) {
    TrainerConfig config = whole_config();
    config.epochs = epochs;
    return SmallTrainer(pictures, config, whole_loader(), {}, CpuBackend::Context(1));
  };
  SmallTrainer longer = with(8);
  longer.restore(checkpoint);
  const CosineSchedule planned{whole_config().rate, whole_config().final_rate, 8 * 3, 3};
  CHECK(longer.next_rate() == planned.at(7));
  CHECK(longer.step().rate == planned.at(7));
  SmallTrainer shorter = with(2);
  CHECK_THROWS_WITH(shorter.restore(checkpoint), ContainsSubstring("in epoch 3 cannot be planned over 2"));
}

TEST_CASE("a run without validation pictures", "[training]") {
  const TemporaryFolder folder;
  SmallTrainer trainer = make_trainer();
  CHECK(SmallRun(trainer, nullptr, in(folder)).run() == TrainingOutcome::finished);
  CHECK(trainer.state().history.back().scores.empty());
  CHECK(!std::filesystem::exists(folder / "validation.svg"));
}
