// Attention rollout: which tokens a token's result comes from, through all blocks (Abnar, Zuidema 2020, "Quantifying
// attention flow in transformers"; drawn for hints in Yun et al. 2023, sec. 4.4).
#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "icolorit/core/buffer.hpp"

namespace icolorit {

/// How the heads of a block become one.
enum class HeadFusion { mean, max, min };

/// One block's step: the heads fused, the identity added for the residual path, each row divided by its sum.
///   step  (N,N)    overwritten
///   p     (H,N,N)  read; attention weights, row = query
/// Throws ShapeError.
inline void fuse_heads(TensorView<float, 2> step, TensorView<const float, 3> p, HeadFusion fusion) {
  const Index H = p.extent(0), N = p.extent(1);
  expect_shape("fuse_heads", "p", p, {H, N, N});
  expect_shape("fuse_heads", "step", step, {N, N});
  if (p.elements() == 0) throw ShapeError(concat("fuse_heads: p is ", p.shape(), ", expected no extent of 0"));
  for (Index i = 0; i < N; ++i) {
    float sum = 0;
    for (Index j = 0; j < N; ++j) {
      float fused = p(0, i, j);
      for (Index h = 1; h < H; ++h) switch (fusion) {
          case HeadFusion::mean: fused += p(h, i, j); break;
          case HeadFusion::max: fused = std::max(fused, p(h, i, j)); break;
          case HeadFusion::min: fused = std::min(fused, p(h, i, j)); break;
        }
      if (fusion == HeadFusion::mean) fused /= static_cast<float>(H);
      step(i, j) = fused + (i == j ? 1.f : 0.f);
      sum += step(i, j);
    }
    for (Index j = 0; j < N; ++j) step(i, j) /= sum;
  }
}

/// Row `token` of the product A_L ... A_2 A_1 of the blocks' steps: how much each token of the input counts for the
/// token in the end; N numbers of sum 1. `blocks` holds the attention weights (H,N,N) from the first block to the last.
/// Throws ShapeError, and ArgumentError for a token that there is not.
inline std::vector<float> attention_rollout(std::span<const TensorView<const float, 3>> blocks, HeadFusion fusion,
                                            Index token) {
  if (blocks.empty()) throw ArgumentError("attention_rollout: there are no blocks");
  const Index N = blocks.front().extent(1);
  if (token < 0 || token >= N)
    throw ArgumentError(concat("attention_rollout: token is ", token, ", expected one of 0 to ", N - 1));
  // From the last block backwards, so that a row is multiplied and never a matrix.
  std::vector<float> row(static_cast<std::size_t>(N), 0.f);
  row[static_cast<std::size_t>(token)] = 1;
  Buffer<float> step(N * N);
  for (std::size_t block = blocks.size(); block-- > 0;) {
    fuse_heads(step.view(N, N), blocks[block], fusion);
    std::vector<float> next(static_cast<std::size_t>(N), 0.f);
    for (Index i = 0; i < N; ++i)
      for (Index j = 0; j < N; ++j)
        next[static_cast<std::size_t>(j)] += row[static_cast<std::size_t>(i)] * step.data()[i * N + j];
    row = std::move(next);
  }
  return row;
}

}  // namespace icolorit
