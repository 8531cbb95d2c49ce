// The reference backend: every operation as plain loops over any element type. Slow, obvious, the oracle of all others.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <numbers>
#include <utility>

#include "icolorit/core/backend.hpp"
#include "icolorit/core/buffer.hpp"

namespace icolorit {

/// One thread, main memory, no state. Contracts: core/backend.hpp.
struct ReferenceBackend {
  using Memory = HostMemory;
  struct Context {};

  template <Element T>
  static void upload(Context&, TensorView<T, 1> to, Input<T, 1> from) {
    for (Index i = 0; i < to.extent(0); ++i) to[i] = from[i];
  }

  template <Element T>
  static void download(Context& context, TensorView<T, 1> to, Input<T, 1> from) {
    upload(context, to, from);
  }

  template <Element T>
  static void matmul(Context&, TensorView<T, 3> c, Input<T, 3> a, Input<T, 3> b, T alpha, bool accumulate) {
    using Sum = Accumulator<T>;
    for (Index g = 0; g < c.extent(0); ++g)
      for (Index m = 0; m < c.extent(1); ++m)
        for (Index n = 0; n < c.extent(2); ++n) {
          Sum sum = 0;
          for (Index k = 0; k < a.extent(2); ++k) sum += Sum(a(g, m, k)) * Sum(b(g, k, n));
          c(g, m, n) = T(Sum(alpha) * sum + (accumulate ? Sum(c(g, m, n)) : Sum(0)));
        }
  }

  /// A weight (O,I) as codes and each row's scale.
  struct QuantizedWeight {
    Buffer<std::int8_t> codes;
    Buffer<float> scales;
  };

  template <Element T>
  static QuantizedWeight quantize(Context&, TensorView<const T, 2> weight) {
    const Index O = weight.extent(0), I = weight.extent(1);
    QuantizedWeight quantized{Buffer<std::int8_t>(O * I), Buffer<float>(O)};
    for (Index o = 0; o < O; ++o) {
      float largest = 0;
      for (Index i = 0; i < I; ++i) largest = std::max(largest, std::abs(static_cast<float>(weight(o, i))));
      const float scale = largest / 127;
      quantized.scales.data()[o] = scale;
      for (Index i = 0; i < I; ++i)
        quantized.codes.data()[o * I + i] =
            scale > 0 ? static_cast<std::int8_t>(std::lround(static_cast<float>(weight(o, i)) / scale)) : 0;
    }
    return quantized;
  }

  template <Element T>
  static void linear(Context&, TensorView<T, 2> y, Input<T, 2> x, const QuantizedWeight& weight,
                     const Epilogue<T>& epilogue) {
    using Sum = Accumulator<T>;
    const Index I = x.extent(1);
    for (Index m = 0; m < x.extent(0); ++m) {
      Sum low = Sum(x(m, 0)), high = low;
      for (Index i = 0; i < I; ++i) low = std::min(low, Sum(x(m, i))), high = std::max(high, Sum(x(m, i)));
      const Sum steps = high - low > Sum(1e-30) ? 255 / (high - low) : Sum(0);
      const auto code = [&](Index i) { return std::lrint((Sum(x(m, i)) - low) * steps); };
      for (Index o = 0; o < y.extent(1); ++o) {
        const std::int8_t* row = weight.codes.data() + o * I;
        Index products = 0, sum = 0;
        for (Index i = 0; i < I; ++i) products += code(i) * row[i], sum += row[i];
        Sum value = (Sum(products) * ((high - low) / 255) + Sum(sum) * low) * Sum(weight.scales.data()[o]);
        if (!epilogue.residual.empty()) value += Sum(epilogue.residual(m, o));
        if (!epilogue.bias.empty()) value += Sum(epilogue.bias[o]);
        y(m, o) = T(value);
      }
    }
    if (epilogue.activation != Activation::none) {
      Context context;
      activate(context, y, epilogue.activation);
    }
  }

  template <Element T>
  static void layer_norm(Context&, TensorView<T, 2> y, Input<T, 2> x, Input<T, 1> weight, Input<T, 1> bias,
                         Accumulator<T> eps) {
    using Sum = Accumulator<T>;
    const Index D = x.extent(1);
    for (Index m = 0; m < x.extent(0); ++m) {
      const auto [mean, scale] = row_statistics(x[m], eps);
      for (Index d = 0; d < D; ++d) y(m, d) = T((Sum(x(m, d)) - mean) * scale * Sum(weight[d]) + Sum(bias[d]));
    }
  }

