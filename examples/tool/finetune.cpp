// icolorit finetune: a trained network, or a small adapter of it, tuned on one's own pictures with settings that suit
// their number, and a page that shows what it brought.
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>

#include "commands.hpp"
#include "finetune_report.hpp"
#include "misuse.hpp"
#include "option_group.hpp"
#include "report.hpp"
#include "training_options.hpp"

namespace icolorit::tool {

namespace {

struct Finetune {
  explicit Finetune(CLI::App& command) : plan(command) {}

  TrainingPlan plan;
  Index rank = 0;
  double alpha = 0;

  /// Before the command line is read: what differs from a training from random weights, measured in
  /// docs/finetuning.md. Few hints come more often than many, as an album's owner gives them.
  void set_defaults() {
    plan.held_out = .15;
    plan.run.patience = 6;
    plan.run.keep_every = 0;
    plan.run.validation.counts = {1, 5, 10, 50};
    plan.no_baseline = true;
    plan.loader.augmentation.mirrored = .5;
    plan.loader.hints.skew = 2;
  }

  void run() {
    if (plan.out.empty()) {
      require(!plan.images.empty(), "give --data FOLDER, the pictures to learn from");
      plan.out = album_name(plan.images) + "-finetuned";
    }
    if (plan.init.empty()) plan.init = installed();
    if (rank > 0) plan.trainer.lora = {.rank = rank, .alpha = alpha > 0 ? alpha : 2. * static_cast<double>(rank)};
    require(alpha == 0 || rank > 0, "--lora-alpha belongs to an adapter: give --lora RANK too");
    if (rank == 0) plan.trainer.average = .99;  // an adapter has none
    plan.defaults = [this](Index pictures, Index epochs) { return album_defaults(pictures, epochs, rank > 0); };
    const std::shared_ptr<const TrainingPictures> validation = run_training(plan);
    if (validation) write_report(*validation);
  }

 private:
  static std::string album_name(const std::filesystem::path& images) {
    const std::filesystem::path path = std::filesystem::absolute(images).lexically_normal();
    return (path.has_filename() ? path : path.parent_path()).stem().string();
  }

  static std::filesystem::path installed() {
    const std::vector<std::filesystem::path> all = all_installed_weights();
    require(!all.empty(), "there are no weights installed to begin with: give --model FILE");
    return all.front();
  }

  EngineOptions engine_of(const std::filesystem::path& weights) const {
    EngineOptions engine;
    engine.weights = weights;
    engine.device = plan.device;
    engine.threads = plan.threads;
    engine.size = plan.size;
    engine.complete_network();
    engine.precision = "f32";
    return engine;
  }

  void write_report(const TrainingPictures& pictures) const {
    const EngineOptions before = engine_of(plan.init), after = engine_of(best_weights_path(plan.out));
    const std::filesystem::path page = plan.out / "report.html";
    const std::string title =
        concat(printable(plan.init.filename().string()), " tuned on ", printable(album_name(plan.images)));
    const Comparison comparison{pictures, before, after, {1, 5, 10, 50}};
    const ComparedScores scores = write_finetune_report(page, title, comparison);
    std::cout << "PSNR with 5 hints on " << counted(scores.pictures, "picture") << " not trained on: before "
              << scores.before[1] << " dB, after " << scores.after[1] << " dB; see " << page.string() << '\n';
  }
};

}  // namespace

void add_finetune(CLI::App& app) {
  CLI::App& command = *app.add_subcommand("finetune", "Tune a trained network on an album of your own pictures");
  const auto options = std::make_shared<Finetune>(command);
  TrainingPlan& plan = options->plan;
  options->set_defaults();
  OptionGroup data(command, "Data");
  plan.keep_path(data.add("--data,--images", plan.images, "FOLDER",
                          "The album: color pictures, nested or flat, or a file by icolorit pack"));
  plan.keep(data.number("--held-out", plan.held_out, "Share of the album that shows what was gained", .01, .9)
                ->capture_default_str());
  plan.keep_path(data.add("--val", plan.val, "FOLDER", "Other pictures instead of a share of the album"));
  OptionGroup network(command, "Network");
  plan.keep_path(network.add("--model,--init,--weights", plan.init, "FILE",
                             "The network to begin with, .pth or .safetensors [the weights installed with icolorit]"));
  network.number("--lora", options->rank,
                 "Train a LoRA adapter of this rank, a small file, and leave the network as it is; 4 to 64 are usual",
                 Index{1}, Index{1024});
  network.number("--lora-alpha", options->alpha, "The adapter's change is multiplied by this over the rank [2 ranks]",
                 1e-6, 1e6);
  OptionGroup recipe(command, "Recipe");
  recipe.number("--epochs", plan.epochs, "Most epochs [by the number of pictures]", Index{1}, many);
  recipe.number("--batch", plan.batch, "Pictures a step [16, or a quarter of the pictures where they are few]",
                Index{1}, Index{1} << 16);
  recipe.number("--lr", plan.rate, "Learning rate after the warm-up [5e-4; with --lora 2e-3]", 1e-12, 1e3);
  plan.keep(recipe
                .number("--patience", plan.run.patience, "Epochs without a better score after which it stops; 0: never",
                        Index{0}, many)
                ->capture_default_str());
  recipe.choice("--loss", plan.loss, "huber is the published one", {"huber", "l1", "l2"});
  recipe.number("--seed", plan.loader.seed, "Of pictures and hints", std::uint64_t{0}, std::uint64_t{1} << 62)
      ->capture_default_str();
  add_training_output(command, plan)->description("Folder for the results [ALBUM-finetuned]");
  add_training_machine(command, plan);
  command.callback([options] { options->run(); });
}

}  // namespace icolorit::tool
