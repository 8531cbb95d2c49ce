// Model: a network loaded and prepared for one input size; what threads share.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "icolorit/core/log.hpp"
#include "icolorit/core/progress.hpp"
#include "icolorit/core/result.hpp"
#include "icolorit/models/weights.hpp"

namespace icolorit {

/// How to read a weight file; what is not given is found from the file.
struct ModelOptions {
  std::optional<IColoriTConfig> config{};  ///< demands this architecture instead of the inferred one
  Index height = 0;  ///< input size in pixels, multiples of the patch; 0: the size the weights were trained on
  Index width = 0;
  Precision precision = Precision::full;
  bool map_file = false;  ///< map the file into memory instead of reading it; MappedFile says which files may be
  LogCallback log{};      ///< told what was loaded
};

/// An immutable network in the backend's memory. Share it between threads by shared_ptr; each thread brings its own
/// context.
/// Thread-safety: any number of threads may use one, because it never changes.
template <class B, class T = float>
  requires Backend<B, T>
class Model {
 public:
  /// Throws WeightsError where the file does not fit, ShapeError for a size that is not a multiple of the patch,
  /// ArgumentError for a precision that the backend does not offer, and Cancelled where `progress`, which is told of
  /// every block, asks for it.
  Model(const TensorFile& file, const ModelOptions& options = {}, typename B::Context context = typename B::Context(),
        const ProgressCallback& progress = {})
      : Model(config_for(file, options), options, file, context, progress, {}) {}

  /// The same, and gives the file's memory back block by block: the network is never in memory twice.
  Model(TensorFile&& file, const ModelOptions& options = {}, typename B::Context context = typename B::Context(),
        const ProgressCallback& progress = {})
      : Model(config_for(file, options), options, file, context, progress,
              [&](Index block) { file.discard(concat("blocks.", block, ".")); }) {}

  /// From a weight file. Throws FileError, FormatError, and as above.
  [[nodiscard]] static std::shared_ptr<const Model> load(const std::filesystem::path& path,
                                                         const ModelOptions& options = {},
                                                         typename B::Context context = typename B::Context(),
                                                         const ProgressCallback& progress = {}) {
    report(progress, 0, "reading weights");
    return std::make_shared<const Model>(options.map_file ? map_weights(path) : read_weights(path), options,
                                         std::move(context), progress);
  }

  /// From the bytes of a weight file, which are only read, and only until this returns. Throws FormatError, and as
  /// above.
  [[nodiscard]] static std::shared_ptr<const Model> load(std::span<const std::byte> bytes,
                                                         const ModelOptions& options = {},
                                                         typename B::Context context = typename B::Context(),
                                                         const ProgressCallback& progress = {}) {
    report(progress, 0, "reading weights");
    return std::make_shared<const Model>(parse_weights(bytes), options, std::move(context), progress);
  }

  /// load(arguments...) with a failure in the place of an exception.
  template <class... Arguments>
  static Result<std::shared_ptr<const Model>> try_load(Arguments&&... arguments) noexcept {
    return attempt([&] { return load(std::forward<Arguments>(arguments)...); });
  }

  /// About how many bytes a model of this configuration keeps: all parameters, those of the blocks' linear layers in 8
  /// bits under Precision::int8 and in 16 under Precision::bf16, embedding and head in finer_than_int8 of it, and the
  /// positions of `grid`. How a backend lays them out adds about a tenth, and up to 2 MiB for each matrix that is
  /// larger than that. Loading needs the file's bytes besides.
  static Index memory_required(const IColoriTConfig& config, Precision precision = Precision::full) {
    const auto saved = [](Index parameters, Precision kept_in) {
      const Index bytes = kept_in == Precision::int8 ? 1 : kept_in == Precision::bf16 ? 2 : Index{sizeof(T)};
      return parameters * (Index{sizeof(T)} - bytes);
    };
    const Index in_blocks = config.depth * config.dim * (4 * config.dim + 2 * config.mlp_hidden());
    const Index beside = count_parameters<PatchEmbed>(config.embed()) +
                         count_parameters<LocalStabilizer>(config.stabilizer(config.trained()));
    return (count_parameters<IColoriT>(config) + config.trained().tokens() * config.dim) * Index{sizeof(T)} -
           saved(in_blocks, precision) - saved(beside, finer_than_int8<B>(precision));
  }

  const IColoriTConfig& config() const { return prepared_.config; }
  Index height() const { return prepared_.height(); }
  Index width() const { return prepared_.width(); }
  const IColoriT::Prepared<B, T>& prepared() const { return prepared_; }

 private:
  Model(const IColoriTConfig& config, const ModelOptions& options, const TensorFile& file, typename B::Context& context,
        const ProgressCallback& progress, const std::function<void(Index)>& block_done)
      : prepared_(context, config, grid_for(config, options), view_weights<T>(file, config).views(), options.precision,
                  [&](Index block) {
                    if (block_done) block_done(block);
                    report(progress, static_cast<double>(block + 1) / static_cast<double>(config.depth),
                           "preparing the network");
                  }) {
    log_message(options.log, LogLevel::info, "a network of ", config.depth, " blocks and ", config.dim,
                " dimensions for ", width(), " x ", height(), " pixels in ",
                options.precision == Precision::int8   ? "8-bit integers"
                : options.precision == Precision::bf16 ? "bfloat16"
                                                       : "floats",
                ", about ", memory_required(config, options.precision) / 1'000'000, " MB");
  }

  static IColoriTConfig config_for(const TensorFile& file, const ModelOptions& options) {
    return options.config ? *options.config : infer_config(file);
  }

  static Grid grid_for(const IColoriTConfig& config, const ModelOptions& options) {
    const Index height = options.height > 0 ? options.height : config.size;
    const Index width = options.width > 0 ? options.width : config.size;
    if (height % config.patch != 0 || width % config.patch != 0)
      throw ShapeError(concat("Model: an input of ", width, " x ", height, " pixels is not a multiple of the patch, ",
                              config.patch));
    return {height / config.patch, width / config.patch};
  }

  IColoriT::Prepared<B, T> prepared_;
};

}  // namespace icolorit