  template <Element T>
  static void softmax(Context&, TensorView<T, 2> x) {
    using Sum = Accumulator<T>;
    for (Index m = 0; m < x.extent(0); ++m) {
      Sum largest = std::numeric_limits<Sum>::lowest(), total = 0;
      for (Index n = 0; n < x.extent(1); ++n) largest = std::max(largest, Sum(x(m, n)));
      for (Index n = 0; n < x.extent(1); ++n) total += std::exp(Sum(x(m, n)) - largest);
      for (Index n = 0; n < x.extent(1); ++n) x(m, n) = T(std::exp(Sum(x(m, n)) - largest) / total);
    }
  }

  template <Element T>
  static void add_position_bias(Context&, TensorView<T, 3> logits, Input<T, 2> table, Grid grid) {
    using Sum = Accumulator<T>;
    for (Index head = 0; head < logits.extent(0); ++head)
      for (Index query = 0; query < grid.tokens(); ++query)
        for (Index key = 0; key < grid.tokens(); ++key) {
          T& logit = logits(head, query, key);
          logit = T(Sum(logit) + Sum(table(position_row(grid, query, key), head)));
        }
  }

  template <Element T>
  static void mask_distant(Context&, TensorView<T, 3> logits, Grid grid) {
    using Sum = Accumulator<T>;
    // Every supported element type spans at least the range of half precision.
    const T lowest = std::is_same_v<T, f16> ? T(-65504.f) : T(std::numeric_limits<Sum>::lowest() / 2);
    for (Index head = 0; head < logits.extent(0); ++head)
      for (Index query = 0; query < grid.tokens(); ++query)
        for (Index key = 0; key < grid.tokens(); ++key) {
          const Index dy = query / grid.columns - key / grid.columns;
          const Index dx = query % grid.columns - key % grid.columns;
          if (std::abs(dy) > 1 || std::abs(dx) > 1) logits(head, query, key) = lowest;
        }
  }

  template <Element T>
  static void activate(Context&, TensorView<T, 2> y, Activation activation) {
    using Sum = Accumulator<T>;
    for (Index m = 0; m < y.extent(0); ++m)
      for (Index d = 0; d < y.extent(1); ++d) {
        const auto x = Sum(y(m, d));
        if (activation == Activation::gelu) y(m, d) = T(x / 2 * (1 + std::erf(x / std::numbers::sqrt2_v<Sum>)));
        if (activation == Activation::tanh) y(m, d) = T(std::tanh(x));
      }
  }

  template <Element T>
  static void add_bias(Context&, TensorView<T, 2> y, Input<T, 1> bias) {
    using Sum = Accumulator<T>;
    for (Index m = 0; m < y.extent(0); ++m)
      for (Index d = 0; d < y.extent(1); ++d) y(m, d) = T(Sum(y(m, d)) + Sum(bias[d]));
  }

  template <Element T>
  static void add(Context&, TensorView<T, 2> y, Input<T, 2> x) {
    using Sum = Accumulator<T>;
    for (Index m = 0; m < y.extent(0); ++m)
      for (Index d = 0; d < y.extent(1); ++d) y(m, d) = T(Sum(y(m, d)) + Sum(x(m, d)));
  }

  template <Element T>
  static void repeat_rows(Context&, TensorView<T, 2> y, Input<T, 2> x) {
    for (Index m = 0; m < y.extent(0); ++m)
      for (Index d = 0; d < y.extent(1); ++d) y(m, d) = x(m % x.extent(0), d);
  }

  template <Element T>
  static void encode_hints(Context&, TensorView<T, 4> picture, Input<T, 4> lab, Input<T, 2> mask, Index cell,
                           HintEncoding encoding) {
    using Sum = Accumulator<T>;
    const Index H = lab.extent(2), W = lab.extent(3), columns = W / cell;
    for (Index b = 0; b < lab.extent(0); ++b)
      for (Index y = 0; y < H; ++y)
        for (Index x = 0; x < W; ++x) {
          const Sum hint = 1 - Sum(mask(b, y / cell * columns + x / cell));
          picture(b, 0, y, x) = lab(b, 0, y, x);
          for (Index c = 1; c < 3; ++c) {
            const Sum ab = encoding.average ? cell_sample(lab, b, c, y / cell, x / cell, cell) : Sum(lab(b, c, y, x));
            picture(b, c, y, x) = T(ab * hint);
          }
          const Sum centre = encoding.centre_mask ? Sum(0.5) : Sum(0);
          if (picture.extent(1) == 4) picture(b, 3, y, x) = T(hint - centre);
          // Without a hint channel it is the last colour channel that the published code centres.
          else
            picture(b, 2, y, x) = T(Sum(picture(b, 2, y, x)) - centre);
        }
  }

