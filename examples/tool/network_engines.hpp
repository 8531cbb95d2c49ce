// The engines of engines.hpp that run a network, on any backend.
#pragma once

#include <algorithm>
#include <memory>
#include <span>
#include <thread>
#include <utility>
#include <vector>

#include "../random_weights.hpp"
#include "engines.hpp"
#include "icolorit/models/colorizer.hpp"
#include "icolorit/models/fusion_protocol.hpp"
#include "icolorit/models/self_check.hpp"
#include "misuse.hpp"

namespace icolorit::tool {

/// What a network is, in a few words: its published name where it has one.
inline std::string describe_network(const IColoriTConfig& config) {
  const std::string name = ModelRegistry::published().name_of(config);
  return name.empty() ? concat("a network of dim ", config.dim, ", ", config.heads, " heads, patch ", config.patch,
                               ", depth ", config.depth, ", size ", config.size)
                      : name;
}

/// The architecture of the weights, with the head that the command line demands. Throws WeightsError where it demands
/// another variant.
inline IColoriTConfig config_for(const TensorFile& file, const EngineOptions& options) {
  IColoriTConfig config = infer_config(file);
  if (!options.variant.empty() && ModelRegistry::published().name_of(config) != options.variant)
    throw WeightsError(
        options.weights_installed
            ? concat("the installed weights are ", describe_network(config), ", and none of ", options.variant,
                     " are installed: download them, and give their file with --model FILE")
            : concat("they are ", describe_network(config), ", not ", options.variant, ": leave that name out"));
  if (!options.head.empty()) config.head = parse_stabilizer(options.head);
  return config;
}

/// What --precision asks of a network's prepared layers. On a GPU it is the element type that is bf16.
template <class T>
Precision prepared_precision(const std::string& name) {
  if (name == "int8") return Precision::int8;
  return name == "bf16" && !std::is_same_v<T, bf16> ? Precision::bf16 : Precision::full;
}

template <class B, class T>
std::shared_ptr<const Model<B, T>> load_model(const EngineOptions& options, typename B::Context context) {
  TensorFile file = options.weights.empty() ? random_weights(ModelRegistry::published().find(options.variant), 1)
                                            : read_weights(options.weights);
  options.adapters.apply(file);
  try {
    const IColoriTConfig config = config_for(file, options);
    require(options.size % config.patch == 0, "--size ", options.size, " is not a multiple of the network's patch, ",
            config.patch);
    return std::make_shared<const Model<B, T>>(std::move(file),
                                               ModelOptions{.config = config,
                                                            .height = options.size,
                                                            .width = options.size,
                                                            .precision = prepared_precision<T>(options.precision)},
                                               std::move(context));
  } catch (const WeightsError& error) {
    throw WeightsError(concat("cannot use ", options.weights, ": ", error.what()));
  }
}

inline ColorizerOptions colorizer_options(bool bicubic) {
  return {.upsampling = bicubic ? Upsampling::bicubic : Upsampling::guided};
}

template <class B, class T>
class NetworkEvaluation : public Evaluation {
 public:
  NetworkEvaluation(std::shared_ptr<const Model<B, T>> model, Index batch, Index cell, typename B::Context context)
      : protocol_(std::move(model), batch, std::move(context), cell) {}

  const HintGrid& grid() const override { return protocol_.cells(); }
  Index batch() const override { return protocol_.batch(); }
  TensorView<const float, 4> predict(std::span<const EvaluationPicture* const> pictures,
                                     std::span<const std::vector<Index>* const> hinted,
                                     const ProgressCallback& progress) override {
    return protocol_.predict(pictures, hinted, progress);
  }

 private:
  PaperProtocol<B, T> protocol_;
};

/// A network's evaluation, fused with the hints.
class FusedEvaluation : public Evaluation {
 public:
  FusedEvaluation(std::unique_ptr<Evaluation> network, Index threads)
      : network_(std::move(network)), fusion_(network_->grid(), network_->batch(), threads) {}

