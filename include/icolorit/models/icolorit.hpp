// The network: hints and lightness in, colour out (Yun et al. 2023, fig. 2).
//
// Adding a layer, step by step:
//   1. layers/NAME.hpp, with layers/mlp.hpp as the model. Inference needs Config, Params, visit, Prepared, plan and
//      forward; training needs Saved, take_saved, a second forward that fills it, plan_backward and backward.
//      Compute with operations of the backend only. All memory comes from the arena; plan takes what forward takes.
//   2. models/icolorit_config.hpp: a field of IColoriTConfig that says whether or how the layer is there, a function
//      that makes the layer's Config as embed() does, what validate() demands, and its share of multiply_adds().
//   3. Here, for inference: Params, visit with the prefix that its parameters have in weight files, Prepared and its
//      constructor, workspace_bytes, forward.
//   4. Here, for training: Saved and take_saved, plan_training, the second forward, backward.
//   5. models/weights.hpp: weights_metadata writes the field into weight files, infer_config finds it there again.
//   6. training/initial_weights.hpp: what its parameters are before training, where the rules there do not fit.
//   7. tests/layers: forward and backward as test_mlp.cpp and test_backward.cpp have them; tests/models/
//      test_gradients.cpp checks the whole network.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "icolorit/layers/pixel_shuffle.hpp"
#include "icolorit/models/icolorit_config.hpp"
#include "icolorit/models/position_tables.hpp"

namespace icolorit {

struct IColoriT {
  using Config = IColoriTConfig;

  template <class T>
  struct Params {
    PatchEmbed::Params<T> embed;
    std::vector<TransformerBlock::Params<T>> blocks;
    LayerNorm::Params<T> norm;
    LocalStabilizer::Params<T> head;
  };

  template <class T, class Visitor>
  static void visit(const Config& config, Params<T>& params, const std::string& prefix, Visitor&& visitor) {
    params.blocks.resize(static_cast<std::size_t>(config.depth));
    PatchEmbed::visit(config.embed(), params.embed, prefix + "patch_embed.", visitor);
    for (std::size_t i = 0; i < params.blocks.size(); ++i)
      TransformerBlock::visit(config.block(config.trained()), params.blocks[i], concat(prefix, "blocks.", i, "."),
                              visitor);
    LayerNorm::visit(config.norm(), params.norm, prefix + "norm.", visitor);
    LocalStabilizer::visit(config.stabilizer(config.trained()), params.head, prefix + "head.", visitor);
  }

  /// Weights ready for inference on pictures of grid.rows*P x grid.columns*P pixels, the position tables interpolated
  /// where this is not the grid of the weights. `precision` is that of the blocks' linear layers, where nearly all the
  /// work is; embedding and head, which meet the picture itself, stay in full. Immutable: any number of threads may use
  /// it, each with its own context and workspace.
  template <class B, class T>
  struct Prepared {
    /// `block_done(i)` comes after the last look at the parameters of block i.
    Prepared(typename B::Context& context, const Config& network, Grid grid_to_run, const Params<const T>& params,
             Precision precision = Precision::full, const std::function<void(Index)>& block_done = {})
        : config(network),
          grid(grid_to_run),
          embed(context, network.embed(), params.embed),
          positions(upload<B>(context, resized_position_table<T>(grid_to_run, network.trained(), network.dim))),
          norm(context, network.norm(), params.norm),
          head(context, network.stabilizer(grid_to_run), params.head) {
      blocks.reserve(params.blocks.size());
      for (TransformerBlock::Params<const T> block : params.blocks) {
        Buffer<T> table;
        if (network.position_bias && grid != network.trained()) {
          table = resized_position_bias<T>(block.attention.position_table, network.trained(), grid);
          block.attention.position_table = std::as_const(table).view(RelativePositionBias::rows(grid), network.heads);
        }
        blocks.emplace_back(context, network.block(grid, precision), block);
        if (block_done) block_done(std::ssize(blocks) - 1);
      }
    }

    Index height() const { return grid.rows * config.patch; }
    Index width() const { return grid.columns * config.patch; }

    Config config;
    Grid grid;
    PatchEmbed::Prepared<B, T> embed;
    Buffer<T, typename B::Memory> positions;  // (N,D)
    std::vector<TransformerBlock::Prepared<B, T>> blocks;
    LayerNorm::Prepared<B, T> norm;
    LocalStabilizer::Prepared<B, T> head;
  };

