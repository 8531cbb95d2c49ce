// What a training starts from: random weights as published, or those of another network.
#pragma once

#include <cmath>
#include <cstdint>
#include <string>

#include "icolorit/core/random.hpp"
#include "icolorit/io/crc32.hpp"
#include "icolorit/models/weights.hpp"

namespace icolorit {

/// A normal number of this spread, drawn again until it is no further than `cut` from 0.
inline double truncated_normal(Random& random, double spread, double cut) {
  double value = spread * random.normal();
  while (std::abs(value) > cut) value = spread * random.normal();
  return value;
}

/// Random parameters as the published training starts: linear layers uniform by Glorot and Bengio (2010) without
/// biases, unit norms, position tables normal with spread 0.02 cut at +-0.02, convolutions as PyTorch leaves them,
/// weights and biases uniform in +-1/sqrt(fan in) (He et al. 2015 with a = sqrt 5). Every parameter has its own stream.
inline ParameterBuffer<IColoriT, float> random_parameters(const IColoriTConfig& config, std::uint64_t seed) {
  ParameterBuffer<IColoriT, float> parameters(config);
  double convolution_bound = 0;  // of the layer whose weight came last; 0: no convolution
  IColoriT::visit(config, parameters.views(), "", [&](const std::string& name, auto& view, const auto& extents, Decay) {
    Random random(seed, crc32(std::as_bytes(std::span(name))));
    const auto fill = [&](auto&& draw) {
      for (Index i = 0; i < view.elements(); ++i) view.data()[i] = static_cast<float>(draw());
    };
    const auto uniform = [&](double bound) { fill([&] { return bound * (2 * random.uniform() - 1); }); };
    const auto rows = static_cast<double>(extents[0]), fan_in = static_cast<double>(view.elements()) / rows;
    if (name.ends_with("rpb_table")) return fill([&] { return truncated_normal(random, .02, .02); });
    if (view.rank > 1) {
      convolution_bound = view.rank == 4 ? 1 / std::sqrt(fan_in) : 0;
      return uniform(view.rank == 4 ? convolution_bound : std::sqrt(6 / (fan_in + rows)));
    }
    if (name.ends_with(".weight")) {  // of a norm
      convolution_bound = 0;
      return fill([] { return 1; });
    }
    uniform(name.ends_with(".bias") ? convolution_bound : 0);
  });
  return parameters;
}

/// The parameters of a weight file for a network of this configuration. Where the file's network has another input
/// size, its position tables are interpolated. Throws WeightsError where anything else differs.
inline ParameterBuffer<IColoriT, float> adapted_parameters(const TensorFile& file, const IColoriTConfig& config) {
  IColoriTConfig own = config;
  own.size = infer_config(file).size;
  if (own.size == config.size || !config.position_bias) return load_weights<float>(file, config);
  if (own.size % own.patch != 0)
    throw WeightsError(concat("the weights are those of a network of patch ", infer_config(file).patch,
                              " pixels, expected patch ", config.patch));
  const auto source = load_weights<float>(file, own);
  ParameterBuffer<IColoriT, float> parameters(config);
  // The two lists differ in nothing but the extents of the tables.
  std::vector<TensorView<const float, 1>> values;
  auto source_views = source.views();
  IColoriT::visit(own, source_views, "",
                  [&](const auto&, auto& view, const auto&, Decay) { values.push_back(view.flat()); });
  auto from = values.begin();
  IColoriT::visit(config, parameters.views(), "", [&](const std::string& name, auto& view, const auto&, Decay) {
    const TensorView<const float, 1> value = *from++;
    if (!name.ends_with("rpb_table")) {
      std::copy_n(value.data(), value.elements(), view.data());
      return;
    }
    const Buffer<float> table = resized_position_bias<float>(
        value.template reshaped<2>({RelativePositionBias::rows(own.trained()), config.heads}), own.trained(),
        config.trained());
    std::copy_n(table.data(), table.size(), view.data());
  });
  return parameters;
}

}  // namespace icolorit
