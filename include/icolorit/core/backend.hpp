// What a backend must offer: small named concepts, each with the contract of its operations beside it.
//
// A backend is a type with static operations on an explicit context. Rules for every operation:
//   - outputs first, then inputs; outputs are overwritten and must not overlap inputs unless the contract says so;
//   - the last axis of every operand is contiguous (stride 1) unless the contract says "any strides";
//   - sums, statistics and softmax run in Accumulator<T>; the result does not depend on the number of threads;
//   - operations validate nothing but debug assertions: layers and the public API have checked the shapes;
//   - nothing allocates.
// Required operations make a complete backend. Optional ones (FusesLinear, FusesRawLinear, FusesAttention,
// FusesAttentionGradient, ReplaysWork, RunsKernels, RunsLoops) replace a composition of required ones, or a plain loop,
// where a backend has something faster; QuantizesLinear adds an ability. `requires` finds them.
#pragma once

#include <concepts>

#include "icolorit/core/dtype.hpp"
#include "icolorit/core/tensor_view.hpp"

namespace icolorit {

/// The grid of tokens (patches) of a picture, row-major: N = rows * columns.
struct Grid {
  Index rows = 0;
  Index columns = 0;

  constexpr Index tokens() const { return rows * columns; }
  friend constexpr bool operator==(const Grid&, const Grid&) = default;
};

enum class Activation { none, gelu, tanh };

/// In what a prepared layer multiplies: `full`, the element type, or numbers rounded to 8 bits. Inference only.
enum class Precision { full, int8 };

/// The precision for somebody who has no other reason to choose: int8 where the backend B says that it is much faster
/// in it (`B::int8_is_fast`), else full. Its pictures are almost the same, see benchmarks/RESULTS.md.
template <class B>
constexpr Precision suitable_precision() {
  if constexpr (requires { requires B::int8_is_fast; }) return Precision::int8;
  return Precision::full;
}

/// What a linear layer does to its product before storing it: y = activation(residual + x W^T + bias).
/// An empty view stands for zero. `residual` may be y itself.
template <class T>
struct Epilogue {
  TensorView<const T, 1> bias{};
  TensorView<const T, 2> residual{};
  Activation activation = Activation::none;
};

/// How the network's input is made from Lab and mask; the defaults are what the published weights were trained on.
struct HintEncoding {
  bool average = true;  ///< ab of a cell: half-pixel-centre bilinear sample of the picture; otherwise pixel by pixel
  bool centre_mask = false;  ///< the hint channel is -0.5 / +0.5 instead of 0 / 1

