// The backend's operations but for memory and matrix products, in terms of four things that a context offers:
//   for_each_row(rows, kernel)   kernel(row, team) for every row, see row_kernels.hpp
//   for_each(count, kernel)      kernel(i) for every i
//   for_each_block(kernel)       kernel(block, team, shared memory) for all kernel.blocks(), see attention_kernels.hpp
//   scratch<T>(count)            memory between two kernels; throws ShapeError where that is too much
// Contracts: core/backend.hpp. All of it is queued; nothing waits.
#pragma once

#include <algorithm>

#include "icolorit/cuda/attention_kernels.hpp"
#include "icolorit/cuda/gradient_kernels.hpp"
#include "icolorit/cuda/row_kernels.hpp"

namespace icolorit::cuda {

template <class Context>
struct Operations {
  template <class F>
  static void launch(Context& context, Index count, const F& f) {
    context.for_each(count, f);
  }

  template <Element T>
  static void layer_norm(Context& context, TensorView<T, 2> y, Input<T, 2> x, Input<T, 1> weight, Input<T, 1> bias,
                         Accumulator<T> eps) {
    context.for_each_row(x.extent(0), LayerNormRow<T>{y, x, weight, bias, eps});
  }

  template <Element T>
  static void softmax(Context& context, TensorView<T, 2> x) {
    context.for_each_row(x.extent(0), SoftmaxRow<T>{x});
  }

  template <Element T>
  static void add_position_bias(Context& context, TensorView<T, 3> logits, Input<T, 2> table, Grid grid) {
    context.for_each_row(logits.extent(0) * grid.tokens(), PositionBiasRow<T>{logits, table, grid});
  }

  template <Element T>
  static void mask_distant(Context& context, TensorView<T, 3> logits, Grid grid) {
    context.for_each_row(logits.extent(0) * grid.tokens(), MaskDistantRow<T>{logits, grid});
  }

  template <Element T>
  static void activate(Context& context, TensorView<T, 2> y, Activation activation) {
    if (activation == Activation::none) return;
    context.for_each_row(y.extent(0), ActivateRow<T>{y, activation});
  }

  template <Element T>
  static void add_bias(Context& context, TensorView<T, 2> y, Input<T, 1> bias) {
    context.for_each_row(y.extent(0), AddBiasRow<T>{y, bias});
  }

  template <Element T>
  static void add(Context& context, TensorView<T, 2> y, Input<T, 2> x) {
    context.for_each_row(y.extent(0), AddRow<T>{y, x});
  }

  template <Element T>
  static void repeat_rows(Context& context, TensorView<T, 2> y, Input<T, 2> x) {
    context.for_each_row(y.extent(0), RepeatRow<T>{y, x});
  }

  template <Element T>
  static void encode_hints(Context& context, TensorView<T, 4> picture, Input<T, 4> lab, Input<T, 2> mask, Index cell,
                           HintEncoding encoding) {
    context.for_each_row(lab.extent(0) * lab.extent(2), EncodeHintsRow<T>{picture, lab, mask, cell, encoding});
  }

  template <Element T>
  static void extract_patches(Context& context, TensorView<T, 2> rows, Input<T, 4> picture, Index P) {
    context.for_each_row(rows.extent(0), ExtractPatchRow<T>{rows, picture, P});
  }

  template <Element T>
  static void pixel_shuffle(Context& context, TensorView<T, 4> picture, Input<T, 2> tokens, Index P) {
    context.for_each_row(tokens.extent(0), PixelShuffleRow<T>{picture, tokens, P});
  }

  template <Element T>
  static void pixel_unshuffle(Context& context, TensorView<T, 2> tokens, Input<T, 4> picture, Index P) {
    context.for_each_row(tokens.extent(0), PixelUnshuffleRow<T>{tokens, picture, P});
  }

  template <Element T>
  static void gather_neighbours(Context& context, TensorView<T, 2> rows, Input<T, 2> x, Grid grid) {
    context.for_each_row(rows.extent(0), GatherNeighboursRow<T>{rows, x, grid});
  }

