// iColoriT weights: the configuration found from the tensors themselves, loading, and saving with it in the metadata.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "icolorit/io/weights.hpp"
#include "icolorit/models/icolorit.hpp"

namespace icolorit {

/// Buffers that published checkpoints hold beside the parameters and that follow from the configuration.
inline bool is_derived_buffer(std::string_view name) {
  return name == "head.mask" || name.ends_with(".attn.relative_position_index");
}

/// Those buffers, so that a state_dict loads strictly in the published code. N tokens of the trained size:
///   blocks.i.attn.relative_position_index  (N,N) i64, with a position bias: the table's row for (query, key)
///   head.mask                              (N,N) f32, local attention: 0 where key is among query's 3x3 neighbours
/// All indices share one memory. Throws std::bad_alloc.
inline TensorFile derived_buffers(const IColoriTConfig& config) {
  const Grid grid = config.trained();
  const Index N = grid.tokens();
  TensorFile file;
  const auto make = [&]<class T>(DType dtype, T, const auto& value) -> StoredTensor {
    std::vector<std::byte>& bytes = file.memory.emplace_back(static_cast<std::size_t>(N * N) * sizeof(T));
    for (Index i = 0; i < N * N; ++i) {
      const T element = value(i / N, i % N);
      std::memcpy(bytes.data() + static_cast<std::size_t>(i) * sizeof(T), &element, sizeof(T));
    }
    return {dtype, {N, N}, bytes};
  };
  if (config.position_bias) {
    const StoredTensor index = make(DType::i64, std::int64_t{}, [&](Index query, Index key) {
      return std::int64_t{RelativePositionBias::row(grid, query, key)};
    });
    for (Index i = 0; i < config.depth; ++i)
      file.tensors.emplace(concat("blocks.", i, ".attn.relative_position_index"), index);
  }
  if (config.head == Stabilizer::local_attention) {
    const auto distance = [](Index a, Index b) { return a < b ? b - a : a - b; };
    file.tensors.emplace("head.mask", make(DType::f32, float{}, [&](Index query, Index key) {
                           const bool near = distance(query / grid.columns, key / grid.columns) <= 1 &&
                                             distance(query % grid.columns, key % grid.columns) <= 1;
                           return near ? 0.f : 1.f;
                         }));
  }
  return file;
}

/// Throws WeightsError where a stored relative_position_index is not the one that the published code computes: then the
/// position tables mean something else.
inline void check_position_index(const TensorFile& file, const IColoriTConfig& config) {
  const Grid grid = config.trained();
  const Index N = grid.tokens();
  for (const auto& [name, tensor] : file.tensors) {
    if (!name.ends_with(".attn.relative_position_index")) continue;
    bool equal = tensor.shape == Shape{N, N};
    if (equal) {
      Buffer<double> index(N * N);
      convert_elements(tensor, std::span<double>(index.data(), static_cast<std::size_t>(N * N)));
      for (Index i = 0; i < N * N; ++i)
        equal = equal && index.data()[i] == static_cast<double>(RelativePositionBias::row(grid, i / N, i % N));
    }
    if (!equal)
      throw WeightsError(concat(name, " is not the position index of a ", grid.rows, " x ", grid.columns, " grid"));
  }
}

/// The hyper-parameters that the tensors' names and shapes imply; what they cannot tell (hint encoding, heads without a
/// position table, size without one) comes from the metadata of a file that `weights_metadata` wrote, else from the
/// published defaults. Throws WeightsError for a file that does not hold an iColoriT network.
inline IColoriTConfig infer_config(const TensorFile& file) {
  const auto require = [&](std::string_view name, Index rank) -> const Shape& {
    const StoredTensor* tensor = file.find(name);
    const auto refuse = [&](const auto&... complaint) {
      throw WeightsError(concat("these are not iColoriT weights: ", name, complaint...));
    };
    if (tensor == nullptr) refuse(" is missing");
    // With elements, no extent is larger than the file.
    if (tensor->shape.rank() != rank || tensor->bytes.empty())
      refuse(" is ", tensor->shape, ", expected rank ", rank, " and elements");
    return tensor->shape;
  };
  const auto stated = [&](std::string_view key, Index otherwise) {
    const auto found = file.metadata.find(concat("icolorit.", key));
    return found == file.metadata.end() ? otherwise
                                        : static_cast<Index>(std::strtoll(found->second.c_str(), nullptr, 10));
  };

  IColoriTConfig config;
  const Shape& embed = require("patch_embed.proj.weight", 4);
  config.dim = embed[0];
  config.channels = embed[1];
  config.patch = embed[2];
  config.depth = 0;
  while (file.find(concat("blocks.", config.depth, ".norm1.weight")) != nullptr) ++config.depth;
  const Index hidden = require("blocks.0.mlp.fc1.weight", 2)[0];
  config.mlp_ratio = static_cast<double>(hidden) / static_cast<double>(config.dim);
  // A quotient that was rounded down loses a column when it is multiplied again; its neighbour does not.
  if (config.mlp_hidden() < hidden) config.mlp_ratio = std::nextafter(config.mlp_ratio, 2 * config.mlp_ratio);

  config.position_bias = file.find("blocks.0.attn.rpb_table") != nullptr;
  if (config.position_bias) {
    const Shape& table = require("blocks.0.attn.rpb_table", 2);
    config.heads = table[1];
    config.size = (static_cast<Index>(std::lround(std::sqrt(static_cast<double>(table[0])))) + 1) / 2 * config.patch;
  } else {
    config.heads = stated("heads", std::max<Index>(1, config.dim / 64));  // every published variant has heads of 64
    config.size = stated("size", config.size);
  }
  config.head = file.find("head.head.weight") != nullptr  ? Stabilizer::convolution
                : file.find("head.qkv.weight") != nullptr ? Stabilizer::local_attention
                                                          : Stabilizer::linear;
  config.encoding.average = stated("average_hints", 1) != 0;
  config.encoding.centre_mask = stated("centre_mask", 0) != 0;
  try {
    config.validate();
  } catch (const ArgumentError& error) {
    throw WeightsError(concat("these are not usable iColoriT weights: ", error.what()));
  }
  return config;
}

/// The configuration by name, for the metadata of a safetensors file.
inline Metadata weights_metadata(const IColoriTConfig& config) {
  const auto flag = [](bool value) { return value ? "1" : "0"; };
  return {{"format", "icolorit"},
          {"icolorit.format_version", "1"},
          {"icolorit.dim", concat(config.dim)},
          {"icolorit.heads", concat(config.heads)},
          {"icolorit.patch", concat(config.patch)},
          {"icolorit.size", concat(config.size)},
          {"icolorit.depth", concat(config.depth)},
          {"icolorit.mlp_ratio", concat(config.mlp_ratio)},
          {"icolorit.channels", concat(config.channels)},
          {"icolorit.head", std::string(name_of(config.head))},
          {"icolorit.average_hints", flag(config.encoding.average)},
          {"icolorit.centre_mask", flag(config.encoding.centre_mask)}};
}

/// What the tensors that a training's checkpoint holds beside the parameters are called: the optimizer's state.
inline constexpr std::string_view training_prefix = "training.";

/// Names beside the parameters that a weight file may hold.
inline bool is_no_parameter(std::string_view name) {
  return is_derived_buffer(name) || name.starts_with(training_prefix);
}

/// The network's parameters from a file. Throws WeightsError.
template <class T>
ParameterBuffer<IColoriT, T> load_weights(const TensorFile& file, const IColoriTConfig& config) {
  auto parameters = load_parameters<IColoriT, T>(file, config, is_no_parameter);
  check_position_index(file, config);
  return parameters;
}

/// The same without a copy where none is needed; the file must live on. Throws WeightsError.
template <class T>
ParameterViews<IColoriT, T> view_weights(const TensorFile& file, const IColoriTConfig& config) {
  ParameterViews<IColoriT, T> parameters(file, config, is_no_parameter);
  check_position_index(file, config);
  return parameters;
}

}  // namespace icolorit
