// What a backend must offer: one concept for each family of operations, and here their conjunction.
//
// A backend is a type with static operations on an explicit context. The contract of each family is a table in its
// header in core/backend/; how to read it:
//   operation   its name; the context is always the first argument and is left out
//   shapes      outputs first, in the order of the arguments; B pictures, N tokens, D channels, H heads, P patch side
//   result      "=": the output is overwritten; "+=": added to; "in place": the output is an input, too
//   may alias   which input may be the same view as the output; nothing else may overlap an output
//   errors      what it may throw
//   cost        floating-point operations of products, elements touched of all others
//
// Rules for every operation:
//   - the last axis of every operand is contiguous (stride 1) unless the table says "any strides";
//   - sums, statistics and softmax run in Accumulator<T>; the result does not depend on the number of threads;
//   - nothing is checked but by debug assertions: layers and the public API have checked the shapes;
//   - nothing allocates, but for what the table says;
//   - work may be queued: it is done when a download or synchronize has returned.
// Gradients of parameters accumulate (+=), gradients of inputs overwrite (=).
//
// Required operations make a complete backend. Optional ones (Fuses..., Quantizes..., Replays..., Runs...) replace a
// composition of required ones, or a plain loop, where a backend has something faster; `requires` finds them.
#pragma once

#include "icolorit/core/backend/attention.hpp"
#include "icolorit/core/backend/convolution.hpp"
#include "icolorit/core/backend/elementwise.hpp"
#include "icolorit/core/backend/execution.hpp"
#include "icolorit/core/backend/hints.hpp"
#include "icolorit/core/backend/linear.hpp"
#include "icolorit/core/backend/loss.hpp"
#include "icolorit/core/backend/memory.hpp"
#include "icolorit/core/backend/normalization.hpp"
#include "icolorit/core/backend/optimizer.hpp"
#include "icolorit/core/backend/rearrange.hpp"

namespace icolorit {

/// Everything that inference needs for elements of type T.
template <class B, class T>
concept Backend = Element<T> && ProvidesMemory<B, T> && ProvidesLinear<B, T> && ProvidesElementwise<B, T> &&
                  ProvidesNormalization<B, T> && ProvidesAttention<B, T> && ProvidesRearrange<B, T> &&
                  ProvidesHints<B, T> && ProvidesConvolution<B, T>;

/// Everything that training needs for elements of type T, but for the loss, which ProvidesLoss asks for by its type.
template <class B, class T>
concept TrainingBackend =
    Backend<B, T> && ProvidesLinearGradient<B, T> && ProvidesElementwiseGradient<B, T> &&
    ProvidesNormalizationGradient<B, T> && ProvidesAttentionGradient<B, T> && ProvidesRearrangeGradient<B, T> &&
    ProvidesConvolutionGradient<B, T> && ProvidesHintWeights<B, T> && ProvidesOptimizer<B, T> &&
    (!keeps_master_parameters<T> || Converts<B, T, Accumulator<T>>);

}  // namespace icolorit
