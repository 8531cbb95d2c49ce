// TrainingPlan: the command line of icolorit train or finetune, and what it leaves open.
#pragma once

#include <filesystem>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include <CLI/App.hpp>

#include "icolorit/training/training_defaults.hpp"
#include "training_command.hpp"

namespace icolorit::tool {

/// The options fill the public members; `complete` adds what suits the pictures, or what the checkpoint says that a
/// training goes on from, and checks everything before the first folder is made.
class TrainingPlan {
 public:
  std::filesystem::path images, val, init, out;
  bool resume = false, overwrite = false;
  std::string model, config, head, loss = "huber", device = "cpu", precision = "f32";
  Index size = 0;  // 0: that of the network
  bool no_average_hints = false, centre_mask = false, no_baseline = false;
  // Left open where they are 0 or empty.
  Index epochs = 0;
  std::optional<Index> batch, warmup_epochs;
  std::optional<double> rate, final_rate, final_decay;
  std::vector<Index> num_hints, val_counts;
  std::vector<double> crop_area;
  std::vector<std::string> folder_weights;
  Index accumulate = 0;
  int threads = 0;
  double stall_limit = 600;  // seconds, of a rank
  double held_out = 0;       // share of the pictures that validates instead of --val
  /// Settings for so many pictures, and so many epochs unless 0, where the user leaves them open.
  std::function<TrainingDefaults(Index pictures, Index epochs)> defaults;
  TrainerConfig trainer;
  LoaderConfig loader;
  TrainingRunOptions run;

  explicit TrainingPlan(CLI::App& command) : command_(command) {}

  /// The checkpoint keeps what is given for this option, and --resume gives it again where the user does not. All that
  /// load_settings reads is kept anyway.
  CLI::Option* keep(CLI::Option* option) {
    kept_.push_back(option);
    return option;
  }
  /// The same for an option that names a file or a folder.
  CLI::Option* keep_path(CLI::Option* option) {
    paths_.push_back(option);
    return keep(option);
  }

  /// Throws Misuse with the option's name, FileError, FormatError, WeightsError.
  TrainingOptions complete();

 private:
  void begin();
  void go_on(const TensorFile& checkpoint);
  void recall_options();
  void apply_given();
  void complete_rest();
  void complete_hints();
  void open_album(bool recalled);
  void choose_network();
  bool names_network() const;
  IColoriTConfig named_network() const;
  IColoriTConfig varied(IColoriTConfig network) const;
  void note_defaults(Index pictures);
  std::string another_training() const;
  std::vector<SettingDifference> differences_to(const json::Value& theirs) const;
  void expect_same_start() const;
  void expect_same_pictures(const json::Value& theirs) const;
  void expect_same_settings(const json::Value& theirs) const;
  void expect_same_validation(const TrainingState& state) const;
  void keep_remarks();
  bool given(const char* name) const;
  std::string given_names(std::initializer_list<const char*> names) const;

  CLI::App& command_;
  std::vector<CLI::Option*> kept_, paths_, recalled_;
  TrainingOptions result_;
};

}  // namespace icolorit::tool
