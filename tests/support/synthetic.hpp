// Weights and inputs from formulas, the same as in golden/make_network.py, for networks too large to store.
#pragma once

#include <cmath>
#include <string>

#include "icolorit/core/random.hpp"
#include "icolorit/models/icolorit.hpp"

namespace icolorit::test {

inline std::uint64_t fnv1a(const std::string& text) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return hash;
}

/// Uniform numbers with the spread of a trained network; a stream of its own for each parameter name.
template <class T = float>
ParameterBuffer<IColoriT, T> synthetic_weights(const IColoriTConfig& config) {
  ParameterBuffer<IColoriT, T> parameters(config);
  IColoriT::visit(config, parameters.views(), "", [](const std::string& name, auto& view, const auto& extents, Decay) {
    Random random(fnv1a(name));
    const double fan_in = static_cast<double>(view.elements() / extents[0]);
    const double spread = extents.size() == 1 ? .05 : name.ends_with("rpb_table") ? .5 : std::sqrt(3 / fan_in);
    for (T& value : std::span<T>(view.data(), static_cast<std::size_t>(view.elements()))) {
      const double u = 2 * random.uniform() - 1;
      const bool norm_weight = name.find("norm") != std::string::npos && name.ends_with("weight");
      value = static_cast<T>(static_cast<float>(norm_weight ? 1 + .1 * u : spread * u));
    }
  });
  return parameters;
}

/// lab (3,size,size) in network units and a mask of 2-pixel cells with `hints` hints.
struct SyntheticInput {
  SyntheticInput(Index size, Index hints) : lab(3 * size * size), mask(size / 2 * (size / 2)) {
    const auto planes = lab.view(3, size, size);
    for (Index i = 0; i < size; ++i)
      for (Index j = 0; j < size; ++j) {
        const auto y = static_cast<double>(i), x = static_cast<double>(j);
        planes(0, i, j) = static_cast<float>(.4 * std::sin(.05 * x) * std::cos(.03 * y));
        planes(1, i, j) = static_cast<float>(.3 * std::sin(.02 * (x + y)));
        planes(2, i, j) = static_cast<float>(.3 * std::cos(.04 * x - .01 * y));
      }
    std::fill_n(mask.data(), mask.size(), 1.f);
    for (Index i = 0; i < hints; ++i) mask.data()[(i * 7919 + 13) % mask.size()] = 0;
  }

  Buffer<float> lab, mask;
};

}  // namespace icolorit::test
