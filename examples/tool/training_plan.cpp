#include "training_plan.hpp"

#include <algorithm>
#include <sstream>
#include <utility>

#include "icolorit/cpu/backend.hpp"
#include "icolorit/models/parse_config.hpp"
#include "icolorit/training/album_split.hpp"
#include "ranks.hpp"

namespace icolorit::tool {

namespace {

std::string described(const IColoriTConfig& network) {
  return concat("dim ", network.dim, ", ", network.heads, " heads, depth ", network.depth, ", patch ", network.patch,
                ", head ", name_of(network.head), ", ", network.size, " x ", network.size, " pixels");
}

/// By what files keep of them.
bool alike(const IColoriTConfig& a, const IColoriTConfig& b) { return weights_metadata(a) == weights_metadata(b); }

FolderWeights parse_folder_weights(const std::vector<std::string>& texts) {
  FolderWeights weights;
  for (const std::string& text : texts) {
    const std::size_t equals = text.rfind('=');
    std::istringstream number(equals == std::string::npos ? "" : text.substr(equals + 1));
    double weight = 0;
    require(number >> weight && number.eof(), "--folder-weight ", text, ": expected FOLDER=NUMBER");
    weights[text.substr(0, equals)] = weight;
  }
  return weights;
}

/// Whether a folder is another one, or somewhere below it.
bool lies_in(const std::filesystem::path& folder, const std::filesystem::path& other) {
  std::error_code error;
  const std::filesystem::path way =
      std::filesystem::canonical(folder, error).lexically_relative(std::filesystem::canonical(other, error));
  return !error && !way.empty() && *way.begin() != "..";
}

/// Pictures that a checkpoint names may have moved since.
std::shared_ptr<const TrainingPictures> open_pictures(const std::filesystem::path& path, const char* option,
                                                      bool recalled) {
  std::error_code error;
  require(!recalled || std::filesystem::exists(path, error), "the training read its pictures from ", path,
          ", which is no longer there: give ", option, " FOLDER");
  return std::make_shared<const TrainingPictures>(path);
}

}  // namespace

TrainingOptions TrainingPlan::complete() {
  std::error_code error;
  require(!std::filesystem::exists(out, error) || std::filesystem::is_directory(out, error), "--out ", out,
          " is a file: give a folder");
  run.folder = out;
  result_.ranks = started_ranks();
  result_.ranks->set_patience(stall_limit);
  const std::filesystem::path checkpoint = checkpoint_path(out);
  const bool exists = std::filesystem::exists(checkpoint, error);
  if (exists && !resume)
    throw FileError(
        concat("there is a training in ", out, " already: go on with --resume, or give --out another folder"));
  if (exists)
    go_on(read_safetensors(checkpoint));
  else
    begin();
  // What ends mpirun ends its ranks within seconds, which may be less than a step.
  constexpr Index steps_of_ranks = 50;
  if (result_.ranks->size() > 1 && device != "cuda" && command_.get_option("--checkpoint-every")->count() == 0)
    run.checkpoint_every = steps_of_ranks;
  keep_remarks();
  result_.network = trainer.remarks.at("network");
  result_.init = init;
  result_.loss = loss;
  result_.precision = precision;
  result_.trainer = std::move(trainer);
  result_.loader = std::move(loader);
  result_.run = std::move(run);
  return std::move(result_);
}

void TrainingPlan::begin() {
  require(!images.empty(), resume ? concat("there is no training in ", out, " to go on with: ") : std::string(),
          "give --images FOLDER, the pictures to train on");
  choose_network();
  open_album(false);
  const Index pictures = loader.pictures_per_epoch > 0 ? loader.pictures_per_epoch : result_.pictures->size();
  if (!defaults)
    defaults = [this](Index count, Index wanted) {
      if (!init.empty()) return fine_tuning_defaults(count, wanted);
      return published_defaults(count, wanted > 0 ? wanted : published_epochs(model));
    };
  const TrainingDefaults chosen = defaults(pictures, epochs);
  trainer.epochs = chosen.epochs;
  loader.batch = chosen.batch;
  trainer.rate = chosen.rate;
  apply_given();
  if (!warmup_epochs) trainer.warmup_epochs = chosen.warmup_epochs;
  if (!final_rate) trainer.final_rate = std::min(chosen.final_rate, trainer.rate);
  if (!final_decay) trainer.final_decay = trainer.decay;
  complete_rest();
  note_defaults(pictures);
}

void TrainingPlan::go_on(const TensorFile& checkpoint) {
  const json::Value settings = json::parse(checkpoint_text(checkpoint, settings_key));
  const TrainingState state = parse_state(checkpoint_text(checkpoint, state_key));
  const LoraConfig given_adapter = trainer.lora;
  load_settings(checkpoint, trainer, loader);
  require(!given("--lora") || !trainer.lora.empty(), "the training in ", out,
          " is of a whole network, not of an adapter: leave out --lora, or give --out another folder");
  if (given("--lora")) trainer.lora = given_adapter;  // expect_same_settings refuses another one
  result_.goes_on = true;
  result_.planned_epochs = trainer.epochs;
  recall_options();
  if (const json::Value* kept = json::find(settings, "loss"); kept != nullptr && !given("--loss"))
    loss = json::as_string(*kept);
  require(!images.empty(), "the checkpoint in ", out, " does not say where its pictures are: give --images FOLDER");

  const std::string named = given_names({"--model", "--config", "--head", "--size", "--no-avg-hint", "--mask-cent"});
  const IColoriTConfig wanted = varied(names_network() ? named_network() : trainer.network);
  require(alike(wanted, trainer.network), "the training in ", out, " goes on with its own network (",
          described(trainer.network), "): leave out ", named);
  trainer.remarks.try_emplace("network", out.string());
  expect_same_start();

  open_album(!given("--images"));
  apply_given();
  const Index begun = state.next.epoch + (state.next.step > 0 ? 1 : 0);
  require(trainer.epochs >= begun, "--epochs ", trainer.epochs, " is less than the ", begun, " that the training in ",
          out, " has begun");
  expect_same_pictures(settings);
  complete_rest();
  expect_same_settings(settings);
  expect_same_validation(state);
}

/// The pictures to train on, and those that are held out of them.
void TrainingPlan::open_album(bool recalled) {
  require(val.empty() || !given("--held-out"), "--val and --held-out both say what validates: leave one out");
  result_.pictures = open_pictures(images, "--images", recalled);
  if (!recalled) expect_colors(*result_.pictures);
  if (held_out == 0 || !val.empty()) return;
  const TrainingPictures& album = *result_.pictures;
  require(album.size() >= 4, "an album of ", counted(album.size(), "picture"),
          " is too small to hold some of them out: give at least 4, or others with --val FOLDER");
  const AlbumSplit split = split_album(album, held_out, loader.seed);
  result_.validation = std::make_shared<const TrainingPictures>(album.part(split.validation));
  result_.pictures = std::make_shared<const TrainingPictures>(album.part(split.training));
}

/// From the checkpoint's remarks, and then those of this command line once more, over the checkpoint's settings.
void TrainingPlan::recall_options() {
  std::vector<CLI::Option*> repeated;
  for (CLI::Option* option : command_.get_options())
    if (option->count() > 0) repeated.push_back(option);
  for (CLI::Option* option : kept_) {
    const auto kept = trainer.remarks.find(option->get_name());
    if (option->count() > 0 || kept == trainer.remarks.end()) continue;
    const json::Value values = json::parse(kept->second);
    for (const json::Value& value : json::as_array(values)) option->add_result(json::as_string(value));
    recalled_.push_back(option);
    repeated.push_back(option);
  }
  for (CLI::Option* option : repeated) option->run_callback();
}

/// What the command line says of settings that have a default of their own.
void TrainingPlan::apply_given() {
  if (epochs > 0) trainer.epochs = epochs;
  if (batch) loader.batch = *batch;
  if (warmup_epochs) trainer.warmup_epochs = *warmup_epochs;
  if (rate) trainer.rate = *rate;
  if (final_rate) trainer.final_rate = *final_rate;
  if (final_decay) trainer.final_decay = *final_decay;
  if (!crop_area.empty()) {
    loader.augmentation.min_area = crop_area[0];
    loader.augmentation.max_area = crop_area[1];
  }
  require(loader.augmentation.min_area <= loader.augmentation.max_area, "--crop-area: give the smaller share first");
}

/// What follows from the rest, for a training that begins as for one that goes on.
void TrainingPlan::complete_rest() {
  require(precision == "f32" || device == "cuda", "--precision ", precision,
          " needs --device cuda: the CPU trains in f32");
  const Index epoch = loader.pictures_per_epoch > 0 ? loader.pictures_per_epoch : result_.pictures->size();
  if (loader.pictures_per_epoch > 0)
    require(loader.batch <= epoch, "--batch ", loader.batch, " is more than --pictures-per-epoch ", epoch,
            ": give --batch ", epoch, " or less");
  else
    require(loader.batch <= epoch, "--batch ", loader.batch, " is more than the ", counted(epoch, "picture"), " in ",
            images.string(), ": give --batch ", epoch, " or less, or --pictures-per-epoch ", loader.batch, " or more");
  require(trainer.warmup_epochs <= trainer.epochs, "--warmup-epochs ", trainer.warmup_epochs, " is more than ",
          counted(trainer.epochs, "epoch"), ": give --epochs ", trainer.warmup_epochs, " or more, or less warm-up");
  const Index ranks = result_.ranks->size(), share = loader.batch / ranks;
  require(loader.batch % ranks == 0, "--batch ", loader.batch, " does not divide among ", ranks,
          " ranks: give a multiple of ", ranks);
  if (accumulate == 0) {  // parts small enough for the memory of an ordinary machine
    const Index most = device == "cuda" ? 256 : 16;
    for (accumulate = 1; share / accumulate > most || share % accumulate != 0;) ++accumulate;
  }
  require(
      share % accumulate == 0, "--accumulate ", accumulate, " does not divide ",
      ranks == 1 ? concat("--batch ", loader.batch) : concat("a rank's ", counted(share, "picture"), " of a batch"));
  trainer.parts = accumulate;
  trainer.notes["loss"] = loss;
  complete_hints();
  from_command_line([&] { trainer.validate(); });
  loader.weights =
      from_command_line([&] { return picture_weights(*result_.pictures, parse_folder_weights(folder_weights)); });
  if (!val.empty()) {
    result_.validation = open_pictures(val, "--val", !given("--val"));
    if (lies_in(val, images) || lies_in(images, val))
      result_.notes.push_back(
          "note: pictures of --val are in --images, too: what is learned by heart scores well, and says nothing of "
          "other pictures");
  }
  if (threads == 0) threads = cpu::default_threads();
  run.validation.threads = threads;
  run.score_start = !init.empty();
  run.score_baseline = !no_baseline;
}

void TrainingPlan::complete_hints() {
  const Index side = trainer.network.size, cell = loader.hints.cell;
  require(side % cell == 0, "--hint-size ", cell, " does not divide the ", side, " pixels of the network's input");
  const Index cells = (side / cell) * (side / cell);
  if (!num_hints.empty()) {
    require(num_hints[0] <= num_hints[1], "--num-hints ", num_hints[0], " ", num_hints[1], ": give the smaller first");
    loader.hints.least = num_hints[0];
    loader.hints.most = num_hints[1];
    require(loader.hints.most <= cells, "--num-hints ", loader.hints.least, " ", loader.hints.most, ": a picture of ",
            side, " x ", side, " pixels has ", cells, " hint cells of ", cell, " x ", cell);
  } else if (!result_.goes_on) {
    loader.hints.most = std::min(loader.hints.most, cells);
  }
  std::vector<Index>& counts = run.validation.counts;
  if (!val_counts.empty())
    counts = val_counts;
  else
    std::erase_if(counts, [&](Index count) { return count > cells; });
  require(counts.empty() || std::ranges::max(counts) <= cells, "--val-counts: a picture of ", side, " x ", side,
          " pixels has only ", cells, " hint cells");
  run.validation.cell = cell;
}

bool TrainingPlan::names_network() const { return !model.empty() || !config.empty(); }

/// That of --model or --config.
IColoriTConfig TrainingPlan::named_network() const {
  require(model.empty() || config.empty(), "--model and --config both name a network: leave one out");
  if (config.empty()) return from_command_line([&] { return ModelRegistry::published().find(model); });
  try {
    return parse_config(config);
  } catch (const ArgumentError& error) {
    throw Misuse(concat("--config: ", error.what()));
  }
}

/// A network with what other options change in it.
IColoriTConfig TrainingPlan::varied(IColoriTConfig network) const {
  if (size > 0) network.size = size;
  if (!head.empty()) network.head = from_command_line([&] { return parse_stabilizer(head); });
  if (no_average_hints) network.encoding.average = false;
  if (centre_mask) network.encoding.centre_mask = true;
  require(network.size % network.patch == 0, "--size ", network.size, " is not a multiple of patch ", network.patch);
  return network;
}

/// For a training that begins: the network, its name, and the notes about it.
void TrainingPlan::choose_network() {
  require(names_network() || !init.empty(),
          "give --model NAME or --config dim=256,heads=8,depth=6, or --init FILE to train a network further");
  const std::optional<IColoriTConfig> initial =
      init.empty() ? std::nullopt : std::optional(infer_config(read_weights(init)));
  const IColoriTConfig named = names_network() ? named_network() : *initial;
  trainer.network = varied(named);
  std::string& name = trainer.remarks["network"];
  name = !model.empty() ? model : !config.empty() ? config : init.string();
  const Index side = trainer.network.size;
  if (side != named.size) name += concat(" at ", side, " x ", side, " pixels");
  if (!initial) return;
  IColoriTConfig fitting = trainer.network;
  fitting.size = initial->size;
  fitting.encoding = initial->encoding;
  require(alike(fitting, *initial), "cannot begin with ", init, ", a network of ", described(*initial), ": leave out ",
          given_names({"--model", "--config", "--head"}));
  if (side != initial->size)
    result_.notes.push_back(concat("the weights come from ", initial->size, " x ", initial->size,
                                   " pixels: their position tables are interpolated to ", side, " x ", side,
                                   ", at which the new weights will colorize unless told otherwise"));
}

/// Says what was chosen for the number of pictures, and why.
void TrainingPlan::note_defaults(Index pictures) {
  std::string chosen;
  const auto add = [&](bool open, const auto&... parts) {
    if (open) chosen += concat(chosen.empty() ? "" : ", ", parts...);
  };
  add(!batch, "batch ", loader.batch);
  add(epochs == 0, counted(trainer.epochs, "epoch"));
  add(!rate, "learning rate ", trainer.rate);
  add(!warmup_epochs, counted(trainer.warmup_epochs, "epoch"), " of warm-up");
  const std::string reason = !init.empty() ? "chosen for so many pictures and a network that was trained before"
                             : pictures < TrainingDefaults().batch
                                 ? "the published recipe, with no more pictures in a batch than there are"
                                 : "the published recipe";
  if (trainer.warmup_epochs == trainer.epochs)
    result_.notes.push_back(
        "note: all epochs are warm-up, in which the rate only rises: give more, or --warmup-epochs");
  if (!chosen.empty()) result_.notes.push_back(concat(counted(pictures, "picture"), ": ", chosen, " (", reason, ")"));
  const Index steps = pictures / loader.batch, left_out = pictures % loader.batch;
  if (init.empty() && steps < 10)
    result_.notes.push_back(concat("note: ", counted(steps, "step"),
                                   " an epoch will hardly train a network from random weights; give more pictures, a "
                                   "smaller --batch, or --init FILE to begin with a trained one"));
  if (left_out > 0)
    result_.notes.push_back(concat("each epoch leaves out ", counted(left_out, "picture"),
                                   " that would not fill a batch, others every time"));
}

/// For the checkpoints.
void TrainingPlan::keep_remarks() {
  for (const CLI::Option* option : kept_) {
    if (option->count() == 0) continue;
    json::Value values = json::Value::array();
    for (const std::string& value : option->results())
      values.push_back(std::ranges::count(paths_, option) > 0 ? std::filesystem::absolute(value).string() : value);
    trainer.remarks[option->get_name()] = json::write(values);
  }
}

/// By the user, not by a checkpoint.
bool TrainingPlan::given(const char* name) const {
  const CLI::Option* option = command_.get_option_no_throw(name);
  return option != nullptr && option->count() > 0 && std::ranges::count(recalled_, option) == 0;
}

std::string TrainingPlan::given_names(std::initializer_list<const char*> names) const {
  std::string list;
  for (const char* name : names)
    if (given(name)) list += concat(list.empty() ? "" : " and ", name);
  return list;
}

}  // namespace icolorit::tool
