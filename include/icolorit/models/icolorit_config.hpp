// What defines an iColoriT network, and the registry of variants by name.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "icolorit/core/backend.hpp"
#include "icolorit/core/error.hpp"
#include "icolorit/core/name_list.hpp"
#include "icolorit/layers/local_stabilizer.hpp"
#include "icolorit/layers/patch_embed.hpp"
#include "icolorit/layers/transformer_block.hpp"

namespace icolorit {

/// The hyper-parameters of a network (Yun et al. 2023, sec. 4.1); the defaults are the published base model.
struct IColoriTConfig {
  Index dim = 768;
  Index heads = 12;
  Index patch = 16;
  Index size = 224;  ///< side of the square pictures the weights were trained on; fixes the position tables
  Index depth = 12;
  double mlp_ratio = 4;
  Index channels = 4;  ///< L, a, b, and the hint channel unless 3
  Stabilizer head = Stabilizer::convolution;
  bool position_bias = true;
  HintEncoding encoding{};

  static constexpr Index max_size = 8192;  ///< bounds what the metadata of a file can make a program allocate

  Grid trained() const { return {size / patch, size / patch}; }
  Index mlp_hidden() const { return static_cast<Index>(mlp_ratio * static_cast<double>(dim)); }
  Index token_size() const { return 2 * patch * patch; }

  PatchEmbed::Config embed(Precision precision = Precision::full) const { return {channels, patch, dim, precision}; }
  /// On the grid of the weights, or on another one to run on.
  TransformerBlock::Config block(Grid grid, Precision precision = Precision::full) const {
    return {
        {.dim = dim, .heads = heads, .out = dim, .grid = grid, .position_bias = position_bias, .precision = precision},
        {dim, mlp_hidden(), precision}};
  }
  LocalStabilizer::Config stabilizer(Grid grid, Precision precision = Precision::full) const {
    return {head, dim, token_size(), grid, precision};
  }
  LayerNorm::Config norm() const { return {dim}; }

  /// Of one picture's forward pass on the grid of the weights, in all matrix products; backward takes twice as many.
  double multiply_adds() const {
    const auto N = static_cast<double>(trained().tokens()), D = static_cast<double>(dim),
               out = static_cast<double>(token_size());
    const double block = N * D * (4 * D + 2 * static_cast<double>(mlp_hidden())) + 2 * N * N * D;
    const double stabilizer = head == Stabilizer::convolution ? 9 * N * D * out
                              : head == Stabilizer::linear    ? N * D * out
                                                              : N * D * (3 * D + out) + 2 * N * N * D;
    return N * D * static_cast<double>(embed().projection().in) + static_cast<double>(depth) * block + stabilizer;
  }

  /// Throws ArgumentError with the first rule that is broken.
  void validate() const {
    const auto require = [](bool holds, auto&&... message) {
      if (!holds) throw ArgumentError(concat("IColoriTConfig: ", message...));
    };
    require(dim >= 1 && heads >= 1 && patch >= 1 && size >= 1 && depth >= 1 && mlp_hidden() >= 1,
            "every extent must be at least 1");
    require(dim % heads == 0, "dim ", dim, " is not a multiple of ", heads, " heads");
    require(size % patch == 0, "size ", size, " is not a multiple of patch ", patch);
    require(size <= max_size, "size ", size, " is more than ", max_size, " pixels");
    require(channels == 3 || channels == 4, "channels is ", channels, ", expected 3 or 4");
    require(head != Stabilizer::local_attention || dim % LocalStabilizer::Config::attention_heads == 0,
            "the local attention head needs a dim that is a multiple of 8, not ", dim);
  }

  friend bool operator==(const IColoriTConfig&, const IColoriTConfig&) = default;
};

/// The names of the heads as the published code and the tool spell them.
inline std::string_view name_of(Stabilizer head) {
  switch (head) {
    case Stabilizer::convolution: return "cnn";
    case Stabilizer::linear: return "linear";
    case Stabilizer::local_attention: return "locattn";
  }
  return "?";
}

/// Throws ArgumentError for a name other than cnn, linear, locattn.
inline Stabilizer parse_stabilizer(std::string_view name) {
  for (const Stabilizer head : {Stabilizer::convolution, Stabilizer::linear, Stabilizer::local_attention})
    if (name == name_of(head)) return head;
  throw ArgumentError(concat("unknown head \"", name, "\": use cnn, linear or locattn"));
}

/// Variants by name. A value, not a global: copy the published ones and add your own.
/// Thread-safety: any number of threads may read one; a thread that changes it must be alone.
class ModelRegistry {
 public:
  /// The five published variants.
  static ModelRegistry published() {
    ModelRegistry registry;
    registry.add("icolorit_tiny_4ch_patch8_224", {.dim = 192, .heads = 3, .patch = 8});
    registry.add("icolorit_tiny_4ch_patch16_224", {.dim = 192, .heads = 3, .patch = 16});
    registry.add("icolorit_tiny_4ch_patch32_224", {.dim = 192, .heads = 3, .patch = 32});
    registry.add("icolorit_small_4ch_patch16_224", {.dim = 384, .heads = 6, .patch = 16});
    registry.add("icolorit_base_4ch_patch16_224", {.dim = 768, .heads = 12, .patch = 16});
    return registry;
  }

  /// Adds or replaces a variant. Throws ArgumentError where the configuration breaks a rule.
  void add(const std::string& name, const IColoriTConfig& config) {
    config.validate();
    variants_.insert_or_assign(name, config);
  }

  /// Throws ArgumentError with names that are known.
  const IColoriTConfig& find(std::string_view name) const {
    if (const auto found = variants_.find(name); found != variants_.end()) return found->second;
    NameList known;
    for (const auto& [variant, config] : variants_) known.add(variant);
    throw ArgumentError(concat("unknown variant \"", name, "\"; known are ", known.text()));
  }

  /// The name of the variant that has this configuration, whatever its head and hint encoding; empty where none has.
  std::string name_of(IColoriTConfig config) const {
    for (const auto& [name, variant] : variants_) {
      config.head = variant.head;
      config.encoding = variant.encoding;
      if (config == variant) return name;
    }
    return "";
  }

  /// Sorted by name.
  const std::map<std::string, IColoriTConfig, std::less<>>& variants() const { return variants_; }

 private:
  std::map<std::string, IColoriTConfig, std::less<>> variants_;
};

}  // namespace icolorit
