// Weights for a network that nobody has trained: the examples run it only to show that it runs.
#pragma once

#include <cmath>
#include <span>
#include <string>
#include <vector>

#include "icolorit/core/random.hpp"
#include "icolorit/models/weights.hpp"

/// A weight file in memory: uniform numbers that keep the spread of their input, unit norms, no biases.
inline icolorit::TensorFile random_weights(const icolorit::IColoriTConfig& config, std::uint64_t seed) {
  using namespace icolorit;
  TensorFile file;
  Random random(seed);
  IColoriT::Params<float> params;
  IColoriT::visit(config, params, "", [&](const std::string& name, auto&, const auto& extents, Decay) {
    const Shape shape{std::span<const Index>(extents)};
    const double spread = std::sqrt(3. * static_cast<double>(shape[0]) / static_cast<double>(shape.elements()));
    std::vector<std::byte>& memory =
        file.memory.emplace_back(static_cast<std::size_t>(shape.elements()) * sizeof(float));
    const std::span values(reinterpret_cast<float*>(memory.data()), static_cast<std::size_t>(shape.elements()));
    const bool is_matrix = shape.rank() > 1, is_norm = !is_matrix && name.ends_with("weight");
    for (float& value : values)
      value = is_matrix ? static_cast<float>(spread * (2 * random.uniform() - 1)) : is_norm ? 1.f : 0.f;
    file.tensors.emplace(name, stored(std::span<const float>(values), shape));
  });
  return file;
}
