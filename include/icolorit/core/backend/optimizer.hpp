// The optimizer: clearing gradients, their norm, a step of AdamW, running means of parameters.
//
//   operation        shapes                                                      result    may alias  errors  cost
//   fill             values (n)                                                  =         -          none    n
//   sum_of_squares   partial (ceil(n / squares_block)), x (n)                    =         none       none    2n
//   adamw            parameters (n), moments (n) and (n), gradients (n)          in place  none       none    15n
//   blend            mean (n), from (n)                                          in place  none       none    3n
//
// Parameters, moments and means are Accumulator<T>, so that an update too small for a 16-bit number is not lost;
// gradients are T. All of them are contiguous.
// sum_of_squares: each element of `partial` is the sum over one block of squares_block elements of x, so that the order
//   of the sums does not depend on the number of threads.
// blend: mean += weight * (from - mean), an exponential moving average.
#pragma once

#include <concepts>
#include <type_traits>

#include "icolorit/core/dtype.hpp"
#include "icolorit/core/tensor_view.hpp"

namespace icolorit {

/// One step of AdamW (Loshchilov, Hutter 2019, alg. 2) for parameters that share their decay.
template <class Sum>
struct AdamWStep {
  Sum rate;                      ///< learning rate
  Sum decay;                     ///< weight decay, multiplied by the rate
  Sum beta1, beta2;              ///< of the moments' running means
  Sum eps;                       ///< added to the root of the second moment
  Sum correction1, correction2;  ///< 1 - beta^step
  Sum gradient_scale = 1;        ///< clipping and averaging, applied to the gradient first
};

/// Elements in a block of sum_of_squares: short enough for a float to sum without losing digits, long enough that the
/// partial sums, which the host adds up, are few.
inline constexpr Index squares_block = 4096;

/// Whether the optimizer keeps finer parameters (master parameters) than the network computes with.
template <class T>
inline constexpr bool keeps_master_parameters = !std::is_same_v<T, Accumulator<T>>;

template <class B, class T>
concept ProvidesOptimizer =
    requires(typename B::Context& context, TensorView<T, 1> gradients, TensorView<Accumulator<T>, 1> parameters,
             TensorView<Accumulator<T>, 1> first_moment, TensorView<Accumulator<T>, 1> second_moment,
             TensorView<const T, 1> saved, TensorView<const Accumulator<T>, 1> from, Accumulator<T> weight,
             const AdamWStep<Accumulator<T>>& step) {
      { B::fill(context, gradients, T(0.f)) } -> std::same_as<void>;
      { B::fill(context, first_moment, Accumulator<T>(0)) } -> std::same_as<void>;
      { B::sum_of_squares(context, parameters, saved) } -> std::same_as<void>;
      { B::adamw(context, parameters, first_moment, second_moment, saved, step) } -> std::same_as<void>;
      { B::blend(context, parameters, from, weight) } -> std::same_as<void>;
    };

}  // namespace icolorit
