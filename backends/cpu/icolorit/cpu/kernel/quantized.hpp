// Matrix product in 8-bit integers: weights rounded once, with a scale for each output channel; activations rounded row
// by row as they come (dynamic quantisation, asymmetric: Jacob et al. 2018, eq. 3). Sums are exact, so every path below
// gives the same integers.
#pragma once

#include <cstdint>
#include <limits>

#if defined(__SSE2__)
#include <immintrin.h>
#endif

#include "icolorit/cpu/kernel/matmul.hpp"

namespace icolorit::cpu {
inline namespace ICOLORIT_ISA {

/// `dot_group` neighbours along the inner dimension are multiplied and added by one instruction: four 8-bit codes with
/// VNNI, elsewhere two, widened to 16 bits because the older 8-bit instruction saturates.
#if defined(__AVX512VNNI__)
inline constexpr Index dot_group = 4;
using ActivationCode = std::uint8_t;
#else
inline constexpr Index dot_group = 2;
using ActivationCode = std::int16_t;
#endif

using Integers = Vector<std::int32_t>;

/// sum + the products of one group of activations, the same for every lane, with each lane's group of weights.
ICOLORIT_ALWAYS_INLINE Integers add_products(Integers sum, std::int32_t activations, Integers weights) {
#if defined(__AVX512VNNI__)
  return reinterpret_cast<Integers>(_mm512_dpbusd_epi32(reinterpret_cast<__m512i>(sum), _mm512_set1_epi32(activations),
                                                        reinterpret_cast<__m512i>(weights)));
#elif defined(__AVX512BW__)
  return sum + reinterpret_cast<Integers>(
                   _mm512_madd_epi16(_mm512_set1_epi32(activations), reinterpret_cast<__m512i>(weights)));
#elif defined(__AVX2__)
  return sum + reinterpret_cast<Integers>(
                   _mm256_madd_epi16(_mm256_set1_epi32(activations), reinterpret_cast<__m256i>(weights)));
#elif defined(__SSE2__) && !defined(__AVX__)
  return sum +
         reinterpret_cast<Integers>(_mm_madd_epi16(_mm_set1_epi32(activations), reinterpret_cast<__m128i>(weights)));
#else
  const auto low = [](auto pair) { return (pair << 16) >> 16; };
  return sum + low(activations) * low(weights) + (activations >> 16) * (weights >> 16);
#endif
}

/// A (K,O) matrix in 8 bits: code (k,o) at [o / panel_width][k / dot_group][o % panel_width][k % dot_group], what is
/// missing 0; the number meant is scale(o) * code.
class QuantizedMatrix {
 public:
  /// Longest inner dimension: what a thread's scratch and exact 32-bit sums have room for.
  static constexpr Index max_depth = 8192;

  QuantizedMatrix() = default;
  /// `matrix` (K,O) with any strides. Throws ArgumentError above max_depth.
  explicit QuantizedMatrix(TensorView<const float, 2> matrix)
      : depth_(matrix.extent(0)),
        columns_(matrix.extent(1)),
        codes_(panels_of<float>(columns_) * panel_codes()),
        scales_(panels_of<float>(columns_) * panel_width<float>),
        sums_(scales_.size()) {
    if (depth_ > max_depth)
      throw ArgumentError(concat("CpuBackend: int8 layers read at most ", max_depth, " values, not ", depth_));
    std::fill_n(codes_.data(), codes_.size(), std::int8_t{0});
    std::fill_n(scales_.data(), scales_.size(), 0.f);
    std::fill_n(sums_.data(), sums_.size(), 0.f);
    for (Index o = 0; o < columns_; ++o) encode_column(matrix, o);
  }

  Index depth() const { return depth_; }
  Index columns() const { return columns_; }
  /// Groups along the inner dimension, the last one filled up with zeros.
  Index groups() const { return (depth_ + dot_group - 1) / dot_group; }
  Index panel_codes() const { return groups() * dot_group * panel_width<float>; }
  const std::int8_t* panel(Index p) const { return codes_.data() + p * panel_codes(); }
  /// For each column, whole panels of them: the number that a code of 1 stands for, and the sum of the codes.
  const float* scales() const { return scales_.data(); }
  const float* sums() const { return sums_.data(); }

 private:
  void encode_column(TensorView<const float, 2> matrix, Index o) {
    float largest = 0;
    for (Index k = 0; k < depth_; ++k) largest = std::max(largest, std::abs(matrix(k, o)));
    const float scale = largest / 127;
    std::int8_t* column = codes_.data() + o / panel_width<float> * panel_codes() + o % panel_width<float> * dot_group;
    Index sum = 0;
    for (Index k = 0; k < depth_ && scale > 0; ++k) {
      const auto code = static_cast<std::int8_t>(std::lround(matrix(k, o) / scale));
      column[k / dot_group * dot_group * panel_width<float> + k % dot_group] = code;
      sum += code;
    }
    scales_.data()[o] = scale;
    sums_.data()[o] = static_cast<float>(sum);
  }

  // One widened panel and the codes of one tile of rows, see multiply_quantized; then a dot product of the largest
  // codes.
  static_assert(max_depth *
                    (panel_width<float> * Index{sizeof(std::int16_t)} + tile_rows * Index{sizeof(ActivationCode)}) <=
                matmul_scratch_bytes(sizeof(double)));
  static_assert(max_depth * 255 * 127 <= std::numeric_limits<std::int32_t>::max());

  Index depth_ = 0, columns_ = 0;
  Buffer<std::int8_t> codes_;
  Buffer<float> scales_, sums_;
};

/// What the codes of one row of activations stand for: low + scale * code, codes from 0 to 255.
struct RowScale {
  float low, scale;
};

/// codes[0..K) of a row x; the codes up to whole groups become 0.
inline RowScale encode_row(ActivationCode* codes, const float* x, Index K, Index padded) {
  const Index whole = K / lanes<float> * lanes<float>;
  float low = x[0], high = x[0];
  if (whole > 0) {
    Vector<float> lows = load(x), highs = lows;
    for (Index k = lanes<float>; k < whole; k += lanes<float>) {
      const Vector<float> v = load(x + k);
      lows = v < lows ? v : lows;
      highs = v > highs ? v : highs;
    }
    low = reduce<float>(lows, [](auto a, auto b) { return a < b ? a : b; });
    high = reduce<float>(highs, [](auto a, auto b) { return a > b ? a : b; });
  }
  for (Index k = whole; k < K; ++k) low = std::min(low, x[k]), high = std::max(high, x[k]);

  const float range = high - low, steps = range > 1e-30f ? 255 / range : 0;  // below, the row counts as constant
  using Codes [[gnu::vector_size(sizeof(ActivationCode) * lanes<float>)]] = ActivationCode;
  // Adding 2^23 leaves the nearest integer in the low bits of the sum.
  const auto code = [&](Vector<float> v) {
    return __builtin_convertvector(
        reinterpret_cast<Integers>(Vector<float>((v - low) * steps + 8388608.f)) - 0x4b000000, Codes);
  };
  Index k = 0;
  for (; k < whole; k += lanes<float>) {
    const Codes vector = code(load(x + k));
    std::memcpy(codes + k, &vector, sizeof(vector));
  }
  if (k < K) {
    const Codes vector = code(load_some(x + k, K - k));
    std::memcpy(codes + k, &vector, static_cast<std::size_t>(K - k) * sizeof(ActivationCode));
  }
  std::fill(codes + K, codes + padded, ActivationCode{0});
  return {low, range / 255};
}

/// One tile: y (Rows, up to panel_width) = activation(residual + numbers of (codes panel) + bias).
struct QuantizedTile {
  const ActivationCode* codes;
  Index code_stride;
  const void* panel;  // for each group, panel_width lanes of 4 bytes: one group of weights a lane
  Index groups;
  const RowScale* rows;
  const float *scales, *sums, *bias;  // bias: nullptr for 0
  float* y;
  Index y_stride;
  const float* residual;  // nullptr: 0
  Index residual_stride;
  Index columns;  // of y, at most panel_width
  Activation activation;
  Prefetch next;

  template <Index Rows>
  void run() const {
    Prefetch ahead = next;
    Integers sum[Rows][panel_vectors];
    unroll<Rows>([&](auto i) { unroll<panel_vectors>([&](auto j) { sum[i][j] = Integers{}; }); });
    const auto* weights = static_cast<const std::int32_t*>(panel);
    for (Index g = 0; g < groups; ++g, weights += panel_width<float>) {
      ahead.step();
      Integers w[panel_vectors];
      unroll<panel_vectors>([&](auto j) { w[j] = load(weights + j * lanes<float>); });
      unroll<Rows>([&](auto i) {
        std::int32_t a;
        std::memcpy(&a, codes + i * code_stride + g * dot_group, sizeof(a));
        unroll<panel_vectors>([&](auto j) { sum[i][j] = add_products(sum[i][j], a, w[j]); });
      });
    }
    if (columns == panel_width<float>) [[likely]]
      finish<panel_width<float>>(sum);
    else
      finish<0>(sum);
    for (Index i = 0; i < Rows; ++i) activate_row(y + i * y_stride, columns, activation);
  }

 private:
  /// Columns: how many there are, or 0 for `columns`.
  template <Index Columns, Index Rows>
  ICOLORIT_ALWAYS_INLINE void finish(const Integers (&sum)[Rows][panel_vectors]) const {
    const Index last = Columns == 0 ? columns : Columns;
    float* const to = y;
    unroll<panel_vectors>([&](auto vector) __attribute__((always_inline)) {
      constexpr Index j = vector * lanes<float>;
      const Vector<float> scale = load(scales + j), codes_sum = load(sums + j);
      const Vector<float> added = bias != nullptr ? load_columns(bias, j, last) : Vector<float>{};
      unroll<Rows>([&](auto i) __attribute__((always_inline)) {
        Vector<float> v =
            (__builtin_convertvector(sum[i][vector], Vector<float>) * rows[i].scale + codes_sum * rows[i].low) * scale +
            added;
        if (residual != nullptr) v += load_columns(residual + i * residual_stride, j, last);
        store_columns(to + i * y_stride, j, last, v);
      });
    });
  }
};

/// y (M,O) = activation(residual + x (M,K) matrix (K,O) + bias) with x and the matrix rounded to 8 bits; residual may
/// be y. `scratch(thread)` gives matmul_scratch_bytes(sizeof(double)) aligned bytes.
template <class Scratch>
void multiply_quantized(Workers& workers, TensorView<float, 2> y, Input<float, 2> x, const QuantizedMatrix& matrix,
                        const Epilogue<float>& epilogue, Scratch scratch) {
  const Index M = x.extent(0), K = matrix.depth(), padded = matrix.groups() * dot_group;
  const Index panels = panels_of<float>(matrix.columns());
  // Scratch: the widened weights of one panel (nothing where the processor reads them as they are), then rows' codes.
  const Index panel_bytes = dot_group == 4 ? 0 : matrix.panel_codes() * Index{sizeof(std::int16_t)};
  const Index room = (matmul_scratch_bytes(sizeof(double)) - panel_bytes) / (padded * Index{sizeof(ActivationCode)});
  const RowBlocks blocks(M, tile_rows, std::min(row_block, room), workers.size());
  const Index longest = blocks.longest() * tile_rows;
  const PrefetchPlan ahead(matrix.panel_codes(), longest, matrix.groups());
  // A piece is some panels under a block of rows. Four products of codes take the time of one of floats.
  const Index parts = pieces_of(panels, longest * panel_width<float> * K / 4);
  workers.run(blocks.count() * parts, [&](Pieces pieces, int thread) {
    std::byte* memory = scratch(thread);
    auto* widened = reinterpret_cast<std::int16_t*>(memory);
    auto* codes = reinterpret_cast<ActivationCode*>(memory + panel_bytes);
    RowScale rows[row_block];
    Index encoded = -1;  // the block whose codes are there
    for (const Index piece : pieces) {
      const Index block = piece / parts;
      const auto [first_row, last_row] = blocks[block];
      if (encoded != block)
        for (Index m = first_row; m < last_row; ++m)
          rows[m - first_row] = encode_row(codes + (m - first_row) * padded, &x(m, 0), K, padded);
      encoded = block;
      const auto [first_panel, last_panel] = share(panels, piece % parts, parts);
      for (Index p = first_panel; p < last_panel; ++p) {
        const Index column = p * panel_width<float>;
        const void* panel = matrix.panel(p);
        if constexpr (dot_group == 2) {
          std::copy_n(matrix.panel(p), matrix.panel_codes(), widened);
          panel = widened;
        }
        const void* next_panel = matrix.panel(p + 1 < panels ? p + 1 : 0);
        for_each_row_tile(last_row - first_row, [&, m = first_row](auto tile, Index i) {
          const TensorView<const float, 2>& residual = epilogue.residual;
          QuantizedTile{
              .codes = codes + i * padded,
              .code_stride = padded,
              .panel = panel,
              .groups = matrix.groups(),
              .rows = rows + i,
              .scales = matrix.scales() + column,
              .sums = matrix.sums() + column,
              .bias = epilogue.bias.empty() ? nullptr : epilogue.bias.data() + column,
              .y = y.data() + (m + i) * y.stride(0) + column,
              .y_stride = y.stride(0),
              .residual = residual.empty() ? nullptr : residual.data() + (m + i) * residual.stride(0) + column,
              .residual_stride = residual.stride(0),
              .columns = std::min(panel_width<float>, matrix.columns() - column),
              .activation = epilogue.activation,
              .next = ahead.of_tile(next_panel, i)}
              .template run<tile>();
        });
      }
    }
  });
}

}  // namespace ICOLORIT_ISA
}  // namespace icolorit::cpu
