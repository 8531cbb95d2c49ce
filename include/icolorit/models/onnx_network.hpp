// The network as an ONNX model, for programs that run it by other means. The graph computes what models/icolorit.hpp
// does, from the raw parameters.
//   lab   (B,3,S,S)  L, a and b of the picture in network units; ab is read in hinted cells alone
//   mask  (B,M)      0 = hint, 1 = none, for (S/s)^2 cells of s x s pixels; M says how large they are
//   ab    (B,2,S,S)  in network units
// B and M may differ from run to run; S is the size that the weights were trained on.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "icolorit/io/onnx.hpp"
#include "icolorit/layers/position_encoding.hpp"
#include "icolorit/models/weights.hpp"

namespace icolorit {

/// Writes the graph once, from parameters that must outlive it.
/// Thread-safety: one thread at a time.
class OnnxNetwork {
 public:
  /// Throws ArgumentError for a convolutional head on a single token, which has no neighbour to reflect.
  OnnxNetwork(const IColoriTConfig& config, const IColoriT::Params<const float>& params)
      : config_(config), side_(config.trained().rows), tokens_(config.trained().tokens()) {
    if (config.head == Stabilizer::convolution && side_ < 2)
      throw ArgumentError("OnnxNetwork: a cnn head on one token reflects nothing; export another head");
    const std::array<OnnxExtent, 4> lab_shape{"batch", Index{3}, config.size, config.size};
    const std::array<OnnxExtent, 4> ab_shape{"batch", Index{2}, config.size, config.size};
    const std::array<OnnxExtent, 2> mask_shape{"batch", "cells"};
    const Value lab = graph_.input("lab", lab_shape), mask = graph_.input("mask", mask_shape);
    Value x = embedded(encoded(lab, mask), params.embed);
    for (const auto& block : params.blocks) {
      x = graph_.node("Add", {x, attended(normed(x, block.norm1), block.attention, blocks())});
      x = graph_.node("Add", {x, mlp(normed(x, block.norm2), block.mlp)});
    }
    const Value y = graph_.node("Tanh", {stabilized(normed(x, params.norm), params.head)});
    graph_.output(shuffled(y), "ab", ab_shape);
  }

  /// The file, with the configuration in its metadata.
  std::string format() const { return graph_.format(ICOLORIT_VERSION, weights_metadata(config_)); }

 private:
  using Value = OnnxGraph::Value;

  template <int Rank>
  static std::span<const float> elements(TensorView<const float, Rank> view) {
    return {view.data(), static_cast<std::size_t>(view.elements())};
  }
  template <int Rank>
  Value constant(TensorView<const float, Rank> view) {
    return graph_.constant(elements(view), view.shape());
  }
  Value scalar(float value) { return graph_.constant(std::span<const float>(&value, 1), Shape{}); }
  Value at(const Value& list, std::int64_t i) {
    return graph_.node("Gather", {list, graph_.constant(std::span<const std::int64_t>(&i, 1), Shape{})}, {{"axis", 0}});
  }

  Attention::Config blocks() const { return config_.block(config_.trained()).attention; }

