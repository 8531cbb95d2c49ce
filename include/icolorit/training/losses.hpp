// Losses of predicted ab, and the value and gradient of a batch. A user's own loss is any type that satisfies the
// concept Loss.
#pragma once

#include <cmath>

#include "icolorit/core/backend.hpp"
#include "icolorit/core/buffer.hpp"

namespace icolorit {

/// |d|; its derivative at 0 is 0.
struct L1Loss {
  template <class T>
  ICOLORIT_HOST_DEVICE T value(T difference) const {
    return std::abs(difference);
  }
  template <class T>
  ICOLORIT_HOST_DEVICE T derivative(T difference) const {
    return static_cast<T>((difference > 0) - (difference < 0));
  }
};

/// d^2.
struct L2Loss {
  template <class T>
  ICOLORIT_HOST_DEVICE T value(T difference) const {
    return difference * difference;
  }
  template <class T>
  ICOLORIT_HOST_DEVICE T derivative(T difference) const {
    return 2 * difference;
  }
};

/// d^2 / (2 delta) where |d| < delta, |d| - delta/2 beyond (Huber 1964, divided by delta); the published training has
/// delta = 0.01.
struct HuberLoss {
  double delta = 0.01;

  template <class T>
  ICOLORIT_HOST_DEVICE T value(T difference) const {
    const T magnitude = std::abs(difference), d = static_cast<T>(delta);
    return magnitude < d ? magnitude * magnitude / (2 * d) : magnitude - d / 2;
  }
  template <class T>
  ICOLORIT_HOST_DEVICE T derivative(T difference) const {
    const T d = static_cast<T>(delta);
    return std::abs(difference) < d ? difference / d : static_cast<T>(difference > 0 ? 1 : -1);
  }
};

/// The loss of tokens (M,2P^2) against a target (M,2P^2): summed over the two channels, averaged over everything else,
/// as published. `weights` (M,P^2) multiply the loss of each pixel, and the mean still counts all pixels alike; empty:
/// every weight is 1. gradient (M,2P^2), multiplied by gradient_scale, is overwritten; `values` (M) is scratch in the
/// backend's memory. Not finite where a prediction is not: the caller decides what to do then. Throws ShapeError.
template <class B, class T, class L>
  requires ProvidesLoss<B, T, L>
double token_loss(typename B::Context& context, TensorView<T, 2> gradient, Input<T, 2> prediction, Input<T, 2> target,
                  Input<T, 2> weights, const L& loss, TensorView<Accumulator<T>, 1> values,
                  TensorView<Accumulator<T>, 1> host_values, double gradient_scale = 1) {
  using Sum = Accumulator<T>;
  const Index M = prediction.extent(0), channels = 2;
  expect_shape("token_loss", "target", target, prediction.extents());
  expect_shape("token_loss", "gradient", gradient, prediction.extents());
  expect_shape("token_loss", "values", values, {M});
  if (!weights.empty()) expect_shape("token_loss", "weights", weights, {M, prediction.extent(1) / channels});
  const Sum scale = static_cast<Sum>(channels) / static_cast<Sum>(prediction.elements());
  B::apply_loss(context, gradient, values, prediction, target, weights, loss, scale * static_cast<Sum>(gradient_scale));
  B::download(context, host_values, TensorView<const Sum, 1>(values));
  double sum = 0;
  for (Index m = 0; m < M; ++m) sum += static_cast<double>(host_values[m]);
  return sum * static_cast<double>(scale);
}

}  // namespace icolorit
