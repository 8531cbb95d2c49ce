// Layer normalization (Ba et al. 2016, eq. 4) and its gradient.
//
//   operation             shapes                                                result  may alias  errors  cost
//   layer_norm            y (M,D), x (M,D), weight (D), bias (D)                =       y = x      none    8MD
//   layer_norm_backward   dx (M,D), dy (M,D), x (M,D), weight (D)               =       dx = dy    none    16MD
//                         dweight (D), dbias (D)                                +=      none
//                         statistics (M,2)                                      =       none (scratch)
//
// layer_norm: y = (x - mean) / sqrt(variance + eps) * weight + bias for each row, with the biased variance.
#pragma once

#include <concepts>

#include "icolorit/core/dtype.hpp"
#include "icolorit/core/tensor_view.hpp"

namespace icolorit {

template <class B, class T>
concept ProvidesNormalization =
    requires(typename B::Context& context, TensorView<T, 2> y, TensorView<const T, 2> x, TensorView<const T, 1> weight,
             TensorView<const T, 1> bias, Accumulator<T> eps) {
      { B::layer_norm(context, y, x, weight, bias, eps) } -> std::same_as<void>;
    };

template <class B, class T>
concept ProvidesNormalizationGradient =
    requires(typename B::Context& context, TensorView<T, 2> dx, TensorView<T, 1> dweight, TensorView<T, 1> dbias,
             TensorView<const T, 2> dy, TensorView<const T, 2> x, TensorView<const T, 1> weight, Accumulator<T> eps,
             TensorView<T, 2> statistics) {
      { B::layer_norm_backward(context, dx, dweight, dbias, dy, x, weight, eps, statistics) } -> std::same_as<void>;
    };

}  // namespace icolorit