  /// The scratch of one forward of `batch` pictures.
  template <class B, class T>
  static Index workspace_bytes(const typename B::Context& context, const Prepared<B, T>& prepared, Index batch) {
    const Config& config = prepared.config;
    const Index M = batch * prepared.grid.tokens();
    Arena arena = Arena::measuring();
    arena.take<T, 4>({batch, config.channels, prepared.height(), prepared.width()});
    arena.take<T, 2>({M, config.dim});
    PatchEmbed::plan<T>(config.embed(), M, arena);
    TransformerBlock::plan<B, T>(context, config.block(prepared.grid), batch, arena);
    arena.take<T, 2>({M, config.token_size()});
    LocalStabilizer::plan<B, T>(context, config.stabilizer(prepared.grid), batch, arena);
    return arena.peak();
  }

  /// ab (B,2,H,W) from lab (B,3,H,W), both in network units, and mask (B,(H/s)(W/s)), 0 = hint, 1 = none. Of lab's ab
  /// only the hinted cells are read. All tensors live in the backend's memory. `after_block(done, depth)` is called
  /// after every block and may throw to cancel. Throws ShapeError.
  template <class B, class T, class AfterBlock>
  static void forward(typename B::Context& context, TensorView<T, 4> ab, TensorView<const T, 4> lab,
                      TensorView<const T, 2> mask, const Prepared<B, T>& prepared, Arena arena,
                      AfterBlock&& after_block) {
    const Config& config = prepared.config;
    const Index batch = lab.extent(0), H = prepared.height(), W = prepared.width(), M = batch * prepared.grid.tokens();
    expect_shape("icolorit.forward", "lab", lab, {batch, 3, H, W});
    expect_shape("icolorit.forward", "ab", ab, {batch, 2, H, W});
    const Index cell = cell_size(mask, batch, H, W);

    const auto input = arena.take<T, 4>({batch, config.channels, H, W});
    B::encode_hints(context, input, lab, mask, cell, config.encoding);
    const auto x = arena.take<T, 2>({M, config.dim});  // (B*N,D)
    PatchEmbed::forward<B, T>(context, x, input, prepared.positions.view(prepared.grid.tokens(), config.dim),
                              prepared.embed, arena);
    for (Index i = 0; i < config.depth; ++i) {
      TransformerBlock::forward<B, T>(context, x, prepared.blocks[static_cast<std::size_t>(i)], arena);
      after_block(i + 1, config.depth);
    }
    LayerNorm::forward<B, T>(context, x, x, prepared.norm);
    const auto tokens = arena.take<T, 2>({M, config.token_size()});  // (B*N,2P^2)
    LocalStabilizer::forward<B, T>(context, tokens, x, prepared.head, arena);
    PixelShuffle::forward<B, T>(context, ab, tokens, config.patch);
  }

  /// What backward needs, for a batch of pictures on the grid of the weights. With `recompute` the blocks keep their
  /// inputs only and share one set of inner values, which backward computes again block by block ("gradient
  /// checkpointing"): a third more arithmetic, a fraction of the memory, the same result.
  template <class T>
  struct Saved {
    TensorView<T, 4> input;  // (B,C,H,W) the encoded picture
    PatchEmbed::Saved<T> embed;
    std::vector<TransformerBlock::Saved<T>> blocks;
    TensorView<T, 2> last, normed;   // (B*N,D) around the final norm
    LocalStabilizer::Saved<T> head;  // head.y (B*N,2P^2) is the network's output
    bool recompute = false;
  };
  template <class T>
  static Saved<T> take_saved(const Config& config, Index batch, bool recompute, Arena& arena) {
    const Grid grid = config.trained();
    const Index M = batch * grid.tokens();
    const auto rows = [&] { return arena.take<T, 2>({M, config.dim}); };
    Saved<T> saved;
    saved.recompute = recompute;
    saved.input = arena.take<T, 4>({batch, config.channels, config.size, config.size});
    saved.embed = PatchEmbed::take_saved<T>(config.embed(), M, arena);
    for (Index i = 0; i < config.depth; ++i) {
      const bool shares = recompute && i > 0;
      saved.blocks.push_back(shares ? saved.blocks.front()
                                    : TransformerBlock::take_saved<T>(config.block(grid), batch, arena));
      if (shares) saved.blocks.back().x = rows();
    }
    saved.last = rows();
    saved.normed = rows();
    saved.head = LocalStabilizer::take_saved<T>(config.stabilizer(grid), batch, arena);
    return saved;
  }