  const HintGrid& grid() const override { return network_->grid(); }
  Index batch() const override { return network_->batch(); }
  TensorView<const float, 4> predict(std::span<const EvaluationPicture* const> pictures,
                                     std::span<const std::vector<Index>* const> hinted,
                                     const ProgressCallback& progress) override {
    before_fusion_ = network_->predict(pictures, hinted, progress);
    return fusion_.fuse(before_fusion_, pictures, hinted);
  }
  TensorView<const float, 4> before_fusion() const override { return before_fusion_; }

 private:
  std::unique_ptr<Evaluation> network_;
  FusionProtocol fusion_;
  TensorView<const float, 4> before_fusion_;
};

template <class B, class T>
class NetworkForwardPass : public ForwardPass {
 public:
  NetworkForwardPass(std::shared_ptr<const Model<B, T>> model, Index batch, typename B::Context context)
      : predictor_(std::move(model), batch, std::move(context)), config_(predictor_.model().config()), batch_(batch) {
    config_.size = predictor_.model().height();
    lab_ = Buffer<float>(batch * 3 * pixels());
    ab_ = Buffer<float>(batch * 2 * pixels());
    mask_ = Buffer<float>(batch * pixels());
    Random random(1);
    for (Index i = 0; i < lab_.size(); ++i) lab_.data()[i] = static_cast<float>(.6 * random.uniform() - .3);
    for (Index i = 0; i < mask_.size(); ++i) mask_.data()[i] = i % 5000 == 0 ? 0.f : 1.f;  // hints of one pixel
  }

  void run() override {
    const Index S = config_.size;
    predictor_(ab_.view(batch_, 2, S, S), std::as_const(lab_).view(batch_, 3, S, S),
               std::as_const(mask_).view(batch_, pixels()));
  }
  const IColoriTConfig& config() const override { return config_; }

 private:
  Index pixels() const { return config_.size * config_.size; }

  Predictor<B, T> predictor_;
  IColoriTConfig config_;
  Index batch_;
  Buffer<float> lab_, ab_, mask_;
};

/// The three, in contexts that make_context makes.
template <class B, class T, class MakeContext>
struct NetworkEngines {
  const EngineOptions& options;
  MakeContext make_context;

  FullColors full_colors(bool bicubic) const { return full_colors(bicubic, load_model<B, T>(options, make_context())); }
  std::vector<FullColors> full_colors(bool bicubic, Index count) const {
    const auto model = load_model<B, T>(options, make_context());
    std::vector<FullColors> all;
    while (std::ssize(all) < count) all.push_back(full_colors(bicubic, model));
    return all;
  }
  FullColors full_colors(bool bicubic, const std::shared_ptr<const Model<B, T>>& model) const {
    NetworkEngine<B, T> engine(model, make_context(), 2, options.quality == "high");
    if (options.fuses())
      return {Colorizer(FusionEngine(std::move(engine)), colorizer_options(bicubic)), model->height()};
    return {Colorizer(std::move(engine), colorizer_options(bicubic)), model->height()};
  }
  AnyColorEngine color_engine(Index working_pixels) const {
    NetworkEngine<B, T> engine(load_model<B, T>(options, make_context()), make_context(), 2, options.quality == "high");
    if (!options.fuses()) return AnyColorEngine(std::move(engine));  // nvcc does not move it by itself
    FusionEngineOptions fused;
    fused.max_pixels = working_pixels;
    return FusionEngine(std::move(engine), fused);
  }
  std::unique_ptr<Evaluation> evaluation(Index batch, Index cell) const {
    const auto model = load_model<B, T>(options, make_context());
    expect_cells(model->height(), cell);
    auto network = std::make_unique<NetworkEvaluation<B, T>>(model, batch, cell, make_context());
    if (!options.fuses()) return network;
    const Index all = std::max(1u, std::thread::hardware_concurrency());
    return std::make_unique<FusedEvaluation>(std::move(network), options.threads > 0 ? options.threads : all);
  }
  std::unique_ptr<ForwardPass> forward_pass(Index batch) const {
    return std::make_unique<NetworkForwardPass<B, T>>(load_model<B, T>(options, make_context()), batch, make_context());
  }
};

}  // namespace icolorit::tool
