// What suits a number of pictures, and what a checkpoint keeps of a training's settings.
#include "icolorit/training/training_settings.hpp"

#include "icolorit/training/training_defaults.hpp"
#include "icolorit/training/training_state.hpp"
#include "support/catch.hpp"

using namespace icolorit;

TEST_CASE("fine-tuning on any number of pictures has steps enough and never more pictures in a batch than there are",
          "[training]") {
  for (const Index pictures : {1, 2, 3, 5, 12, 100, 300, 8396, 65536, 1281167}) {
    CAPTURE(pictures);
    const TrainingDefaults defaults = fine_tuning_defaults(pictures);
    const Index steps = pictures / defaults.batch;
    CHECK((defaults.batch >= 1 && defaults.batch <= std::min<Index>(pictures, 256)));
    CHECK(steps * defaults.epochs >= (pictures >= 12 ? 75 : 25));
    CHECK((defaults.warmup_epochs >= 1 && defaults.warmup_epochs <= defaults.epochs));
    CHECK((defaults.rate == 5e-5 && defaults.final_rate < defaults.rate));
  }
  CHECK(fine_tuning_defaults(12).batch == 4);
  CHECK(fine_tuning_defaults(100).batch == 16);
  CHECK(fine_tuning_defaults(300).batch == 32);
  CHECK(fine_tuning_defaults(300, 40).epochs == 40);
  CHECK(fine_tuning_defaults(300, 40).warmup_epochs == 4);
  CHECK(published_defaults(100000, 25).batch == 256);
  CHECK(published_defaults(12, 2).batch == 12);
  CHECK(published_defaults(12, 2).warmup_epochs == 2);
  CHECK(published_epochs("icolorit_tiny_4ch_patch16_224") == 25);
  CHECK(published_epochs("icolorit_small_4ch_patch16_224") == 100);
  CHECK(published_epochs("icolorit_base_4ch_patch16_224") == 1000);
  CHECK(published_epochs("dim=192,heads=3,depth=6") == 25);
  CHECK_THROWS_AS(fine_tuning_defaults(0), ArgumentError);
  CHECK_THROWS_AS(published_defaults(0, 25), ArgumentError);
}

namespace {

/// A data set of names alone.
struct NamedPictures {
  std::vector<std::string> names;
  Index size() const { return std::ssize(names); }
  Image load(Index) const { throw FileError("there is no such picture"); }
  const std::string& name(Index i) const { return names[static_cast<std::size_t>(i)]; }
};
const NamedPictures seven{{"a", "b", "c", "d", "e", "f", "g"}};

}  // namespace

TEST_CASE("every setting comes back from a checkpoint", "[training]") {
  TrainerConfig trainer;
  LoaderConfig loader;
  double next = 2;
  visit_settings(trainer, loader, [&]<class N>(const char*, N& value) {
    if constexpr (std::is_same_v<N, std::vector<std::string>>)
      value = {concat(next), "another"};
    else
      value = static_cast<N>(next += 1);
  });
  loader.seed = (std::uint64_t{1} << 62) + 1;  // more than a double holds
  trainer.remarks = {{"pictures", "here"}};
  TensorFile file;
  file.metadata[std::string(settings_key)] = json::write(training_settings(trainer, loader, seven));
  file.metadata[std::string(remarks_key)] = format_remarks(trainer.remarks);
  ParameterBuffer<IColoriT, float> parameters({.dim = 16, .heads = 1, .patch = 8, .size = 16, .depth = 1});
  const IColoriTConfig network{.dim = 16, .heads = 1, .patch = 8, .size = 16, .depth = 1};
  const auto flat = parameters.flat();
  file.tensors = stored_parameters<IColoriT>(
      std::span<const float>(flat.data(), static_cast<std::size_t>(flat.extent(0))), network);

  TrainerConfig read_trainer;
  LoaderConfig read_loader;
  load_settings(file, read_trainer, read_loader);
  CHECK(read_trainer.network == network);
  CHECK(read_trainer.remarks == trainer.remarks);
  read_trainer.network = trainer.network;
  CHECK(
      differing_settings(training_settings(read_trainer, read_loader, seven), training_settings(trainer, loader, seven))
          .empty());

  file.metadata.erase(std::string(settings_key));
  CHECK_THROWS_AS(load_settings(file, read_trainer, read_loader), FormatError);
}

TEST_CASE("a setting that old checkpoints do not know has its default there", "[training]") {
  TrainerConfig trainer;
  const LoaderConfig loader;
  json::Value old = training_settings(trainer, loader, seven);
  for (const char* const later : {"hint weight", "layers of the adapter", "rank-stabilized adapter"}) old.erase(later);
  CHECK(differing_settings(training_settings(trainer, loader, seven), old).empty());
  trainer.hint_weight = 2;
  const auto differences = differing_settings(training_settings(trainer, loader, seven), old);
  REQUIRE(differences.size() == 1);
  CHECK(differences[0].name == "hint weight");
  CHECK((differences[0].own == "2" && differences[0].theirs == "1"));

  TrainerConfig other = trainer;
  other.lora.targets = {"mlp.fc1"};
  other.lora.rank_stabilized = true;
  CHECK(differing_settings(training_settings(other, loader, seven), training_settings(trainer, loader, seven)).size() ==
        2);
}

TEST_CASE("other pictures of the same number are another setting, but for checkpoints that kept no names",
          "[training]") {
  const TrainerConfig trainer;
  const LoaderConfig loader;
  const json::Value own = training_settings(trainer, loader, seven);
  json::Value other = training_settings(trainer, loader, NamedPictures{{"a", "b", "c", "d", "e", "f", "h"}});
  const auto differences = differing_settings(own, other);
  REQUIRE(differences.size() == 1);
  CHECK(differences[0].name == picture_names_setting);
  other.erase(std::string(picture_names_setting));
  CHECK(differing_settings(own, other).empty());
}

TEST_CASE("scores of other pictures or hints than before are known for what they are", "[training]") {
  TrainingState state;
  state.reference.of = "these";
  CHECK(!state.is_scored_otherwise("those"));  // nothing was scored yet
  state.history = {{0, .5, 1e-3, 0, 1., {{1, 20.}}}};
  CHECK(state.is_scored_otherwise("those"));
  CHECK(!state.is_scored_otherwise("these"));
  state.reference.of.clear();  // as version 0.1 left it
  CHECK(!state.is_scored_otherwise("those"));
}

TEST_CASE("a state without scores to compare with, as version 0.1 wrote it, is read", "[training]") {
  TrainingState state;
  state.next = {2, 1};
  state.history = {{0, .5, 1e-3, 0, 1., {{1, 20.}, {10, 22.}}}, {1, .4, 1e-4, 0, 1., {{1, 19.}, {10, 22.5}}}};
  state.reference = {"these", {{0, 18.}}, {{1, 20.}, {10, 21.}}};
  const json::Value whole = json::parse(format_state(state));
  json::Value old = whole;
  old.erase("reference");
  const TrainingState read = parse_state(json::write(old)), same = parse_state(json::write(whole));
  CHECK(read.next == state.next);
  CHECK(read.reference.baseline.empty());
  CHECK(same.reference.of == "these");
  REQUIRE(same.reference.start.size() == 2);
  CHECK(same.reference.start[1].psnr == 21);
  CHECK(same.history[1].epoch == 1);
  REQUIRE(same.best());
  CHECK(same.best()->epochs == 1);  // 21 in the mean, then 20.75; before the first step 20.5
}
