// icolorit train: the published recipe, or a part of it, or a trained network further, from one command.
#include <memory>
#include <string>

#include "commands.hpp"
#include "option_group.hpp"
#include "training_options.hpp"
#include "training_plan.hpp"

namespace icolorit::tool {

namespace {

void add_data(CLI::App& command, TrainingPlan& plan) {
  OptionGroup data(command, "Data");
  plan.keep_path(data.add("--images,--data", plan.images, "FOLDER",
                          "Pictures to train on, nested or flat, or a file by icolorit pack"));
  plan.keep_path(data.add("--val", plan.val, "FOLDER", "The same for validation after every epoch"));
  plan.keep(data.add("--folder-weight", plan.folder_weights, "FOLDER=NUMBER",
                     "How often a folder's pictures are drawn, relative to others; may be repeated"));
  data.number("--pictures-per-epoch", plan.loader.pictures_per_epoch, "Pictures an epoch; 0: as many as there are",
              Index{0}, many)
      ->capture_default_str();
  plan.keep(data.number("--val-counts", plan.val_counts, "Numbers of hints in validation [1 10 100]", Index{0}, many));
  plan.keep(
      data.flag("--no-baseline", plan.no_baseline,
                "Do not score the optimisation for comparison: with thousands of pictures in --val it takes long"));
}

void add_network(CLI::App& command, TrainingPlan& plan) {
  OptionGroup network(command, "Network");
  plan.keep_path(network.add("--init", plan.init, "FILE",
                             "Train these weights further, .pth or .safetensors, instead of random ones"));
  network.add("--model,--variant", plan.model, "NAME",
              "Published network, e.g. icolorit_tiny_4ch_patch16_224 [that of --init]");
  network.add("--config", plan.config, "KEY=NUMBER,...",
              "Network of your own: dim=256,heads=8,depth=6; also patch, mlp, size, channels, head");
  network.add("--head", plan.head, "NAME", "Local stabilizing layer: cnn, linear or locattn [cnn]");
  network.number("--size,--input-size", plan.size, "Side of the network's input in pixels [224, or as in --init]",
                 Index{1}, IColoriTConfig::max_size);
  network.flag("--no-avg-hint", plan.no_average_hints, "Hints keep their pixels instead of their mean");
  network.flag("--mask-cent", plan.centre_mask, "The hint channel is -0.5 and 0.5");
}

void add_recipe(CLI::App& command, TrainingPlan& plan) {
  OptionGroup recipe(command, "Recipe");
  TrainerConfig& trainer = plan.trainer;
  recipe.number("--epochs", plan.epochs,
                "Epochs in all; 0: left open [by the number of pictures with --init; else 25, 100 or 1000, as "
                "published for tiny, "
                "small or base]. With --resume: the learning rate is planned anew over so many",
                Index{0}, many);
  recipe.number("--batch", plan.batch,
                "Pictures a step [by the number of pictures with --init; else 256, as published]", Index{1},
                Index{1} << 16);
  recipe.number("--lr", plan.rate, "Learning rate after the warm-up [5e-5 with --init; else 5e-4]", 1e-12, 1e3);
  recipe.number("--min-lr", plan.final_rate, "Learning rate of the last step [1e-6 with --init; else 1e-5]", 0., 1e3);
  recipe.number("--warmup-epochs", plan.warmup_epochs,
                "Epochs of rising learning rate [a tenth of all with --init; else 3]", Index{0}, many);
  recipe.choice("--loss", plan.loss, "huber is the published one", {"huber", "l1", "l2"});
  recipe
      .number("--hint-loss", trainer.hint_weight, "Factor on the loss at hinted pixels; more: hints are kept better",
              0., 1e6)
      ->capture_default_str();
  recipe.number("--weight-decay", trainer.decay, "AdamW's weight decay", 0., 1e3)->capture_default_str();
  recipe.number("--weight-decay-end", plan.final_decay, "Weight decay of the last step [--weight-decay]", 0., 1e3);
  recipe.number("--clip-grad", trainer.clip, "Longest gradient; 0: any", 0., 1e9)->capture_default_str();
  recipe.number("--drop-path", trainer.drop_path, "Share of branches dropped in the last block", 0., .99)
      ->capture_default_str();
  recipe.number("--ema", trainer.average, "Decay of the weights' moving average, e.g. 0.9999; 0: none", 0., .999999999)
      ->capture_default_str();
  plan.keep(recipe
                .number("--most-skipped", trainer.max_skipped,
                        "Steps in a row whose loss is not finite before giving up", Index{0}, many)
                ->capture_default_str());
  recipe.number("--seed", plan.loader.seed, "Of weights, pictures and hints", std::uint64_t{0}, std::uint64_t{1} << 62)
      ->capture_default_str();
}

void add_augmentation(CLI::App& command, TrainingPlan& plan) {
  OptionGroup augmentation(command, "Augmentation");
  Augmentation& settings = plan.loader.augmentation;
  HintDistribution& hints = plan.loader.hints;
  augmentation.number("--num-hints", plan.num_hints, "Fewest and most hints of a picture [0 128]", Index{0}, many)
      ->expected(2);
  augmentation.number("--hint-size", hints.cell, "Side of a hint in pixels", Index{1}, Index{4096})
      ->capture_default_str();
  augmentation.number("--hint-skew", hints.skew, "1: all numbers of hints alike; more: fewer hints", 1e-3, 1e3)
      ->capture_default_str();
  augmentation
      .number("--crop-area", plan.crop_area, "Least and most of a picture's area that a sample shows [0.08 1]", 1e-6,
              1.)
      ->expected(2);
  augmentation.number("--mirror", settings.mirrored, "Share of mirrored pictures", 0., 1.)->capture_default_str();
  augmentation
      .number("--hue-jitter", settings.jitter.hue, "Most degrees by which a picture's hues are turned", 0., 180.)
      ->capture_default_str();
  augmentation
      .number("--chroma-jitter", settings.jitter.chroma, "0.5: chroma divided or multiplied by up to 1.5", 0., 10.)
      ->capture_default_str();
}

}  // namespace

void add_train(CLI::App& app) {
  CLI::App& command = *app.add_subcommand("train", "Train a network, or fine-tune one, on a folder of pictures");
  const auto plan = std::make_shared<TrainingPlan>(command);
  add_data(command, *plan);
  add_network(command, *plan);
  add_recipe(command, *plan);
  add_augmentation(command, *plan);
  add_training_output(command, *plan)->required();
  add_training_machine(command, *plan);
  command.callback([plan] { run_training(*plan); });
}

}  // namespace icolorit::tool