  /// The network's input (B,C,S,S): IColoriT::encode, for cells of any size.
  Value encoded(const Value& lab, const Value& mask) {
    const auto list = [&](const Value& number) { return graph_.node("Reshape", {number, graph_.integers({1})}); };
    const Value cells = graph_.node("Cast", {at(graph_.node("Shape", {mask}), 1)}, {{"to", 1}});
    const Value side = list(graph_.node("Cast", {graph_.node("Sqrt", {cells})}, {{"to", 7}}));
    const Value batch = list(at(graph_.node("Shape", {lab}), 0));
    const auto sizes = [&](std::int64_t channels, const Value& rows) {
      return graph_.node("Concat", {batch, graph_.integers({channels}), rows, rows}, {{"axis", 0}});
    };
    const Value full = graph_.integers({config_.size});
    const auto repeated = [&](const Value& planes, std::int64_t channels) {  // each cell's value on all of its pixels
      return graph_.node(
          "Resize", {planes, "", "", sizes(channels, full)},
          {{"mode", "nearest"}, {"coordinate_transformation_mode", "asymmetric"}, {"nearest_mode", "floor"}});
    };
    const auto channels = [&](std::int64_t first, std::int64_t end) {
      return graph_.node("Slice", {lab, graph_.integers({first}), graph_.integers({end}), graph_.integers({1})});
    };

    const Value squares = graph_.node("Reshape", {mask, sizes(1, side)});
    const Value hint = graph_.node("Sub", {scalar(1), repeated(squares, 1)});
    Value ab = channels(1, 3);
    if (config_.encoding.average)  // bilinear, half-pixel centres, no antialiasing: the mean of a cell's centre
      ab = repeated(graph_.node("Resize", {ab, "", "", sizes(2, side)},
                                {{"mode", "linear"}, {"coordinate_transformation_mode", "half_pixel"}}),
                    2);
    ab = graph_.node("Mul", {ab, hint});
    const float center = config_.encoding.centre_mask ? .5f : 0.f;
    if (config_.channels == 4)
      return graph_.node("Concat", {channels(0, 1), ab, graph_.node("Sub", {hint, scalar(center)})}, {{"axis", 1}});
    // Without a hint channel it is the last colour channel that the published code centres.
    const std::array<float, 2> shift{0, center};
    ab = graph_.node("Sub", {ab, graph_.constant(shift, Shape{1, 2, 1, 1})});
    return graph_.node("Concat", {channels(0, 1), ab}, {{"axis", 1}});
  }

  /// Tokens (B,N,D).
  Value embedded(const Value& picture, const PatchEmbed::Params<const float>& params) {
    const Value patches =
        graph_.node("Conv", {picture, constant(params.weight), constant(params.bias)},
                    {{"strides", std::vector<std::int64_t>{config_.patch, config_.patch}}});  // (B,D,rows,columns)
    const Buffer<double> table = position_table(config_.trained(), config_.dim);
    const std::vector<float> positions(table.data(), table.data() + table.size());
    return graph_.node("Add", {tokens_of(patches), graph_.constant(positions, Shape{tokens_, config_.dim})});
  }

  /// (B,D,rows,columns) as (B,N,D), and back.
  Value tokens_of(const Value& planes) {
    return transposed(graph_.node("Reshape", {planes, graph_.integers({0, config_.dim, tokens_})}), {0, 2, 1});
  }
  Value planes_of(const Value& tokens) {
    return graph_.node("Reshape", {transposed(tokens, {0, 2, 1}), graph_.integers({0, config_.dim, side_, side_})});
  }
  Value transposed(const Value& x, std::vector<std::int64_t> axes) {
    return graph_.node("Transpose", {x}, {{"perm", std::move(axes)}});
  }

  Value normed(const Value& x, const LayerNorm::Params<const float>& params) {
    return graph_.node("LayerNormalization", {x, constant(params.weight), constant(params.bias)},
                       {{"axis", -1}, {"epsilon", static_cast<float>(config_.norm().eps)}});
  }

  /// x (B,N,in) W^T, of W (out,in).
  Value product(const Value& x, TensorView<const float, 2> weight) {
    std::vector<float> turned;
    turned.reserve(static_cast<std::size_t>(weight.elements()));
    for (Index i = 0; i < weight.extent(1); ++i)
      for (Index o = 0; o < weight.extent(0); ++o) turned.push_back(weight(o, i));
    return graph_.node("MatMul", {x, graph_.constant(turned, Shape{weight.extent(1), weight.extent(0)})});
  }
  Value linear(const Value& x, const Linear::Params<const float>& params) {
    return graph_.node("Add", {product(x, params.weight), constant(params.bias)});
  }

  /// The exact GELU between two linear layers.
  Value mlp(const Value& x, const Mlp::Params<const float>& params) {
    const Value hidden = linear(x, params.expand);
    const Value erf = graph_.node("Erf", {graph_.node("Mul", {hidden, scalar(std::sqrt(.5f))})});
    const Value half = graph_.node("Mul", {hidden, scalar(.5f)});
    return linear(graph_.node("Mul", {half, graph_.node("Add", {erf, scalar(1)})}), params.contract);
  }