  template <Element T>
  static void extract_patches(Context&, TensorView<T, 2> rows, Input<T, 4> picture, Index P) {
    const Index C = picture.extent(1), gh = picture.extent(2) / P, gw = picture.extent(3) / P;
    for (Index row = 0; row < rows.extent(0); ++row)
      for (Index i = 0; i < C * P * P; ++i) {
        const Index b = row / (gh * gw), gy = row / gw % gh, gx = row % gw;
        rows(row, i) = picture(b, i / (P * P), gy * P + i / P % P, gx * P + i % P);
      }
  }

  template <Element T>
  static void pixel_shuffle(Context&, TensorView<T, 4> picture, Input<T, 2> tokens, Index P) {
    for_each_token_value(picture, P, [&](T& pixel, Index row, Index i) { pixel = tokens(row, i); });
  }

  template <Element T>
  static void pixel_unshuffle(Context&, TensorView<T, 2> tokens, Input<T, 4> picture, Index P) {
    for_each_token_value(picture, P, [&](const T& pixel, Index row, Index i) { tokens(row, i) = pixel; });
  }

  template <Element T>
  static void gather_neighbours(Context&, TensorView<T, 2> rows, Input<T, 2> x, Grid grid) {
    const Index D = x.extent(1);
    for (Index row = 0; row < rows.extent(0); ++row)
      for (Index i = 0; i < 9 * D; ++i) rows(row, i) = x(neighbour(grid, row, i / D), i % D);
  }

  template <Element T>
  static void layer_norm_backward(Context&, TensorView<T, 2> dx, TensorView<T, 1> dweight, TensorView<T, 1> dbias,
                                  Input<T, 2> dy, Input<T, 2> x, Input<T, 1> weight, Accumulator<T> eps,
                                  TensorView<T, 2> /*statistics*/) {
    using Sum = Accumulator<T>;
    const Index D = x.extent(1);
    for (Index m = 0; m < x.extent(0); ++m) {
      const auto [mean, scale] = row_statistics(x[m], eps);
      // With n = (x - mean) scale and g = dy weight: dx = scale (g - mean(g) - n mean(g n)).
      Sum mean_g = 0, mean_gn = 0;
      for (Index d = 0; d < D; ++d) {
        const Sum n = (Sum(x(m, d)) - mean) * scale, g = Sum(dy(m, d)) * Sum(weight[d]);
        mean_g += g / Sum(D);
        mean_gn += g * n / Sum(D);
      }
      for (Index d = 0; d < D; ++d) {
        const Sum n = (Sum(x(m, d)) - mean) * scale, g = Sum(dy(m, d));
        dweight[d] = T(Sum(dweight[d]) + g * n);
        dbias[d] = T(Sum(dbias[d]) + g);
        dx(m, d) = T(scale * (g * Sum(weight[d]) - mean_g - n * mean_gn));
      }
    }
  }

  template <Element T>
  static void softmax_backward(Context&, TensorView<T, 2> dx, Input<T, 2> y) {
    using Sum = Accumulator<T>;
    for (Index m = 0; m < y.extent(0); ++m) {
      Sum dot = 0;
      for (Index n = 0; n < y.extent(1); ++n) dot += Sum(dx(m, n)) * Sum(y(m, n));
      for (Index n = 0; n < y.extent(1); ++n) dx(m, n) = T(Sum(y(m, n)) * (Sum(dx(m, n)) - dot));
    }
  }

  template <Element T>
  static void position_bias_backward(Context&, TensorView<T, 2> dtable, Input<T, 3> dlogits, Grid grid) {
    using Sum = Accumulator<T>;
    for (Index head = 0; head < dlogits.extent(0); ++head)
      for (Index query = 0; query < grid.tokens(); ++query)
        for (Index key = 0; key < grid.tokens(); ++key) {
          T& entry = dtable(position_row(grid, query, key), head);
          entry = T(Sum(entry) + Sum(dlogits(head, query, key)));
        }
  }

  template <Element T>
  static void activate_backward(Context&, TensorView<T, 2> dx, Input<T, 2> saved, Activation activation) {
    using Sum = Accumulator<T>;
    for (Index m = 0; m < dx.extent(0); ++m)
      for (Index d = 0; d < dx.extent(1); ++d) {
        const auto s = Sum(saved(m, d));
        Sum slope = 1;
        if (activation == Activation::gelu)
          slope = (1 + std::erf(s / std::numbers::sqrt2_v<Sum>)) / 2 +
                  s * std::exp(-s * s / 2) * std::numbers::inv_sqrtpi_v<Sum> / std::numbers::sqrt2_v<Sum>;
        if (activation == Activation::tanh) slope = 1 - s * s;
        dx(m, d) = T(Sum(dx(m, d)) * slope);
      }
  }

