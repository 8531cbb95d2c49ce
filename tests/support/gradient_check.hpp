// Central differences in double: the judge of every backward function.
#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <string>
#include <vector>

#include "icolorit/core/parameters.hpp"

namespace icolorit::test {

/// The relative error of an analytic gradient, ||a - n|| / max(||a||, ||n||, 1e-12), of loss() with respect to
/// `values`, each of which is moved by +-step and put back. A central difference of a smooth function in double is off
/// by about step^2 and 1e-16/step: 1e-5 balances them at 1e-10 of the loss.
template <class Loss>
double gradient_error(std::span<double> values, std::span<const double> gradient, Loss&& loss, double step = 1e-5) {
  double difference = 0, analytic = 0, numeric = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double kept = values[i];
    values[i] = kept + step;
    const double above = loss();
    values[i] = kept - step;
    const double below = loss();
    values[i] = kept;
    const double slope = (above - below) / (2 * step);
    difference += (slope - gradient[i]) * (slope - gradient[i]);
    analytic += gradient[i] * gradient[i];
    numeric += slope * slope;
  }
  return std::sqrt(difference) / std::max({std::sqrt(analytic), std::sqrt(numeric), 1e-12});
}

/// The worst parameter of a layer, by name.
struct WorstParameter {
  std::string name;
  double error = 0;
};

/// gradient_error of every parameter of `params`, given its gradients.
template <class Layer, class Loss>
WorstParameter worst_parameter(const typename Layer::Config& config, ParameterBuffer<Layer, double>& params,
                               ParameterBuffer<Layer, double>& gradients, Loss&& loss) {
  std::vector<std::span<const double>> analytic;
  Layer::visit(config, gradients.views(), "", [&](const auto&, auto& view, const auto&, Decay) {
    analytic.emplace_back(view.data(), static_cast<std::size_t>(view.elements()));
  });
  WorstParameter worst;
  std::size_t position = 0;
  Layer::visit(config, params.views(), "", [&](const std::string& name, auto& view, const auto&, Decay) {
    const std::span<double> values(view.data(), static_cast<std::size_t>(view.elements()));
    const double error = gradient_error(values, analytic[position++], loss);
    if (worst.name.empty() || error > worst.error) worst = {name, error};
  });
  return worst;
}

}  // namespace icolorit::test