  friend constexpr bool operator==(const HintEncoding&, const HintEncoding&) = default;
};

/// Memory, context and transfers. `Memory` is the policy of Buffer; `Context` holds threads or stream and is not shared
/// between threads. upload/download copy contiguous elements between main memory and the backend's and return when
/// done.
template <class B, class T>
concept ProvidesMemory = requires(typename B::Context& context, TensorView<T, 1> to, TensorView<const T, 1> from) {
  { B::Memory::allocate(std::size_t{}) } -> std::same_as<void*>;
  {B::Memory::deallocate(static_cast<void*>(nullptr))};
  { B::upload(context, to, from) } -> std::same_as<void>;
  { B::download(context, to, from) } -> std::same_as<void>;
};

/// matmul: c (G,M,N) = alpha * a (G,M,K) b (G,K,N), a batch of G products. a and b have any strides (so a transpose is
/// a view); with `accumulate` the product is added to c.
template <class B, class T>
concept ProvidesMatmul = requires(typename B::Context& context, TensorView<T, 3> c, TensorView<const T, 3> a,
                                  TensorView<const T, 3> b, T alpha, bool accumulate) {
  { B::matmul(context, c, a, b, alpha, accumulate) } -> std::same_as<void>;
};

/// layer_norm: y (M,D) = (x - mean) / sqrt(var + eps) * weight + bias for each row of x (M,D), var biased.
/// y may be x.
template <class B, class T>
concept ProvidesNormalization = requires(typename B::Context& context, TensorView<T, 2> y, TensorView<const T, 2> x,
                                         TensorView<const T, 1> weight, TensorView<const T, 1> bias,
                                         Accumulator<T> eps) {
  { B::layer_norm(context, y, x, weight, bias, eps) } -> std::same_as<void>;
};

/// softmax: x (M,N) in place, each row; the row's maximum is subtracted first.
/// add_position_bias: logits (H,N,N) += table[(dy+R-1)(2C-1) + dx+C-1, head], where (dy,dx) is query - key on the R x C
///   grid and table is ((2R-1)(2C-1),H).
/// mask_distant: logits (H,N,N) become the lowest finite value where |dy| > 1 or |dx| > 1.
template <class B, class T>
concept ProvidesSoftmax = requires(typename B::Context& context, TensorView<T, 2> x, TensorView<T, 3> logits,
                                   TensorView<const T, 2> table, Grid grid) {
  { B::softmax(context, x) } -> std::same_as<void>;
  { B::add_position_bias(context, logits, table, grid) } -> std::same_as<void>;
  { B::mask_distant(context, logits, grid) } -> std::same_as<void>;
};

/// activate: x (M,D) in place, element by element: GELU in its exact erf form, or tanh.
/// add_bias: y (M,D) += bias (D) for each row. add: y (M,D) += x (M,D).
template <class B, class T>
concept ProvidesActivation = requires(typename B::Context& context, TensorView<T, 2> y, TensorView<const T, 2> x,
                                      TensorView<const T, 1> bias, Activation activation) {
  { B::activate(context, y, activation) } -> std::same_as<void>;
  { B::add_bias(context, y, bias) } -> std::same_as<void>;
  { B::add(context, y, x) } -> std::same_as<void>;
};

/// repeat_rows: y (G*N,D) = G copies of x (N,D).
/// encode_hints: the network's input (B,C,H,W), C = 3 or 4, from lab (B,3,H,W) in network units and mask
///   (B,(H/s)(W/s)), 0 = hint, 1 = none; `size` is s. Channels: L; a, b at hints, else 0; with C = 4 the hint channel,
///   1 at hints.
/// extract_patches: rows (B*N,C*P*P) from picture (B,C,H,W), each row (channel, row in patch, column in patch); `size`
///   is P.
/// pixel_shuffle: picture (B,2,H,W) from tokens (B*N,P*P*2), each row (row in patch, column in patch, channel).
/// pixel_unshuffle: its inverse.
template <class B, class T>
concept ProvidesRearrange = requires(typename B::Context& context, TensorView<T, 2> rows,
                                     TensorView<const T, 2> const_rows, TensorView<T, 4> picture,
                                     TensorView<const T, 4> const_picture, TensorView<const T, 2> mask, Index size,
                                     HintEncoding encoding) {
  { B::repeat_rows(context, rows, const_rows) } -> std::same_as<void>;
  { B::encode_hints(context, picture, const_picture, mask, size, encoding) } -> std::same_as<void>;
  { B::extract_patches(context, rows, const_picture, size) } -> std::same_as<void>;
  { B::pixel_shuffle(context, picture, const_rows, size) } -> std::same_as<void>;
  { B::pixel_unshuffle(context, rows, const_picture, size) } -> std::same_as<void>;
};

/// gather_neighbours: rows (B*N, 9*D) = the 3x3 neighbourhood of each token of x (B*N, D) on the grid, neighbour-major
/// (row offset, column offset, channel), reflected at the border without repeating it (-1 -> 1); an axis of one token
/// repeats that token. A 3x3 convolution is this followed by a linear layer.
template <class B, class T>
concept ProvidesConvolution = requires(typename B::Context& context, TensorView<T, 2> rows, TensorView<const T, 2> x,
                                       Grid grid) {
  { B::gather_neighbours(context, rows, x, grid) } -> std::same_as<void>;
};

/// Everything that inference needs for elements of type T.
template <class B, class T>
concept Backend = Element<T> && ProvidesMemory<B, T> && ProvidesMatmul<B, T> && ProvidesNormalization<B, T> &&
    ProvidesSoftmax<B, T> && ProvidesActivation<B, T> && ProvidesRearrange<B, T> && ProvidesConvolution<B, T>;

/// Gradients, for training. Everywhere: gradients of parameters accumulate (+=), gradients of inputs overwrite (=).
/// layer_norm_backward: dx (M,D) =, dweight (D) +=, dbias (D) += from dy (M,D), x (M,D), weight (D), eps; the last
///   argument is scratch (M,2); dx may be dy.
/// softmax_backward: dx (M,N), holding the gradient of y, becomes the gradient of x; y (M,N) is the forward's result.
/// position_bias_backward: dtable ((2R-1)(2C-1),H), any strides, += dlogits (H,N,N) summed over pairs of equal
///   difference.
/// activate_backward: dx (M,D), holding the gradient of y, becomes the gradient of x, from x for gelu, from y for tanh.
/// sum_rows: dbias (D) += the sum of the rows of dy (M,D).
/// scatter_neighbours: dx (B*N,D) = the sums over all places to which gather_neighbours copied each token.
/// merge_patches: picture (B,C,H,W) from rows (B*N,C*P*P), the inverse of extract_patches.
/// transpose: y (G,C,R) = or, where the last argument says so, += x (G,R,C).
/// scale_rows: x (M,D) *= factors (G), each for M/G consecutive rows.
template <class B, class T>
concept ProvidesGradients = requires(typename B::Context& context, TensorView<T, 1> row, TensorView<T, 2> rows,
                                     TensorView<T, 3> batch, TensorView<T, 4> picture, TensorView<const T, 1> const_row,
                                     TensorView<const T, 2> const_rows, TensorView<const T, 3> const_batch,
                                     Accumulator<T> eps, Grid grid, Index size, Activation activation) {
  {
    B::layer_norm_backward(context, rows, row, row, const_rows, const_rows, const_row, eps, rows)
    } -> std::same_as<void>;
  { B::softmax_backward(context, rows, const_rows) } -> std::same_as<void>;
  { B::position_bias_backward(context, rows, const_batch, grid) } -> std::same_as<void>;
  { B::activate_backward(context, rows, const_rows, activation) } -> std::same_as<void>;
  { B::sum_rows(context, row, const_rows) } -> std::same_as<void>;
  { B::scatter_neighbours(context, rows, const_rows, grid) } -> std::same_as<void>;
  { B::merge_patches(context, picture, const_rows, size) } -> std::same_as<void>;
  { B::transpose(context, batch, const_batch, true) } -> std::same_as<void>;
  { B::scale_rows(context, rows, const_row) } -> std::same_as<void>;
};

/// A loss of the difference prediction - target, element by element, and its derivative. The library's own are in
/// training/losses.hpp; any type with these two functions serves. To train on CUDA, declare both functions
/// ICOLORIT_HOST_DEVICE, and keep no pointers into main memory in the loss: it is copied to the device.
template <class L, class T>
concept Loss = requires(const L& loss, T difference) {
  { loss.value(difference) } -> std::same_as<T>;
  { loss.derivative(difference) } -> std::same_as<T>;
};

/// apply_loss: gradient (M,C) = scale * weight * derivative, values (M) = each row's sum of weight * loss, of
/// prediction (M,C) - target (M,C). weights (M,C/k): k consecutive elements of a row share a weight; empty: all are 1.
/// weigh_hints: weights (B,H,W) *= factor at the pixels of hinted cells, by mask (B,(H/s)(W/s)), 0 = hint, 1 = none;
/// `cell` is s.
template <class B, class T, class L>
concept ProvidesLoss = Loss<L, Accumulator<T>> &&
    requires(typename B::Context& context, TensorView<T, 2> gradient, TensorView<Accumulator<T>, 1> values,
             TensorView<const T, 2> rows, const L& loss, Accumulator<T> scale, TensorView<T, 3> weights, Index cell) {
  { B::apply_loss(context, gradient, values, rows, rows, rows, loss, scale) } -> std::same_as<void>;
  { B::weigh_hints(context, weights, rows, cell, scale) } -> std::same_as<void>;
};

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

/// What an optimizer keeps is Accumulator<T>, so that an update too small for a 16-bit number is not lost: parameters,
/// moments, running means. Gradients are T.
/// fill: values (n) = a number.
/// adamw: parameters (n), moments (n) and (n) in place, from gradients (n).
/// blend: values (n) += weight * (from (n) - values): a running mean.
/// sum_of_squares: partial (ceil(n / squares_block)) = the sums of x^2 over consecutive blocks of x (n).
template <class B, class T>
concept ProvidesOptimizer = requires(typename B::Context& context, TensorView<T, 1> values,
                                     TensorView<const T, 1> gradients, TensorView<Accumulator<T>, 1> kept,
                                     TensorView<const Accumulator<T>, 1> from, const AdamWStep<Accumulator<T>>& step) {
  { B::fill(context, values, T(0.f)) } -> std::same_as<void>;
  { B::fill(context, kept, Accumulator<T>(0)) } -> std::same_as<void>;
  { B::adamw(context, kept, kept, kept, gradients, step) } -> std::same_as<void>;
  { B::blend(context, kept, from, step.rate) } -> std::same_as<void>;
  { B::sum_of_squares(context, kept, gradients) } -> std::same_as<void>;
};

/// convert: to (n) = from (n), rounded to nearest even where To is the coarser type.
template <class B, class To, class From>
concept Converts = requires(typename B::Context& context, TensorView<To, 1> to, TensorView<const From, 1> from) {
  { B::convert(context, to, from) } -> std::same_as<void>;
};

/// Whether the optimizer keeps finer parameters than the network computes with.
template <class T>
inline constexpr bool keeps_master_parameters = !std::is_same_v<T, Accumulator<T>>;
inline constexpr Index squares_block = 4096;

/// Everything that training needs for elements of type T, but for the loss.
template <class B, class T>
concept TrainingBackend = Backend<B, T> && ProvidesGradients<B, T> && ProvidesOptimizer<B, T> &&
    (!keeps_master_parameters<T> || Converts<B, T, Accumulator<T>>);

/// Optional. pack: a weight (O,I) in the layout that the backend's product reads fastest, done once at load.
/// linear: y (M,O) = activation(residual + x (M,I) W^T + bias); only residual may be y.
template <class B, class T>
concept FusesLinear = requires(typename B::Context& context, TensorView<const T, 2> weight, TensorView<T, 2> y,
                               TensorView<const T, 2> x, const typename B::template PackedWeight<T>& packed,
                               const Epilogue<T>& epilogue) {
  { B::pack(context, weight) } -> std::same_as<typename B::template PackedWeight<T>>;
  { B::linear(context, y, x, packed, epilogue) } -> std::same_as<void>;
};

/// Optional. linear with a weight (O,I) that is not packed, as training needs it.
template <class B, class T>
concept FusesRawLinear = requires(typename B::Context& context, TensorView<T, 2> y, TensorView<const T, 2> x,
                                  TensorView<const T, 2> weight, const Epilogue<T>& epilogue) {
  { B::linear(context, y, x, weight, epilogue) } -> std::same_as<void>;
};

/// Optional: Precision::int8. quantize: a weight (O,I) rounded to codes -127..127, each row with a scale of its own,
/// its largest magnitude / 127; throws ArgumentError where I is too large for exact sums. linear: as above, with each
/// row of x rounded to codes 0..255 between its least and its largest value; what is rounded is multiplied and summed
/// exactly.
template <class B, class T>
concept QuantizesLinear = requires(typename B::Context& context, TensorView<T, 2> y, TensorView<const T, 2> x,
                                   const typename B::QuantizedWeight& weight, const Epilogue<T>& epilogue) {
  { B::quantize(context, x) } -> std::same_as<typename B::QuantizedWeight>;
  { B::linear(context, y, x, weight, epilogue) } -> std::same_as<void>;
};

/// Optional. attention: y (B*N,D) = softmax(q k^T + position bias) v for each head; qkv (B*N,3D) with q already scaled;
/// table (H,(2R-1)(2C-1)), an empty one means no bias. `scratch` has attention_scratch(context, N, D/H) elements. Only
/// where fuses_attention(N, D/H) says so.
template <class B, class T>
concept FusesAttention = requires(typename B::Context& context, TensorView<T, 2> y, TensorView<const T, 2> qkv,
                                  TensorView<const T, 2> table, Grid grid, Index heads, TensorView<T, 1> scratch) {
  { B::template fuses_attention<T>(Index{}, Index{}) } -> std::same_as<bool>;
  { B::template attention_scratch<T>(context, Index{}, Index{}) } -> std::same_as<Index>;
  { B::attention(context, y, qkv, table, grid, heads, scratch) } -> std::same_as<void>;
};

/// Optional: the same for training, where fuses_attention(N, D/H) says so, table ((2R-1)(2C-1),H) of any strides or
/// empty. attention_forward: y (B*N,D) = softmax(scale q k^T + position bias) v, and p (B*H,N,N) = the softmax, unless
/// p is empty. attention_backward: dqkv (B*N,3D) = from dy (B*N,D) and that p; dtable +=, unless it is empty.
template <class B, class T>
concept FusesAttentionGradient = FusesAttention<B, T> &&
    requires(typename B::Context& context, TensorView<T, 2> rows, TensorView<T, 3> p, TensorView<const T, 2> const_rows,
             TensorView<const T, 3> const_p, Grid grid, Index heads, T scale) {
  { B::attention_forward(context, rows, p, const_rows, const_rows, grid, heads, scale) } -> std::same_as<void>;
  {
    B::attention_backward(context, rows, rows, const_rows, const_rows, const_p, grid, heads, scale)
    } -> std::same_as<void>;
};

/// Optional. replay: does what f() does, which calls operations on the same memory with the same shapes every time;
/// after the first calls from `recording`, in less time than it takes to queue them one by one.
template <class B>
concept ReplaysWork = requires(typename B::Context& context, typename B::Recording& recording, void (*f)()) {
  { B::replay(context, recording, f) } -> std::same_as<void>;
};

template <class B>
struct RecordingTraits {
  struct type {};
};
template <ReplaysWork B>
struct RecordingTraits<B> {
  using type = typename B::Recording;
};
/// What replay records, or nothing at all.
template <class B>
using RecordingOf = typename RecordingTraits<B>::type;

/// Optional: work of the user's own where the backend's memory is, beside the network's. launch: f(i) for i in
/// [0,count), in any order; f is copied there, may call what is ICOLORIT_HOST_DEVICE and reads and writes the backend's
/// memory. beside: a context of the same device for another thread. synchronize: returns when all work that was queued
/// is done. TransferMemory: main memory from which uploads are fastest.
template <class B>
concept RunsKernels = requires(typename B::Context& context, Index count, void (*f)(Index)) {
  { B::TransferMemory::allocate(std::size_t{}) } -> std::same_as<void*>;
  { B::launch(context, count, f) } -> std::same_as<void>;
  { B::beside(context) } -> std::same_as<typename B::Context>;
  { context.synchronize() } -> std::same_as<void>;
};

/// Optional. for_each: f(i) for i in [0,count) on the context's threads, in any order: work in main memory around the
/// network, such as colour conversion. f must not throw.
template <class B>
concept RunsLoops = requires(typename B::Context& context, Index count, void (*f)(Index)) {
  { B::for_each(context, count, f) } -> std::same_as<void>;
};

}  // namespace icolorit