  template <Element T>
  static void sum_rows(Context&, TensorView<T, 1> dbias, Input<T, 2> dy) {
    using Sum = Accumulator<T>;
    for (Index d = 0; d < dy.extent(1); ++d) {
      Sum sum = Sum(dbias[d]);
      for (Index m = 0; m < dy.extent(0); ++m) sum += Sum(dy(m, d));
      dbias[d] = T(sum);
    }
  }

  template <Element T>
  static void scatter_neighbours(Context&, TensorView<T, 2> dx, Input<T, 2> drows, Grid grid) {
    using Sum = Accumulator<T>;
    const Index D = dx.extent(1);
    for (Index m = 0; m < dx.extent(0); ++m)
      for (Index d = 0; d < D; ++d) dx(m, d) = T(0.f);
    for (Index row = 0; row < drows.extent(0); ++row)
      for (Index i = 0; i < 9 * D; ++i) {
        T& to = dx(neighbour(grid, row, i / D), i % D);
        to = T(Sum(to) + Sum(drows(row, i)));
      }
  }

  template <Element T>
  static void merge_patches(Context&, TensorView<T, 4> picture, Input<T, 2> rows, Index P) {
    const Index C = picture.extent(1), gh = picture.extent(2) / P, gw = picture.extent(3) / P;
    for (Index row = 0; row < rows.extent(0); ++row)
      for (Index i = 0; i < C * P * P; ++i)
        picture(row / (gh * gw), i / (P * P), row / gw % gh * P + i / P % P, row % gw * P + i % P) = rows(row, i);
  }

  template <Element T>
  static void fill(Context&, TensorView<T, 1> x, T value) {
    std::fill_n(x.data(), x.extent(0), value);
  }

  template <Element T>
  static void transpose(Context&, TensorView<T, 3> y, Input<T, 3> x, bool accumulate) {
    using Sum = Accumulator<T>;
    for (Index g = 0; g < x.extent(0); ++g)
      for (Index r = 0; r < x.extent(1); ++r)
        for (Index c = 0; c < x.extent(2); ++c)
          y(g, c, r) = T(Sum(x(g, r, c)) + (accumulate ? Sum(y(g, c, r)) : Sum(0)));
  }

  template <Element T>
  static void scale_rows(Context&, TensorView<T, 2> x, Input<T, 1> factors) {
    using Sum = Accumulator<T>;
    const Index each = x.extent(0) / factors.extent(0);
    for (Index m = 0; m < x.extent(0); ++m)
      for (Index d = 0; d < x.extent(1); ++d) x(m, d) = T(Sum(x(m, d)) * Sum(factors[m / each]));
  }

  template <Element T, class L>
  static void apply_loss(Context&, TensorView<T, 2> gradient, TensorView<Accumulator<T>, 1> values,
                         Input<T, 2> prediction, Input<T, 2> target, Input<T, 2> weights, const L& loss,
                         Accumulator<T> scale) {
    using Sum = Accumulator<T>;
    const Index C = prediction.extent(1), sharing = weights.empty() ? C : C / weights.extent(1);
    for (Index m = 0; m < prediction.extent(0); ++m) {
      values[m] = 0;
      for (Index c = 0; c < C; ++c) {
        const Sum weight = weights.empty() ? Sum(1) : Sum(weights(m, c / sharing));
        const Sum difference = Sum(prediction(m, c)) - Sum(target(m, c));
        values[m] += weight * loss.value(difference);
        gradient(m, c) = T(scale * weight * loss.derivative(difference));
      }
    }
  }

  template <Element T>
  static void weigh_hints(Context&, TensorView<T, 3> weights, Input<T, 2> mask, Index cell, Accumulator<T> factor) {
    using Sum = Accumulator<T>;
    const Index columns = weights.extent(2) / cell;
    for (Index b = 0; b < weights.extent(0); ++b)
      for (Index y = 0; y < weights.extent(1); ++y)
        for (Index x = 0; x < weights.extent(2); ++x)
          if (Sum(mask(b, y / cell * columns + x / cell)) == 0) weights(b, y, x) = T(Sum(weights(b, y, x)) * factor);
  }