  /// The memory of one training forward and backward: what is saved, then the scratch.
  template <class T>
  static void plan_training(const Config& config, Index batch, bool recompute, Arena& arena) {
    Arena::Scope scope(arena);
    const Index M = batch * config.trained().tokens();
    take_saved<T>(config, batch, recompute, arena);
    for (int i = 0; i < (recompute ? 2 : 1); ++i) arena.take<T, 2>({M, config.dim});  // also that of the embedding
    LocalStabilizer::plan_backward<T>(config.stabilizer(config.trained()), batch, arena);
    TransformerBlock::plan_backward<T>(config.block(config.trained()), batch, arena);
  }

  /// Training, from the raw parameters: saved.head.y, tokens (B*N,2P^2) in network units, from lab (B,3,H,W), mask
  /// (B,(H/s)(W/s)) and the position table (N,D). `drop` holds the drop-path factors of each block, or nothing. Throws
  /// ShapeError.
  template <class B, class T>
  static void forward(typename B::Context& context, TensorView<const T, 4> lab, TensorView<const T, 2> mask,
                      TensorView<const T, 2> positions, const Config& config, const Params<const T>& params,
                      std::span<const TransformerBlock::DropPath<T>> drop, const Saved<T>& saved, Arena& arena) {
    const Index batch = lab.extent(0);
    expect_shape("icolorit.forward", "lab", lab, {saved.input.extent(0), 3, config.size, config.size});
    B::encode_hints(context, saved.input, lab, mask, cell_size(mask, batch, config.size, config.size), config.encoding);
    PatchEmbed::forward<B, T>(context, saved.blocks.front().x, saved.input, positions, config.embed(), params.embed,
                              saved.embed, arena);
    for (std::size_t i = 0; i < saved.blocks.size(); ++i) {
      const bool is_last = i + 1 == saved.blocks.size();
      TransformerBlock::forward<B, T>(context, is_last ? saved.last : saved.blocks[i + 1].x,
                                      config.block(config.trained()), params.blocks[i], saved.blocks[i],
                                      drop.empty() ? TransformerBlock::DropPath<T>{} : drop[i], arena);
    }
    LayerNorm::forward<B, T>(context, saved.normed, saved.last, config.norm(), params.norm);
    LocalStabilizer::forward<B, T>(context, saved.normed, config.stabilizer(config.trained()), params.head, saved.head);
  }

  /// Parameter gradients += from dtokens (B*N,2P^2), the gradient of saved.head.y, which is overwritten on the way. The
  /// pictures are data and get no gradient.
  template <class B, class T>
  static void backward(typename B::Context& context, const Params<T>& gradients, TensorView<T, 2> dtokens,
                       const Config& config, const Params<const T>& params,
                       std::span<const TransformerBlock::DropPath<T>> drop, const Saved<T>& saved, Arena& arena) {
    Arena::Scope scope(arena);
    const TransformerBlock::Config block = config.block(config.trained());
    const auto dx = arena.take<T, 2>({dtokens.extent(0), config.dim});
    const auto again = saved.recompute ? arena.take<T, 2>(dx.extents()) : TensorView<T, 2>{};
    LocalStabilizer::backward<B, T>(context, dx, gradients.head, dtokens, saved.normed,
                                    config.stabilizer(config.trained()), params.head, saved.head, arena);
    LayerNorm::backward<B, T>(context, dx, gradients.norm, dx, saved.last, config.norm(), params.norm, arena);
    for (std::size_t i = saved.blocks.size(); i-- > 0;) {
      const auto dropped = drop.empty() ? TransformerBlock::DropPath<T>{} : drop[i];
      if (saved.recompute && i + 1 < saved.blocks.size())  // the last block's inner values still stand
        TransformerBlock::forward<B, T>(context, again, block, params.blocks[i], saved.blocks[i], dropped, arena);
      TransformerBlock::backward<B, T>(context, dx, gradients.blocks[i], block, params.blocks[i], saved.blocks[i],
                                       dropped, arena);
    }
    PatchEmbed::backward<B, T>(context, {}, gradients.embed, dx, config.embed(), params.embed, saved.embed, arena);
  }

 private:
  // The side s of a hint cell follows from the mask's length.
  template <class T>
  static Index cell_size(TensorView<const T, 2> mask, Index batch, Index H, Index W) {
    const Index cells = mask.extent(1);
    for (Index s = 1; mask.extent(0) == batch && s <= std::min(H, W); ++s)
      if (H % s == 0 && W % s == 0 && (H / s) * (W / s) == cells) return s;
    throw ShapeError(concat("icolorit.forward: mask is ", mask.shape(), ", expected (", batch, ",(H/s)(W/s)) for ", H,
                            " x ", W, " pixels and a whole s"));
  }
};

}  // namespace icolorit