  /// Heads as wide as those of the published networks, a half and a quarter of that.
  template <Element T>
  static constexpr bool fuses_attention(Index tokens, Index head_dim) {
    return sizeof(T) == 2 && tokens <= max_keys && (head_dim == 64 || head_dim == 32 || head_dim == 16);
  }

  template <Element T>
  requires(sizeof(T) == 2) static Index attention_scratch(const Context&, Index /*tokens*/, Index /*head_dim*/) {
    return 0;
  }

  template <Element T>
  requires(sizeof(T) == 2) static void attention(Context& context, TensorView<T, 2> y, Input<T, 2> qkv,
                                                 Input<T, 2> table, Grid grid, Index heads, TensorView<T, 1>) {
    attention_forward<T>(context, y, {}, qkv, table.transposed(), grid, heads, T(1.f));
  }

  template <Element T>
  requires(sizeof(T) == 2) static void attention_forward(Context& context, TensorView<T, 2> y, TensorView<T, 3> p,
                                                         Input<T, 2> qkv, Input<T, 2> table, Grid grid, Index heads,
                                                         T scale) {
    with_head_tiles(qkv.extent(1) / 3 / heads, [&]<Index tiles>() {
      context.for_each_block(AttentionForward<T, tiles>{{qkv, table, grid, heads, float(scale)}, y, p});
    });
  }

  template <Element T>
  requires(sizeof(T) == 2) static void attention_backward(Context& context, TensorView<T, 2> dqkv,
                                                          TensorView<T, 2> dtable, Input<T, 2> dy, Input<T, 2> qkv,
                                                          Input<T, 3> p, Grid grid, Index heads, T scale) {
    const Index N = grid.tokens(), pictures = qkv.extent(0) / N;
    const Index entries = heads * dtable.extent(0);
    constexpr Index most_sums = Index{1} << 22;  // of a few pictures at a time, to bound the scratch
    const Index each = dtable.empty() ? pictures : std::clamp<Index>(most_sums / entries, 1, pictures);
    for (Index first = 0; first < pictures; first += each) {
      const Index count = std::min(each, pictures - first);
      const auto some = [&](auto rows) { return rows.narrowed(0, first * N, count * N); };
      float* sums = dtable.empty() ? nullptr : context.template scratch<float>(count * entries);
      with_head_tiles(qkv.extent(1) / 3 / heads, [&]<Index tiles>() {
        context.for_each_block(
            AttentionBackward<T, tiles>{{some(qkv), TensorView<const T, 2>(dtable), grid, heads, float(scale)},
                                        some(dqkv),
                                        sums,
                                        some(dy),
                                        p.narrowed(0, first * heads, count * heads)});
      });
      if (sums != nullptr) context.for_each(entries, AddTableSums<T>{dtable, sums, count});
    }
  }

  template <Element T>
  static void layer_norm_backward(Context& context, TensorView<T, 2> dx, TensorView<T, 1> dweight,
                                  TensorView<T, 1> dbias, Input<T, 2> dy, Input<T, 2> x, Input<T, 1> weight,
                                  Accumulator<T> eps, TensorView<T, 2> /*statistics: too coarse in 16 bits*/) {
    using Sum = Accumulator<T>;
    const Index M = x.extent(0), D = x.extent(1), parts = partial_sums(M);
    Sum* partial = context.template scratch<Sum>(2 * M + parts * 2 * D);
    auto* statistics = reinterpret_cast<RowStatistics<Sum>*>(partial + parts * 2 * D);
    context.for_each_row(M, RowStatisticsOf<T>{statistics, x, eps});
    context.for_each_row(parts, PartialNormSums<T>{partial, statistics, dy, x});
    context.for_each(2 * D, AddNormSums<T>{dweight, dbias, partial, parts});
    context.for_each_row(M, LayerNormBackwardRow<T>{dx, statistics, dy, x, weight});
  }

  template <Element T>
  static void softmax_backward(Context& context, TensorView<T, 2> dx, Input<T, 2> y) {
    context.for_each_row(y.extent(0), SoftmaxBackwardRow<T>{dx, y});
  }

  template <Element T>
  static void position_bias_backward(Context& context, TensorView<T, 2> dtable, Input<T, 3> dlogits, Grid grid) {
    context.for_each_row(dlogits.extent(0) * dtable.extent(0), PositionBiasEntry<T>{dtable, dlogits, grid});
  }

