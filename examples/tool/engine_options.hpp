// Engine options: which engine a command runs, with which weights, where. The engines' names and the choice between
// them are here and nowhere else.
#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/App.hpp>

#include "adapter_options.hpp"
#include "icolorit/core/config.hpp"

namespace icolorit::tool {

class ResultLine;

/// What --engine can name.
struct EngineKind {
  std::string_view name, alias;
  std::string_view title;  // in reports
  bool needs_weights;
};

/// The best first: without --engine the first whose needs are met is taken. The published evaluation is of the network
/// alone, so there fusion has to be asked for.
inline constexpr std::array engine_kinds{EngineKind{"fusion", "", "fusion with", true},
                                         EngineKind{"icolorit", "network", "network", true},
                                         EngineKind{"optimization", "optimisation", "optimisation", false}};

/// The weights that are installed with the tool, ../share/icolorit/*.safetensors, sorted by name.
std::vector<std::filesystem::path> all_installed_weights();

/// What the commands ask of an engine; empty or 0 means: not given.
struct EngineOptions {
  std::string engine;              // a name of engine_kinds
  std::filesystem::path weights;   // of the network
  std::string model;               // as the command line names it: a published network or a file of weights
  std::string variant, head;       // demand this network of the weights
  AdapterOptions adapters;         // change the network
  std::string device = "cpu";      // or cuda
  std::string precision = "auto";  // of the network: f32, bf16; int8 on the CPU; f16 on CUDA
  Index size = 0;                  // of the network's square input
  std::string quality = "normal";  // or high
  int threads = 0;
  bool weights_missing = false;    // the engine was taken because no weights were found
  bool weights_installed = false;  // the weights are not the user's choice

  /// Adds --engine, and what the functions below add, to a command.
  void add_to(CLI::App& command);
  /// Adds --model, --head, --lora and --size.
  void add_network_to(CLI::App& command);
  /// Adds --device, --precision and --threads.
  void add_machine_to(CLI::App& command);

  /// Fills in the engine, the weights and the precision where the command line leaves them open: weights installed
  /// beside the tool (../share/icolorit/*.safetensors), else an engine that needs none; int8 where that is fast, but
  /// f32 in the published evaluation, whose numbers shall not depend on the processor. Throws Misuse where options
  /// contradict each other.
  void complete(bool published_evaluation = false);
  /// The same for a command that runs a network and nothing else. With `random_weights`, a published network that is
  /// named needs no weights.
  void complete_network(bool random_weights = false);

  const EngineKind& kind() const;
  bool uses_network() const { return kind().needs_weights; }
  bool fuses() const { return engine == "fusion"; }
  /// The engine and its weights, for people: "fusion with icolorit_tiny.safetensors".
  std::string title() const;
  /// The network by its file and its adapters.
  std::string network_name() const;
  /// Says which engine it was, with which weights.
  void describe(ResultLine& line) const;

 private:
  void check_machine() const;
  void resolve_model();
  void choose_precision(bool published_evaluation);
  void find_weights();
};

}  // namespace icolorit::tool
