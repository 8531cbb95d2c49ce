// Attention of the CPU backend.
#pragma once

#include <concepts>
#include <cstdlib>
#include <limits>

#include "icolorit/core/backend/attention.hpp"
#include "icolorit/cpu/context.hpp"
#include "icolorit/cpu/kernel/fused_attention.hpp"
#include "icolorit/cpu/kernel/position_bias.hpp"
#include "icolorit/cpu/kernel/softmax.hpp"
#include "icolorit/cpu/kernel/vector_math.hpp"

namespace icolorit::cpu {
inline namespace ICOLORIT_ISA {

/// Contracts: core/backend/attention.hpp.
struct AttentionOperations {
  template <std::floating_point T>
  static void softmax(Context& context, TensorView<T, 2> x) {
    parallel_for(context.workers(), x.extent(0), [&](Index m) {
      const Index N = x.extent(1);
      const T scale = 1 / exponentiate(&x(m, 0), N);
      for (Index n = 0; n < N; ++n) x(m, n) *= scale;
    });
  }

  template <std::floating_point T>
  static void softmax_backward(Context& context, TensorView<T, 2> dx, Input<T, 2> y) {
    parallel_for(context.workers(), y.extent(0), [&](Index m) {
      T* d = &dx(m, 0);
      const T* p = &y(m, 0);
      const T dot = cpu::dot(d, p, y.extent(1));
      for (Index n = 0; n < y.extent(1); ++n) d[n] = p[n] * (d[n] - dot);
    });
  }

  template <std::floating_point T>
  static void add_position_bias(Context& context, TensorView<T, 3> logits, Input<T, 2> table, Grid grid) {
    parallel_for(context.workers(), logits.extent(0) * grid.tokens(), [&](Index i) {
      const Index head = i / grid.tokens(), query = i % grid.tokens();
      cpu::add_position_bias(&logits(head, query, 0), &table(0, head), table.stride(0), grid, query);
    });
  }

  template <std::floating_point T>
  static void position_bias_backward(Context& context, TensorView<T, 2> dtable, Input<T, 3> dlogits, Grid grid) {
    // One job for each head and row difference: no two jobs share an entry of the table.
    const Index differences = 2 * grid.rows - 1;
    parallel_for(context.workers(), dlogits.extent(0) * differences, [&](Index job) {
      const Index head = job / differences, dy = job % differences - (grid.rows - 1);
      add_position_gradient(&dtable(0, head), dtable.stride(0), dlogits[head], grid, dy);
    });
  }

  template <std::floating_point T>
  static void mask_distant(Context& context, TensorView<T, 3> logits, Grid grid) {
    parallel_for(context.workers(), logits.extent(0) * grid.tokens(), [&](Index i) {
      const Index head = i / grid.tokens(), query = i % grid.tokens(), C = grid.columns;
      for (Index y = 0; y < grid.rows; ++y)
        for (Index x = 0; x < C; ++x)
          if (std::abs(query / C - y) > 1 || std::abs(query % C - x) > 1)
            logits(head, query, y * C + x) = std::numeric_limits<T>::lowest() / 2;
    });
  }

  template <std::floating_point T>
  static constexpr bool fuses_attention(Index /*tokens*/, Index /*head_dim*/) {
    return true;
  }

  template <std::floating_point T>
  static Index attention_scratch(const Context& context, Index tokens, Index head_dim) {
    return context.threads() * std::max(AttentionScratch<T>::elements(tokens, head_dim),
                                        AttentionScratch<float, BFloat16Pair>::elements(tokens, head_dim));
  }

  template <std::floating_point T>
  static void attention(Context& context, TensorView<T, 2> y, Input<T, 2> qkv, Input<T, 2> table, Grid grid,
                        Index heads, Precision precision, TensorView<T, 1> scratch) {
    if constexpr (std::is_same_v<T, float> && bfloat16_is_fast)
      if (precision != Precision::full)
        return attend<BFloat16Pair>(context.workers(), y, qkv, table, grid, heads, scratch.data());
    attend<T>(context.workers(), y, qkv, table, grid, heads, scratch.data());
  }
};

}  // namespace ICOLORIT_ISA
}  // namespace icolorit::cpu
