// The CPU backend: packed matrix products, fused attention and vector mathematics on a team of threads, for float and
// double. Its speed follows from the including program's flags (-march); its results do not depend on the number of
// threads.
#pragma once

#include <concepts>
#include <cstring>
#include <memory>
#include <tuple>

#include "icolorit/core/backend.hpp"
#include "icolorit/cpu/attention.hpp"
#include "icolorit/cpu/kernel/gemm.hpp"
#include "icolorit/cpu/kernel/parallel.hpp"
#include "icolorit/cpu/kernel/quantized.hpp"
#include "icolorit/cpu/matmul.hpp"
#include "icolorit/cpu/normalization.hpp"
#include "icolorit/cpu/rearrange.hpp"

namespace icolorit {
inline namespace ICOLORIT_ISA {

/// Contracts: core/backend.hpp.
struct CpuBackend {
  using Memory = HostMemory;
  template <class T>
  using PackedWeight = cpu::PackedMatrix<T>;
  using QuantizedWeight = cpu::QuantizedMatrix;

  /// The threads that each operation runs on, exactly so many. Not shared between threads that run at the same time.
  class Context {
   public:
    /// Throws ArgumentError below 1.
    explicit Context(int threads = cpu::default_threads())
        : team_(std::make_unique<cpu::ThreadTeam>(checked(threads))), scratch_(threads * bytes_each) {}

    int threads() const { return team_->size(); }
    cpu::ThreadTeam& team() { return *team_; }

    /// Packing space of one thread.
    std::byte* scratch(int thread) { return scratch_.data() + thread * bytes_each; }

   private:
    static constexpr Index bytes_each = cpu::matmul_scratch_bytes(sizeof(double));

    static Index checked(int threads) {
      if (threads < 1) throw ArgumentError(concat("CpuBackend: ", threads, " threads asked for, expected at least 1"));
      return threads;
    }

    std::unique_ptr<cpu::ThreadTeam> team_;
    Buffer<std::byte> scratch_;
  };

  template <std::floating_point T>
  static void upload(Context&, TensorView<T, 1> to, Input<T, 1> from) {
    std::memcpy(to.data(), from.data(), static_cast<std::size_t>(to.extent(0)) * sizeof(T));
  }

  template <std::floating_point T>
  static void download(Context& context, TensorView<T, 1> to, Input<T, 1> from) {
    upload(context, to, from);
  }

  template <class F>
  static void for_each(Context& context, Index count, F&& f) {
    cpu::parallel_for(context.team(), count, f);
  }

  template <std::floating_point T>
  static PackedWeight<T> pack(Context&, TensorView<const T, 2> weight) {
    return PackedWeight<T>(weight.transposed());
  }

  template <std::floating_point T>
  static void linear(Context& context, TensorView<T, 2> y, Input<T, 2> x, const PackedWeight<T>& packed,
                     const Epilogue<T>& epilogue) {
    cpu::multiply_packed(context.team(), y, x, packed, epilogue);
  }

  template <std::floating_point T>
  static void matmul(Context& context, TensorView<T, 3> c, Input<T, 3> a, Input<T, 3> b, T alpha, bool accumulate) {
    cpu::multiply(context.team(), c, a, b, alpha, accumulate, [&](int thread) { return context.scratch(thread); });
  }

  template <std::floating_point T>
  static void linear(Context& context, TensorView<T, 2> y, Input<T, 2> x, Input<T, 2> weight,
                     const Epilogue<T>& epilogue) {
    const auto as_batch = []<class E>(TensorView<E, 2> m) {
      return TensorView<E, 3>(m.data(), {1, m.extent(0), m.extent(1)}, {0, m.stride(0), m.stride(1)});
    };
    cpu::multiply<T>(
        context.team(), as_batch(y), as_batch(x), as_batch(weight.transposed()), T(1), false,
        [&](int thread) { return context.scratch(thread); }, epilogue);
  }

  /// With VNNI, which multiplies four codes at a time.
  static constexpr bool int8_is_fast = cpu::dot_group == 4;

  static QuantizedWeight quantize(Context&, TensorView<const float, 2> weight) {
    return QuantizedWeight(weight.transposed());
  }

  static void linear(Context& context, TensorView<float, 2> y, Input<float, 2> x, const QuantizedWeight& weight,
                     const Epilogue<float>& epilogue) {
    cpu::multiply_quantized(context.team(), y, x, weight, epilogue,
                            [&](int thread) { return context.scratch(thread); });
  }

  template <std::floating_point T>
  static constexpr bool fuses_attention(Index /*tokens*/, Index /*head_dim*/) {
    return true;
  }

  template <std::floating_point T>
  static Index attention_scratch(const Context& context, Index tokens, Index head_dim) {
    return context.threads() * cpu::AttentionScratch<T>::elements(tokens, head_dim);
  }

  template <std::floating_point T>
  static void attention(Context& context, TensorView<T, 2> y, Input<T, 2> qkv, Input<T, 2> table, Grid grid,
                        Index heads, TensorView<T, 1> scratch) {
    cpu::attend(context.team(), y, qkv, table, grid, heads, scratch.data());
  }

  template <std::floating_point T>
  static void layer_norm(Context& context, TensorView<T, 2> y, Input<T, 2> x, Input<T, 1> weight, Input<T, 1> bias,
                         T eps) {
    const Index D = x.extent(1);
    cpu::parallel_for(context.team(), x.extent(0), [&](Index m) {
      const T* in = &x(m, 0);
      T* out = &y(m, 0);
      const auto [mean, scale] = cpu::mean_and_scale(in, D, eps);
      for (Index d = 0; d < D; ++d) out[d] = (in[d] - mean) * scale * weight[d] + bias[d];
    });
  }

  template <std::floating_point T>
  static void softmax(Context& context, TensorView<T, 2> x) {
    cpu::parallel_for(context.team(), x.extent(0), [&](Index m) {
      const Index N = x.extent(1);
      const T scale = 1 / cpu::exponentiate(&x(m, 0), N);
      for (Index n = 0; n < N; ++n) x(m, n) *= scale;
    });
  }

  template <std::floating_point T>
  static void add_position_bias(Context& context, TensorView<T, 3> logits, Input<T, 2> table, Grid grid) {
    cpu::parallel_for(context.team(), logits.extent(0) * grid.tokens(), [&](Index i) {
      const Index head = i / grid.tokens(), query = i % grid.tokens();
      cpu::add_position_bias(&logits(head, query, 0), &table(0, head), table.stride(0), grid, query);
    });
  }

  template <std::floating_point T>
  static void mask_distant(Context& context, TensorView<T, 3> logits, Grid grid) {
    cpu::parallel_for(context.team(), logits.extent(0) * grid.tokens(), [&](Index i) {
      const Index head = i / grid.tokens(), query = i % grid.tokens(), C = grid.columns;
      for (Index y = 0; y < grid.rows; ++y)
        for (Index x = 0; x < C; ++x)
          if (std::abs(query / C - y) > 1 || std::abs(query % C - x) > 1)
            logits(head, query, y * C + x) = std::numeric_limits<T>::lowest() / 2;
    });
  }

  template <std::floating_point T>
  static void activate(Context& context, TensorView<T, 2> y, Activation activation) {
    cpu::parallel_for(context.team(), y.extent(0), [&](Index m) {
      T* row = &y(m, 0);
      if (activation == Activation::gelu) cpu::transform(row, row, y.extent(1), [](auto v) { return cpu::gelu(v); });
      if (activation == Activation::tanh) cpu::transform(row, row, y.extent(1), [](auto v) { return cpu::tanh(v); });
    });
  }

  template <std::floating_point T>
  static void add_bias(Context& context, TensorView<T, 2> y, Input<T, 1> bias) {
    cpu::parallel_for(context.team(), y.extent(0), [&](Index m) {
      for (Index d = 0; d < y.extent(1); ++d) y(m, d) += bias[d];
    });
  }

  template <std::floating_point T>
  static void add(Context& context, TensorView<T, 2> y, Input<T, 2> x) {
    cpu::parallel_for(context.team(), y.extent(0), [&](Index m) {
      for (Index d = 0; d < y.extent(1); ++d) y(m, d) += x(m, d);
    });
  }

  template <std::floating_point T>
  static void repeat_rows(Context& context, TensorView<T, 2> y, Input<T, 2> x) {
    cpu::parallel_for(context.team(), y.extent(0),
                      [&](Index m) { std::copy_n(&x(m % x.extent(0), 0), x.extent(1), &y(m, 0)); });
  }

  template <std::floating_point T>
  static void encode_hints(Context& context, TensorView<T, 4> picture, Input<T, 4> lab, Input<T, 2> mask, Index cell,
                           HintEncoding encoding) {
    const Index H = lab.extent(2);
    cpu::parallel_for(context.team(), lab.extent(0) * H, [&](Index i) {
      cpu::encode_row(picture[i / H], lab[i / H], mask[i / H], i % H, cell, encoding);
    });
  }

  template <std::floating_point T>
  static void extract_patches(Context& context, TensorView<T, 2> rows, Input<T, 4> picture, Index P) {
    const Index gh = picture.extent(2) / P, gw = picture.extent(3) / P;
    cpu::parallel_for(context.team(), rows.extent(0), [&](Index row) {
      const auto patch = picture[row / (gh * gw)].narrowed(1, row / gw % gh * P, P).narrowed(2, row % gw * P, P);
      cpu::copy_patch(&rows(row, 0), patch);
    });
  }

  template <std::floating_point T>
  static void pixel_shuffle(Context& context, TensorView<T, 4> picture, Input<T, 2> tokens, Index P) {
    const Index gh = picture.extent(2) / P, gw = picture.extent(3) / P;
    cpu::parallel_for(context.team(), tokens.extent(0), [&](Index row) {
      const auto patch = picture[row / (gh * gw)].narrowed(1, row / gw % gh * P, P).narrowed(2, row % gw * P, P);
      cpu::for_each_token_value(patch, [&](T& pixel, Index i) { pixel = tokens(row, i); });
    });
  }

  template <std::floating_point T>
  static void pixel_unshuffle(Context& context, TensorView<T, 2> tokens, Input<T, 4> picture, Index P) {
    const Index gh = picture.extent(2) / P, gw = picture.extent(3) / P;
    cpu::parallel_for(context.team(), tokens.extent(0), [&](Index row) {
      const auto patch = picture[row / (gh * gw)].narrowed(1, row / gw % gh * P, P).narrowed(2, row % gw * P, P);
      cpu::for_each_token_value(patch, [&](const T& pixel, Index i) { tokens(row, i) = pixel; });
    });
  }

  template <std::floating_point T>
  static void gather_neighbours(Context& context, TensorView<T, 2> rows, Input<T, 2> x, Grid grid) {
    cpu::parallel_for(context.team(), rows.extent(0), [&](Index row) { cpu::gather_row(&rows(row, 0), x, grid, row); });
  }

  template <std::floating_point T>
  static void layer_norm_backward(Context& context, TensorView<T, 2> dx, TensorView<T, 1> dweight,
                                  TensorView<T, 1> dbias, Input<T, 2> dy, Input<T, 2> x, Input<T, 1> weight, T eps,
                                  TensorView<T, 2> statistics) {
    const Index M = x.extent(0), D = x.extent(1);
    cpu::parallel_for(context.team(), M, [&](Index m) {
      std::tie(statistics(m, 0), statistics(m, 1)) = cpu::mean_and_scale(&x(m, 0), D, eps);
    });
    // Sums over rows are shared out by columns, so that their order does not depend on the number of threads.
    cpu::parallel_for_columns<T>(context.team(), D, [&](Index first, Index last) {
      T *ICOLORIT_RESTRICT weight_sums = dweight.data(), *ICOLORIT_RESTRICT bias_sums = dbias.data();
      for (Index m = 0; m < M; ++m) {
        const T *dy_row = &dy(m, 0), *x_row = &x(m, 0), mean = statistics(m, 0), scale = statistics(m, 1);
        for (Index d = first; d < last; ++d) {
          weight_sums[d] += dy_row[d] * (x_row[d] - mean) * scale;
          bias_sums[d] += dy_row[d];
        }
      }
    });
    cpu::parallel_for(context.team(), M, [&](Index m) {
      cpu::layer_norm_row_backward(&dx(m, 0), &dy(m, 0), &x(m, 0), weight.data(), D, statistics(m, 0),
                                   statistics(m, 1));
    });
  }

  template <std::floating_point T>
  static void softmax_backward(Context& context, TensorView<T, 2> dx, Input<T, 2> y) {
    cpu::parallel_for(context.team(), y.extent(0), [&](Index m) {
      T* d = &dx(m, 0);
      const T* p = &y(m, 0);
      const T dot = cpu::dot(d, p, y.extent(1));
      for (Index n = 0; n < y.extent(1); ++n) d[n] = p[n] * (d[n] - dot);
    });
  }

  template <std::floating_point T>
  static void position_bias_backward(Context& context, TensorView<T, 2> dtable, Input<T, 3> dlogits, Grid grid) {
    // One job for each head and row difference: no two jobs share an entry of the table.
    const Index differences = 2 * grid.rows - 1;
    cpu::parallel_for(context.team(), dlogits.extent(0) * differences, [&](Index job) {
      const Index head = job / differences, dy = job % differences - (grid.rows - 1);
      cpu::add_position_gradient(&dtable(0, head), dtable.stride(0), dlogits[head], grid, dy);
    });
  }

  template <std::floating_point T>
  static void activate_backward(Context& context, TensorView<T, 2> dx, Input<T, 2> saved, Activation activation) {
    cpu::parallel_for(context.team(), dx.extent(0), [&](Index m) {
      T* d = &dx(m, 0);
      const T* s = &saved(m, 0);
      if (activation == Activation::gelu)
        cpu::transform(d, d, s, dx.extent(1), [](auto gradient, auto x) { return gradient * cpu::gelu_slope(x); });
      if (activation == Activation::tanh)
        cpu::transform(d, d, s, dx.extent(1), [](auto gradient, auto y) { return gradient * (1 - y * y); });
    });
  }

  template <std::floating_point T>
  static void sum_rows(Context& context, TensorView<T, 1> dbias, Input<T, 2> dy) {
    cpu::parallel_for_columns<T>(context.team(), dy.extent(1), [&](Index first, Index last) {
      // Four rows at a time: the sums are read and written a quarter as often.
      const Index M = dy.extent(0);
      T* ICOLORIT_RESTRICT sums = dbias.data();
      for (Index m = 0; m < M; m += 4) {
        const T* rows[4];
        for (Index i = 0; i < 4; ++i) rows[i] = &dy(std::min(m + i, M - 1), 0);
        const Index count = std::min(Index{4}, M - m);
        if (count == 4)
          for (Index d = first; d < last; ++d) sums[d] += (rows[0][d] + rows[1][d]) + (rows[2][d] + rows[3][d]);
        else
          for (Index i = 0; i < count; ++i)
            for (Index d = first; d < last; ++d) sums[d] += rows[i][d];
      }
    });
  }

  template <std::floating_point T>
  static void scatter_neighbours(Context& context, TensorView<T, 2> dx, Input<T, 2> drows, Grid grid) {
    cpu::parallel_for(context.team(), dx.extent(0) / grid.tokens(),
                      [&](Index picture) { cpu::scatter_rows(dx, drows, grid, picture * grid.tokens()); });
  }

  template <std::floating_point T>
  static void merge_patches(Context& context, TensorView<T, 4> picture, Input<T, 2> rows, Index P) {
    const Index gh = picture.extent(2) / P, gw = picture.extent(3) / P;
    cpu::parallel_for(context.team(), rows.extent(0), [&](Index row) {
      const auto patch = picture[row / (gh * gw)].narrowed(1, row / gw % gh * P, P).narrowed(2, row % gw * P, P);
      const T* from = &rows(row, 0);
      for (Index c = 0; c < patch.extent(0); ++c)
        for (Index y = 0; y < P; ++y, from += P) std::copy_n(from, P, &patch(c, y, 0));
    });
  }

  template <std::floating_point T>
  static void fill(Context&, TensorView<T, 1> x, T value) {
    std::fill_n(x.data(), x.extent(0), value);
  }

  template <std::floating_point T>
  static void transpose(Context& context, TensorView<T, 3> y, Input<T, 3> x, bool accumulate) {
    cpu::parallel_for(context.team(), x.extent(0), [&](Index g) {
      for (Index r = 0; r < x.extent(1); ++r)
        for (Index c = 0; c < x.extent(2); ++c) y(g, c, r) = x(g, r, c) + (accumulate ? y(g, c, r) : T(0));
    });
  }

  template <std::floating_point T>
  static void scale_rows(Context& context, TensorView<T, 2> x, Input<T, 1> factors) {
    const Index each = x.extent(0) / factors.extent(0);
    cpu::parallel_for(context.team(), x.extent(0), [&](Index m) {
      for (Index d = 0; d < x.extent(1); ++d) (&x(m, 0))[d] *= factors[m / each];
    });
  }

  template <std::floating_point T, class L>
  static void apply_loss(Context& context, TensorView<T, 2> gradient, TensorView<T, 1> values, Input<T, 2> prediction,
                         Input<T, 2> target, Input<T, 2> weights, const L& loss, T scale) {
    const Index groups = weights.empty() ? 1 : weights.extent(1), sharing = prediction.extent(1) / groups;
    cpu::parallel_for(context.team(), prediction.extent(0), [&](Index m) {
      T sum = 0;
      for (Index group = 0; group < groups; ++group) {
        const T weight = weights.empty() ? T(1) : weights(m, group);
        for (Index c = group * sharing; c < (group + 1) * sharing; ++c) {
          const T difference = (&prediction(m, 0))[c] - (&target(m, 0))[c];
          sum += weight * loss.value(difference);
          (&gradient(m, 0))[c] = scale * weight * loss.derivative(difference);
        }
      }
      values[m] = sum;
    });
  }

  template <std::floating_point T>
  static void weigh_hints(Context& context, TensorView<T, 3> weights, Input<T, 2> mask, Index cell, T factor) {
    const Index H = weights.extent(1), columns = weights.extent(2) / cell;
    cpu::parallel_for(context.team(), weights.extent(0) * H, [&](Index row) {
      const Index b = row / H, y = row % H;
      for (Index x = 0; x < weights.extent(2); ++x)
        if (mask(b, y / cell * columns + x / cell) == 0) weights(b, y, x) *= factor;
    });
  }

  template <std::floating_point T>
  static void adamw(Context& context, TensorView<T, 1> parameters, TensorView<T, 1> first, TensorView<T, 1> second,
                    Input<T, 1> gradients, const AdamWStep<T>& step) {
    const T root2 = 1 / std::sqrt(step.correction2), rate1 = step.rate / step.correction1;
    T *p = parameters.data(), *m = first.data(), *v = second.data();
    const T* gradient = gradients.data();
    cpu::parallel_for_columns<T>(context.team(), parameters.extent(0), [&](Index begin, Index end) {
      for (Index i = begin; i < end; ++i) {
        const T g = gradient[i] * step.gradient_scale;
        m[i] = step.beta1 * m[i] + (1 - step.beta1) * g;
        v[i] = step.beta2 * v[i] + (1 - step.beta2) * g * g;
        p[i] = p[i] * (1 - step.rate * step.decay) - rate1 * m[i] / (std::sqrt(v[i]) * root2 + step.eps);
      }
    });
  }

  template <std::floating_point T>
  static void blend(Context& context, TensorView<T, 1> values, Input<T, 1> from, T weight) {
    T* to = values.data();
    const T* other = from.data();
    cpu::parallel_for_columns<T>(context.team(), values.extent(0), [&](Index begin, Index end) {
      for (Index i = begin; i < end; ++i) to[i] += weight * (other[i] - to[i]);
    });
  }

  template <std::floating_point T>
  static void sum_of_squares(Context& context, TensorView<T, 1> partial, Input<T, 1> x) {
    cpu::parallel_for(context.team(), partial.extent(0), [&](Index block) {
      const Index first = block * squares_block;
      partial[block] = cpu::sum(x.data() + first, std::min(squares_block, x.extent(0) - first),
                                [](auto value) { return value * value; });
    });
  }
};

}  // namespace ICOLORIT_ISA
}  // namespace icolorit