  Value attended(const Value& x, const Attention::Params<const float>& params, const Attention::Config& attention) {
    const Index D = attention.dim, H = attention.heads;
    Value qkv = product(x, params.qkv_weight);
    if (attention.qkv_bias) {
      std::vector<float> bias(static_cast<std::size_t>(3 * D), 0.f);
      std::copy_n(params.q_bias.data(), D, bias.begin());
      std::copy_n(params.v_bias.data(), D, bias.begin() + 2 * D);
      qkv = graph_.node("Add", {qkv, graph_.constant(bias, Shape{3 * D})});
    }
    qkv = graph_.node("Reshape", {qkv, graph_.integers({0, tokens_, 3, H, D / H})});
    qkv = transposed(qkv, {2, 0, 3, 1, 4});  // (3,B,H,N,D/H)
    const float scale = 1 / std::sqrt(static_cast<float>(D / H));
    const Value q = graph_.node("Mul", {at(qkv, 0), scalar(scale)}), k = transposed(at(qkv, 1), {0, 1, 3, 2});
    Value logits = graph_.node("MatMul", {q, k});  // (B,H,N,N)
    if (attention.position_bias) logits = graph_.node("Add", {logits, position_bias(params.position_table)});
    if (attention.local) logits = graph_.node("Add", {logits, neighbours_only()});
    const Value mixed = graph_.node("MatMul", {graph_.node("Softmax", {logits}, {{"axis", -1}}), at(qkv, 2)});
    return linear(graph_.node("Reshape", {transposed(mixed, {0, 2, 1, 3}), graph_.integers({0, tokens_, D})}),
                  params.projection);
  }

  /// (H,N,N) of the table ((2R-1)(2C-1),H).
  Value position_bias(TensorView<const float, 2> table) {
    if (position_index_.empty()) {
      std::vector<std::int64_t> index;
      for (Index query = 0; query < tokens_; ++query)
        for (Index key = 0; key < tokens_; ++key)
          index.push_back(RelativePositionBias::row(config_.trained(), query, key));
      position_index_ = graph_.constant(index, Shape{tokens_, tokens_});
    }
    return transposed(graph_.node("Gather", {constant(table), position_index_}, {{"axis", 0}}), {2, 0, 1});
  }

  /// (N,N): 0 for a token's 3 x 3 neighbours, minus infinity elsewhere.
  Value neighbours_only() {
    std::vector<float> mask;
    for (Index query = 0; query < tokens_; ++query)
      for (Index key = 0; key < tokens_; ++key) {
        const bool near = std::abs(query / side_ - key / side_) <= 1 && std::abs(query % side_ - key % side_) <= 1;
        mask.push_back(near ? 0.f : -std::numeric_limits<float>::infinity());
      }
    return graph_.constant(mask, Shape{tokens_, tokens_});
  }

  /// The head's answer with the channels (2P^2) second.
  Value stabilized(const Value& x, const LocalStabilizer::Params<const float>& params) {
    const LocalStabilizer::Config head = config_.stabilizer(config_.trained());
    switch (head.kind) {
      case Stabilizer::convolution: {
        const Value padded =
            graph_.node("Pad", {planes_of(x), graph_.integers({0, 0, 1, 1, 0, 0, 1, 1})}, {{"mode", "reflect"}});
        return graph_.node("Conv", {padded, constant(params.convolution.weight), constant(params.convolution.bias)});
      }
      case Stabilizer::linear: return transposed(linear(x, params.linear), {0, 2, 1});
      case Stabilizer::local_attention: break;
    }
    return transposed(attended(x, params.attention, head.attention()), {0, 2, 1});
  }

  /// Channels (row, column, colour) of each token as pixels (B,2,S,S).
  Value shuffled(const Value& y) {
    const Index P = config_.patch;
    const Value split = graph_.node("Reshape", {y, graph_.integers({0, P, P, 2, side_, side_})});
    return graph_.node("Reshape",
                       {transposed(split, {0, 3, 4, 1, 5, 2}), graph_.integers({0, 2, config_.size, config_.size})});
  }

  IColoriTConfig config_;
  Index side_, tokens_;  // of the trained grid: tokens along a side, and all
  OnnxGraph graph_;
  Value position_index_;  // (N,N), shared by the blocks
};

/// The bytes of the ONNX file of these weights. Throws WeightsError where they do not fit the configuration, and
/// ArgumentError as OnnxNetwork does.
[[nodiscard]] inline std::string format_onnx(const TensorFile& weights, const IColoriTConfig& config) {
  const ParameterViews<IColoriT, float> parameters = view_weights<float>(weights, config);
  return OnnxNetwork(config, parameters.views()).format();
}

}  // namespace icolorit
