// Attention between the tokens of a grid: softmax, relative position bias, locality, and fused forms of all of it.
//
//   operation                shapes                                              result    may alias  errors  cost
//   softmax                  x (M,N), each row                                   in place  -          none    4MN
//   softmax_backward         dx (M,N), y (M,N)                                   in place  none       none    4MN
//   add_position_bias        logits (H,N,N), table (table_rows,H)                +=        none       none    HN^2
//   position_bias_backward   dtable (table_rows,H), dlogits (H,N,N)              +=        none       none    HN^2
//   mask_distant             logits (H,N,N)                                      in place  -          none    HN^2
//   attention                y (B*N,D), qkv (B*N,3D), table (H,table_rows)       =         none       none    4BDN^2
//   attention_forward        y (B*N,D), p (B*H,N,N), qkv, table (table_rows,H)   =         none       none    4BDN^2
//   attention_backward       dqkv (B*N,3D), dy (B*N,D), qkv, p                   =         none       none    8BDN^2
//                            dtable (table_rows,H)                               +=        none
//
// softmax subtracts the row's maximum first. softmax_backward: dx, which holds the gradient of the result y, becomes
//   the gradient of the argument.
// add_position_bias: logits(h,query,key) += table(table_row(query,key),h), see Grid. position_bias_backward, its
// gradient,
//   sums over all pairs of the same difference. table and dtable have any strides.
// mask_distant: logits become so low that softmax makes them 0 where |dy| > 1 or |dx| > 1.
// attention: y = softmax(q k^T + position bias) v for each head, q already scaled; an empty table means no bias. Of a
//   precision below full the operands of both products may be rounded to bfloat16, where that is faster.
// attention_forward, attention_backward: the same for training, with the logits scale q k^T, a table of any strides or
//   an empty one, and p, the softmax, which the forward writes unless p is empty.
#pragma once

#include <concepts>

#include "icolorit/core/backend/linear.hpp"
#include "icolorit/core/dtype.hpp"
#include "icolorit/core/grid.hpp"
#include "icolorit/core/tensor_view.hpp"

namespace icolorit {

template <class B, class T>
concept ProvidesAttention = requires(typename B::Context& context, TensorView<T, 2> x, TensorView<T, 3> logits,
                                     TensorView<const T, 2> table, Grid grid) {
  { B::softmax(context, x) } -> std::same_as<void>;
  { B::add_position_bias(context, logits, table, grid) } -> std::same_as<void>;
  { B::mask_distant(context, logits, grid) } -> std::same_as<void>;
};

template <class B, class T>
concept ProvidesAttentionGradient =
    requires(typename B::Context& context, TensorView<T, 2> dx, TensorView<const T, 2> y, TensorView<T, 2> dtable,
             TensorView<const T, 3> dlogits, Grid grid) {
      { B::softmax_backward(context, dx, y) } -> std::same_as<void>;
      { B::position_bias_backward(context, dtable, dlogits, grid) } -> std::same_as<void>;
    };

/// Optional, where fuses_attention(N, D/H) says so. `scratch` has attention_scratch(context, N, D/H) elements.
template <class B, class T>
concept FusesAttention =
    requires(typename B::Context& context, TensorView<T, 2> y, TensorView<const T, 2> qkv, TensorView<const T, 2> table,
             Grid grid, Index heads, Precision precision, TensorView<T, 1> scratch) {
      { B::template fuses_attention<T>(Index{}, Index{}) } -> std::same_as<bool>;
      { B::template attention_scratch<T>(context, Index{}, Index{}) } -> std::same_as<Index>;
      { B::attention(context, y, qkv, table, grid, heads, precision, scratch) } -> std::same_as<void>;
    };

/// Optional, where fuses_attention(N, D/H) says so: the same for training.
template <class B, class T>
concept FusesAttentionGradient =
    FusesAttention<B, T> &&
    requires(typename B::Context& context, TensorView<T, 2> y, TensorView<T, 3> p, TensorView<T, 2> dqkv,
             TensorView<T, 2> dtable, TensorView<const T, 2> dy, TensorView<const T, 2> qkv,
             TensorView<const T, 2> table, TensorView<const T, 3> saved_p, Grid grid, Index heads, T scale) {
      { B::attention_forward(context, y, p, qkv, table, grid, heads, scale) } -> std::same_as<void>;
      { B::attention_backward(context, dqkv, dtable, dy, qkv, saved_p, grid, heads, scale) } -> std::same_as<void>;
    };

}  // namespace icolorit