  template <Element T>
  static void adamw(Context&, TensorView<Accumulator<T>, 1> parameters, TensorView<Accumulator<T>, 1> first,
                    TensorView<Accumulator<T>, 1> second, TensorView<const T, 1> gradients,
                    const AdamWStep<Accumulator<T>>& step) {
    using Sum = Accumulator<T>;
    for (Index i = 0; i < parameters.extent(0); ++i) {
      const Sum g = Sum(gradients[i]) * step.gradient_scale;
      first[i] = step.beta1 * first[i] + (1 - step.beta1) * g;
      second[i] = step.beta2 * second[i] + (1 - step.beta2) * g * g;
      const Sum update = first[i] / step.correction1 / (std::sqrt(second[i] / step.correction2) + step.eps);
      parameters[i] = parameters[i] * (1 - step.rate * step.decay) - step.rate * update;
    }
  }

  template <Element To, Element From>
  static void convert(Context&, TensorView<To, 1> to, TensorView<const From, 1> from) {
    for (Index i = 0; i < to.extent(0); ++i) to[i] = To(static_cast<Accumulator<To>>(from[i]));
  }

  template <Element T>
  static void blend(Context&, TensorView<T, 1> values, Input<T, 1> from, Accumulator<T> weight) {
    using Sum = Accumulator<T>;
    for (Index i = 0; i < values.extent(0); ++i)
      values[i] = T(Sum(values[i]) + weight * (Sum(from[i]) - Sum(values[i])));
  }

  template <Element T>
  static void sum_of_squares(Context&, TensorView<Accumulator<T>, 1> partial, TensorView<const T, 1> x) {
    using Sum = Accumulator<T>;
    for (Index i = 0; i < x.extent(0); ++i) {
      Sum& sum = partial[i / squares_block];
      sum = (i % squares_block == 0 ? Sum(0) : sum) + Sum(x[i]) * Sum(x[i]);
    }
  }

 private:
  // Mean and 1 / sqrt(variance + eps) of a row.
  template <class T, class Sum>
  static std::pair<Sum, Sum> row_statistics(TensorView<const T, 1> x, Sum eps) {
    const Index D = x.extent(0);
    Sum mean = 0, variance = 0;
    for (Index d = 0; d < D; ++d) mean += Sum(x[d]);
    mean /= Sum(D);
    for (Index d = 0; d < D; ++d) variance += (Sum(x[d]) - mean) * (Sum(x[d]) - mean);
    return {mean, 1 / std::sqrt(variance / Sum(D) + eps)};
  }

  // The row of a position table for a query and a key.
  static Index position_row(Grid grid, Index query, Index key) {
    const Index dy = query / grid.columns - key / grid.columns;
    const Index dx = query % grid.columns - key % grid.columns;
    return (dy + grid.rows - 1) * (2 * grid.columns - 1) + dx + grid.columns - 1;
  }

  // The token at place `tap` (0 to 8) of the 3x3 neighbourhood of token `row`, reflected at the border.
  static Index neighbour(Grid grid, Index row, Index tap) {
    const auto reflect = [](Index i, Index n) { return n == 1 ? 0 : i < 0 ? -i : i >= n ? 2 * n - 2 - i : i; };
    const Index token = row % grid.tokens();
    const Index gy = reflect(token / grid.columns + tap / 3 - 1, grid.rows);
    const Index gx = reflect(token % grid.columns + tap % 3 - 1, grid.columns);
    return row - token + gy * grid.columns + gx;
  }

  // Bilinear sample at the centre of a cell of s x s pixels, without antialiasing: half-pixel centres put it between
  // the two middle pixels of an even s and on the middle pixel of an odd one.
  template <class T>
  static Accumulator<T> cell_sample(TensorView<const T, 4> lab, Index b, Index c, Index row, Index column, Index s) {
    using Sum = Accumulator<T>;
    const Index y0 = row * s + (s - 1) / 2, y1 = row * s + s / 2;
    const Index x0 = column * s + (s - 1) / 2, x1 = column * s + s / 2;
    return (Sum(lab(b, c, y0, x0)) + Sum(lab(b, c, y0, x1)) + Sum(lab(b, c, y1, x0)) + Sum(lab(b, c, y1, x1))) / 4;
  }

  // f(pixel, token row, position in the token): the channel is the fastest axis of a token.
  template <class T, class F>
  static void for_each_token_value(TensorView<T, 4> picture, Index P, F f) {
    const Index H = picture.extent(2), W = picture.extent(3), gh = H / P, gw = W / P;
    for (Index b = 0; b < picture.extent(0); ++b)
      for (Index c = 0; c < 2; ++c)
        for (Index y = 0; y < H; ++y)
          for (Index x = 0; x < W; ++x)
            f(picture(b, c, y, x), (b * gh + y / P) * gw + x / P, (y % P * P + x % P) * 2 + c);
  }
};

}  // namespace icolorit
