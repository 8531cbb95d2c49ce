// Several ranks train one network: the same numbers as one rank with the whole batch, however many they are.
#include <vector>

#include "icolorit/cpu/backend.hpp"
#include "icolorit/io/image_file.hpp"
#include "icolorit/training/losses.hpp"
#include "icolorit/training/training_run.hpp"
#include "support/catch.hpp"
#include "support/pictures.hpp"
#include "support/thread_ranks.hpp"
#include "support/training.hpp"

using namespace icolorit;
using namespace icolorit::test;

namespace {

using Training = Trainer<CpuBackend, SmoothPictures, HuberLoss>;
using Run = TrainingRun<CpuBackend, SmoothPictures, HuberLoss, float, SmoothPictures>;

const SmoothPictures two_dozen{24};

/// Fifty steps and two more; batches divide among 1 to 4 ranks.
std::unique_ptr<Training> training_of(std::shared_ptr<Communicator> ranks) {
  TrainerConfig config = small_training();
  config.epochs = 26;
  config.drop_path = .2;
  config.clip = 1;
  LoaderConfig loader = small_loader();
  loader.batch = 12;
  loader.threads = 1;
  loader.augmentation.mirrored = .5;
  return std::make_unique<Training>(two_dozen, config, loader, HuberLoss(), CpuBackend::Context(1), std::move(ranks));
}

struct Trained {
  std::vector<double> losses;
  std::vector<std::byte> checkpoint;
};

Trained fifty_steps(std::shared_ptr<Communicator> ranks) {
  const auto training = training_of(std::move(ranks));
  Trained result{losses_of(*training, 50), {}};
  result.checkpoint = bytes_of(*training);
  return result;
}

}  // namespace

TEST_CASE("any number of ranks computes the losses of one rank with the whole batch", "[training]") {
  const Trained alone = fifty_steps(std::make_shared<SingleRank>());
  CHECK(alone.losses.back() < .9 * alone.losses.front());
  for (const Index ranks : {2, 3, 4}) {
    CAPTURE(ranks);
    const std::vector<Trained> results = on_ranks(ranks, fifty_steps);
    for (std::size_t step = 0; step < 50; ++step)
      CHECK(results[0].losses[step] == Approx(alone.losses[step]).epsilon(1e-5));
    for (const Trained& result : results) {  // all ranks hold the same network, bit for bit
      CHECK(result.losses == results[0].losses);
      CHECK(result.checkpoint == results[0].checkpoint);
    }
    if (ranks == 3) CHECK(on_ranks(ranks, fifty_steps)[0].checkpoint == results[0].checkpoint);
  }
}

TEST_CASE("a training of four ranks goes on with two, and with one", "[training]") {
  const auto file_after = [](Index ranks) {
    return on_ranks(ranks, [](auto communicator) {
      const auto training = training_of(std::move(communicator));
      losses_of(*training, 5);
      return training->checkpoint();
    });
  };
  const TensorFile checkpoint = std::move(file_after(4)[0]);
  const auto goes_on = [&](std::shared_ptr<Communicator> communicator) {
    const auto training = training_of(std::move(communicator));
    training->restore(checkpoint);
    return losses_of(*training, 5);
  };
  const std::vector<double> alone = goes_on(std::make_shared<SingleRank>());
  const auto in_pair = on_ranks(2, goes_on);
  for (std::size_t step = 0; step < 5; ++step) CHECK(in_pair[1][step] == Approx(alone[step]).epsilon(1e-5));
}

TEST_CASE("batches that do not divide among the ranks are refused", "[training][errors]") {
  const auto refusals = on_ranks(5, [](auto communicator) {
    try {
      training_of(std::move(communicator));
      return std::string();
    } catch (const ArgumentError& error) {
      return std::string(error.what());
    }
  });
  for (const std::string& refusal : refusals)
    CHECK_THAT(refusal, ContainsSubstring("a batch of 12 pictures in 5 equal parts"));
}

TEST_CASE("the first rank alone writes, and any rank stops all of them", "[training]") {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "out");
  const auto steps = on_ranks(2, [&](auto communicator) {
    const Index rank = communicator->rank();
    const auto training = training_of(std::move(communicator));
    TrainingRunOptions options;
    options.folder = folder / (rank == 0 ? "out" : "never made");
    options.score_baseline = false;
    options.validation.counts = {1};
    Index done = 0;
    TrainingCallbacks callbacks;
    callbacks.step = [&](const StepReport&) { return ++done < 5 || rank == 0; };  // the second rank has enough
    Run run(*training, &two_dozen, options, callbacks, [] { return CpuBackend::Context(1); });
    CHECK(run.run() == TrainingOutcome::stopped);
    return done;
  });
  CHECK(steps == std::vector<Index>{5, 5});
  CHECK(!std::filesystem::exists(folder / "never made"));
  const TensorFile checkpoint = read_safetensors(checkpoint_path(folder / "out"));
  const auto training = training_of(std::make_shared<SingleRank>());
  training->restore(checkpoint);
  CHECK(training->state().next == LoaderPosition{2, 1});
  CHECK(training->state().history.size() == 2);
}

TEST_CASE("what any rank could not read is listed once", "[training]") {
  const auto lists = on_ranks(3, [](std::shared_ptr<Communicator> ranks) {
    SkipReport own;
    own.add(7, "seven.png", "broken");  // met by every rank
    own.add(ranks->rank(), concat("pictur\xc3\xa9 ", ranks->rank()), "");
    return skipped_on_all_ranks(*ranks, own);
  });
  for (const std::vector<SkippedPicture>& list : lists) {
    REQUIRE(list.size() == 4);
    for (Index i = 0; i < 3; ++i) CHECK(list[static_cast<std::size_t>(i)].name == concat("pictur\xc3\xa9 ", i));
    CHECK(list[3].reason == "broken");
  }
}
