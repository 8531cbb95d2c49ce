// The library compiled once: a program that includes this header and links icolorit::compiled compiles in a second or
// two, because the network and its CPU backend are not compiled with it.
//
//   AnyColorizer colorizer = make_colorizer(load_model("weights.safetensors"));
//   const Image result = colorizer.colorize(photo, hints);
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>

#include "icolorit/models/any_colorizer.hpp"

namespace icolorit {

/// A Model<CpuBackend> behind a name.
/// Thread-safety: any number of threads may use one, because it never changes.
class CompiledModel;

enum class CompiledPrecision { automatic, f32, int8 };  ///< automatic: int8 where the processor is fast at it
enum class CompiledEngine { fusion, network, optimization };

struct CompiledModelOptions {
  CompiledPrecision precision = CompiledPrecision::automatic;
  Index input_size = 0;   ///< side of the network's input in pixels; 0: that of the weights
  bool map_file = false;  ///< as in ModelOptions
  int threads = 0;        ///< that load, the caller's among them; 0: as many as the machine offers
  LogCallback log{};      ///< as in ModelOptions
};

/// As Model<CpuBackend>::load.
[[nodiscard]] std::shared_ptr<const CompiledModel> load_model(const std::filesystem::path& path,
                                                              const CompiledModelOptions& options = {},
                                                              const ProgressCallback& progress = {});
[[nodiscard]] std::shared_ptr<const CompiledModel> load_model(std::span<const std::byte> bytes,
                                                              const CompiledModelOptions& options = {},
                                                              const ProgressCallback& progress = {});

struct CompiledColorizerOptions {
  CompiledEngine engine = CompiledEngine::fusion;
  int threads = 0;  ///< the caller's among them; 0: as many as the machine offers
  ColorizerOptions colorizer{};
};

/// A colorizer of one of the library's engines on the CPU. Only the optimization needs no model. Throws ArgumentError.
[[nodiscard]] AnyColorizer make_colorizer(std::shared_ptr<const CompiledModel> model,
                                          const CompiledColorizerOptions& options = {});

/// What the library was compiled for: portable, avx2, avx512, avx512vnni or avx512bf16.
[[nodiscard]] const char* compiled_instructions();

}  // namespace icolorit
