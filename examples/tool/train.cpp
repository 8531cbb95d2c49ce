// icolorit train: the published recipe, or a part of it, from one command.
#include <algorithm>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "commands.hpp"
#include "cuda.hpp"
#include "icolorit/cpu/backend.hpp"
#include "misuse.hpp"
#include "training_command.hpp"

namespace icolorit::tool {

namespace {

/// The published number of epochs on ImageNet.
Index published_epochs(const std::string& variant) {
  return variant.find("base") != std::string::npos ? 1000 : variant.find("small") != std::string::npos ? 100 : 25;
}

struct Train {
  TrainingOptions options;
  std::string head, device = "cpu";
  Index input_size = 0;
  std::vector<Index> num_hints{0, 128};
  std::vector<double> crop_area{.08, 1};
  std::vector<std::string> folder_weights;
  bool no_average_hints = false, centre_mask = false;
  Index accumulate = 0;
  std::optional<double> final_decay;
  int threads = 0;

  void run() {
    complete();
    if (device == "cuda") return cuda_commands().train(options);
    TrainingCommand<CpuBackend>(options, [this] { return CpuBackend::Context(threads); }).run();
  }

 private:
  /// Checks what the command line says and fills in what it leaves open.
  void complete() {
    require(options.precision == "f32" || device == "cuda", "--precision ", options.precision,
            " needs --device cuda: the CPU trains in f32");
    TrainerConfig& trainer = options.trainer;
    LoaderConfig& loader = options.loader;
    complete_network();
    if (trainer.epochs == 0) trainer.epochs = published_epochs(options.model);
    trainer.warmup_epochs = std::min(trainer.warmup_epochs, trainer.epochs);
    trainer.final_decay = final_decay.value_or(trainer.decay);
    trainer.notes["loss"] = options.loss;
    if (accumulate == 0) {  // parts small enough for the memory of an ordinary machine
      const Index pictures = device == "cuda" ? 256 : 16;
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
    options.run.validation.cell = loader.hints.cell;
    options.folder_weights = parse_folder_weights();
    if (threads == 0) threads = cpu::default_threads();
  }

  /// The variant that was named, or the network of the weights to begin with.
  void complete_network() {
    require(!options.model.empty() || !options.init.empty(),
            "give --model NAME, or --init FILE to train a network further");
    IColoriTConfig& network = options.trainer.network;
    if (options.model.empty()) {
      network = infer_config(read_weights(options.init));
    } else {
      network = from_command_line([&] { return ModelRegistry::published().find(options.model); });
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
};

}  // namespace

void add_train(CLI::App& app) {
  CLI::App& command = *app.add_subcommand("train", "Train a network, or fine-tune one, on a folder of pictures");
  const auto options = std::make_shared<Train>();
  TrainingOptions& training = options->options;
  TrainerConfig& trainer = training.trainer;
  LoaderConfig& loader = training.loader;
  TrainingRunOptions& run = training.run;
  trainer.epochs = 0;
  const auto number = [&](const char* name, auto& value, const char* help, auto least, auto most) {
    return command.add_option(name, value, help)->capture_default_str()->check(CLI::Range(least, most));
  };
  constexpr Index many = Index{1} << 30;

  command.add_option("--data", training.data, "Folder of pictures, nested or flat, or a file by icolorit pack")
      ->required();
  command.add_option("--val", training.val, "The same for validation after every epoch");
  command.add_option("--out", run.folder, "Folder for checkpoints, weights and logs; made where missing")->required();
  command.add_option("--model", training.model,
                     "Published variant, e.g. icolorit_tiny_4ch_patch16_224 [that of --init]");
  command.add_option("--head", options->head, "Local stabilizing layer: cnn, linear or locattn [cnn]");
  command.add_option("--init", training.init, "Fine-tune these weights, .pth or .safetensors, instead of random ones");
  command.add_flag("--resume", training.resume, "Go on from the checkpoint in --out; begin where there is none");
  command.add_option("--loss", training.loss, "huber (published), l1 or l2")
      ->capture_default_str()
      ->check(CLI::IsMember({"huber", "l1", "l2"}));
  command.add_option("--device", options->device, "Where to train")
      ->capture_default_str()
      ->check(CLI::IsMember({"cpu", "cuda"}));
  command
      .add_option("--precision", training.precision,
                  "Numbers that the network multiplies; the optimizer's are f32; bf16 and f16 on CUDA")
      ->capture_default_str()
      ->check(CLI::IsMember({"f32", "bf16", "f16"}));
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
  number("--hue-jitter", options->options.loader.augmentation.jitter.hue,
         "Most degrees by which a picture's hues are turned", 0., 180.);
  number("--chroma-jitter", options->options.loader.augmentation.jitter.chroma,
         "0.5: chroma divided or multiplied by up to 1.5", 0., 10.);
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