  template <Element T>
  static void activate_backward(Context& context, TensorView<T, 2> dx, Input<T, 2> saved, Activation activation) {
    if (activation == Activation::none) return;
    context.for_each_row(dx.extent(0), ActivateBackwardRow<T>{dx, saved, activation});
  }

  template <Element T>
  static void sum_rows(Context& context, TensorView<T, 1> dbias, Input<T, 2> dy) {
    using Sum = Accumulator<T>;
    const Index parts = partial_sums(dy.extent(0));
    Sum* partial = context.template scratch<Sum>(parts * dy.extent(1));
    context.for_each_row(parts, PartialColumnSums<T>{partial, dy});
    context.for_each(dy.extent(1), AddPartialSums<T>{dbias, partial, parts});
  }

  template <Element T>
  static void scatter_neighbours(Context& context, TensorView<T, 2> dx, Input<T, 2> drows, Grid grid) {
    context.for_each_row(dx.extent(0), ScatterNeighboursRow<T>{dx, drows, grid});
  }

  template <Element T>
  static void merge_patches(Context& context, TensorView<T, 4> picture, Input<T, 2> rows, Index P) {
    context.for_each_row(rows.extent(0), MergePatchRow<T>{picture, rows, P});
  }

  template <Element T>
  static void transpose(Context& context, TensorView<T, 3> y, Input<T, 3> x, bool accumulate) {
    context.for_each_row(y.extent(0) * y.extent(1), TransposeRow<T>{y, x, accumulate});
  }

  template <Element T>
  static void scale_rows(Context& context, TensorView<T, 2> x, Input<T, 1> factors) {
    context.for_each_row(x.extent(0), ScaleRow<T>{x, factors});
  }

  template <Element T, class L>
  static void apply_loss(Context& context, TensorView<T, 2> gradient, TensorView<Accumulator<T>, 1> values,
                         Input<T, 2> prediction, Input<T, 2> target, Input<T, 2> weights, const L& loss,
                         Accumulator<T> scale) {
    context.for_each_row(prediction.extent(0),
                         LossRow<T, L>{gradient, values, prediction, target, weights, loss, scale});
  }

  template <Element T>
  static void weigh_hints(Context& context, TensorView<T, 3> weights, Input<T, 2> mask, Index cell,
                          Accumulator<T> factor) {
    context.for_each(weights.elements(), WeighHintPixel<T>{weights, mask, cell, factor});
  }

  template <Element T>
  static void fill(Context& context, TensorView<T, 1> x, T value) {
    context.for_each(x.extent(0), FillElement<T>{x, value});
  }

  template <Element T>
  static void adamw(Context& context, TensorView<Accumulator<T>, 1> parameters, TensorView<Accumulator<T>, 1> first,
                    TensorView<Accumulator<T>, 1> second, TensorView<const T, 1> gradients,
                    const AdamWStep<Accumulator<T>>& step) {
    context.for_each(parameters.extent(0), AdamWElement<T>{parameters, first, second, gradients, step});
  }

  template <Element To, Element From>
  static void convert(Context& context, TensorView<To, 1> to, TensorView<const From, 1> from) {
    context.for_each(to.extent(0), ConvertElement<To, From>{to, from});
  }

  template <Element T>
  static void blend(Context& context, TensorView<T, 1> values, Input<T, 1> from, Accumulator<T> weight) {
    context.for_each(values.extent(0), BlendElement<T>{values, from, weight});
  }

  template <Element T>
  static void sum_of_squares(Context& context, TensorView<Accumulator<T>, 1> partial, TensorView<const T, 1> x) {
    context.for_each_row(partial.extent(0), SquaresBlock<T>{partial, x});
  }

 private:
  /// f<tiles>() for heads of `tiles` tiles, see fuses_attention.
  template <class F>
  static void with_head_tiles(Index head_dim, F f) {
    if (head_dim == 64) return f.template operator()<4>();
    if (head_dim == 32) return f.template operator()<2>();
    ICOLORIT_ASSERT(head_dim == 16);
    f.template operator()<1>();
  }
};

}  // namespace icolorit::cuda
