// The network: hints and lightness in, colour out (Yun et al. 2023, fig. 2).
//   lab (B,3,H,W), mask (B,(H/s)(W/s)) -> encoded hints (B,C,H,W) -> PatchEmbed -> x (B*N,D) -> TransformerBlock, depth
//   times -> LayerNorm -> LocalStabilizer -> tokens (B*N,2P^2) -> PixelShuffle -> ab (B,2,H,W)
//
// Adding a layer, step by step:
//   1. layers/NAME.hpp, as layers/layer.hpp describes it, with layers/mlp.hpp as the model.
//   2. Its user. Inside the block that is layers/transformer_block.hpp. At the top it is this file: Parts and
//      for_each_part, which parameters, saved tensors and scratch follow; the constructor of Prepared; both forwards
//      and backward.
//   3. tests/layers/test_NAME.cpp: check_layer compares its forward with the reference and its gradients with central
//      differences; tests/models/test_gradients.cpp checks the whole network.
//   4. Where it can be chosen: a field of IColoriTConfig with its rule and its multiply_adds(); weights_metadata and
//      infer_config (models/weights.hpp); training/initial_weights.hpp where the rules there do not fit.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "icolorit/image/hints.hpp"
#include "icolorit/layers/parts.hpp"
#include "icolorit/layers/pixel_shuffle.hpp"
#include "icolorit/models/icolorit_config.hpp"
#include "icolorit/models/position_tables.hpp"

namespace icolorit {

struct IColoriT {
  using Config = IColoriTConfig;

  /// What the layers of the network have of one kind, in the order of the pass. Of<L> is the member of layer L: its
  /// Params<T>, say. Many<...> holds those of the blocks.
  template <template <class> class Of, template <class...> class Many = std::vector>
  struct Parts {
    Of<PatchEmbed> embed;
    Many<Of<TransformerBlock>> blocks;
    Of<LayerNorm> norm;
    Of<LocalStabilizer> head;
  };
  /// One for all blocks.
  template <class Member>
  using Shared = Member;

  template <class T>
  struct Params : Parts<ParamsOf<T>::template type> {};

  template <class T, class Visitor>
  static void visit(const Config& config, Params<T>& params, const std::string& prefix, Visitor&& visitor) {
    params.blocks.resize(static_cast<std::size_t>(config.depth));
    for_each_part(
        config, config.trained(),
        [&]<class L>(const PartName& name, const auto& layer, auto& own) {
          L::visit(layer, own, prefix + name.text(), visitor);
        },
        params);
  }

  /// Weights ready for inference on pictures of grid.rows*P x grid.columns*P pixels, the position tables interpolated
  /// where this is not the grid of the weights. `precision` is that of the blocks' linear layers, where nearly all the
  /// work is; embedding, attention and head take finer_than_int8 of it: with an embedding in int8 the pictures were 28
  /// dB from those in full instead of 57, with a head in int8 48 dB. Immutable: any number of threads may use it, each
  /// with its own context and workspace.
  template <class B, class T>
  struct Prepared : Parts<PreparedOf<B, T>::template type> {
    /// `block_done(i)` comes after the last look at the parameters of block i.
    Prepared(typename B::Context& context, const Config& network, Grid grid_to_run, const Params<const T>& params,
             Precision precision = Precision::full, const std::function<void(Index)>& block_done = {})
        : Parts<PreparedOf<B, T>::template type>{{context, network.embed(finer_than_int8<B>(precision)), params.embed},
                                                 {},
                                                 {context, network.norm(), params.norm},
                                                 {context,
                                                  network.stabilizer(grid_to_run, finer_than_int8<B>(precision)),
                                                  params.head}},
          config(network),
          grid(grid_to_run),
          positions(upload<B>(context, resized_position_table<T>(grid_to_run, network.trained(), network.dim))) {
      this->blocks.reserve(params.blocks.size());
      for (TransformerBlock::Params<const T> block : params.blocks) {
        Buffer<T> table;
        if (network.position_bias && grid != network.trained()) {
          table = resized_position_bias<T>(block.attention.position_table, network.trained(), grid);
          block.attention.position_table = std::as_const(table).view(RelativePositionBias::rows(grid), network.heads);
        }
        this->blocks.emplace_back(context, network.block(grid, precision), block);
        if (block_done) block_done(std::ssize(this->blocks) - 1);
      }
    }

    Index height() const { return grid.rows * config.patch; }
    Index width() const { return grid.columns * config.patch; }

    Config config;
    Grid grid;
    Buffer<T, typename B::Memory> positions;  // (N,D)
  };

  template <class T>
  struct Inputs {
    TensorView<const T, 4> lab;   // (B,3,H,W), network units; of its ab only the hinted cells are read
    TensorView<const T, 2> mask;  // (B,(H/s)(W/s)), 0 = hint, 1 = none
  };

  template <class B, class T>
  struct Scratch : Parts<ScratchOf<B, T>::template type, Shared> {
    TensorView<T, 4> input;   // (B,C,H,W), the encoded hints
    TensorView<T, 2> x;       // (B*N,D)
    TensorView<T, 2> tokens;  // (B*N,2P^2)
  };
  template <class B, class T>
  static Scratch<B, T> take_scratch(const typename B::Context& context, const Prepared<B, T>& prepared, Index batch,
                                    Arena& arena) {
    const Config& config = prepared.config;
    const Index M = batch * prepared.grid.tokens();
    Scratch<B, T> scratch;
    scratch.x = arena.take<T, 2>({M, config.dim});
    {
      Arena::Overlay first_and_last(arena);
      scratch.input = arena.take<T, 4>({batch, config.channels, prepared.height(), prepared.width()});
      first_and_last.next();
      scratch.tokens = arena.take<T, 2>({M, config.token_size()});
    }
    Arena::Overlay parts(arena);
    for_each_part(
        config, prepared.grid,
        [&]<class L>(const PartName&, const auto& layer, auto& own) {
          own = L::template take_scratch<B, T>(context, layer, M, arena);
          parts.next();
        },
        scratch);
    return scratch;
  }

  /// ab (B,2,H,W) in network units. All tensors live in the backend's memory. `after_block(done, depth)` is called
  /// after every block and may throw to cancel. Throws ShapeError.
  template <class B, class T, class AfterBlock>
  static void forward(typename B::Context& context, TensorView<T, 4> ab, const Inputs<T>& inputs,
                      const Prepared<B, T>& prepared, const Scratch<B, T>& scratch, AfterBlock&& after_block) {
    const Config& config = prepared.config;
    const Index batch = inputs.lab.extent(0), H = prepared.height(), W = prepared.width();
    const TensorView<const T, 2> positions = prepared.positions.view(prepared.grid.tokens(), config.dim);  // (N,D)
    const auto& x = scratch.x;                                                                             // (B*N,D)
    expect_shape("icolorit.forward", "ab", ab, {batch, 2, H, W});
    encode<B, T>(context, scratch.input, inputs.lab, inputs.mask, config, H, W);
    PatchEmbed::forward<B, T>(context, x, {scratch.input, positions}, prepared.embed, scratch.embed);
    for (Index i = 0; i < config.depth; ++i) {
      TransformerBlock::forward<B, T>(context, x, {x}, prepared.blocks[static_cast<std::size_t>(i)], scratch.blocks);
      after_block(i + 1, config.depth);
    }
    LayerNorm::forward<B, T>(context, x, x, prepared.norm, scratch.norm);
    LocalStabilizer::forward<B, T>(context, scratch.tokens, x, prepared.head, scratch.head);
    PixelShuffle::forward<B, T>(context, ab, scratch.tokens, config.patch);
  }

  /// On the grid of the weights.
  template <class T>
  struct TrainingInputs {
    TensorView<const T, 4> lab;                             // (B,3,S,S), network units
    TensorView<const T, 2> mask;                            // (B,(S/s)(S/s)), 0 = hint, 1 = none
    TensorView<const T, 2> positions;                       // (N,D)
    std::span<const TransformerBlock::DropPath<T>> drop{};  ///< of each block, or nothing

    TransformerBlock::DropPath<T> drop_of(std::size_t block) const {
      return drop.empty() ? TransformerBlock::DropPath<T>{} : drop[block];
    }
  };

  /// What backward needs. With `recompute` the blocks keep their inputs only and share one set of inner values, which
  /// backward computes again block by block ("gradient checkpointing", Chen et al. 2016): a third more arithmetic, a
  /// fraction of the memory, the same result.
  template <class T>
  struct Saved : Parts<SavedOf<T>::template type> {
    TensorView<T, 4> input;           // (B,C,S,S), the encoded hints
    std::vector<TensorView<T, 2>> x;  // (B*N,D) before each block, and after the last
    TensorView<T, 2> normed;          // (B*N,D) after the final norm
    bool recompute = false;
  };
  template <class T>
  static Saved<T> take_saved(const Config& config, Index batch, bool recompute, Arena& arena) {
    const Index M = batch * config.trained().tokens();
    Saved<T> saved;
    saved.recompute = recompute;
    saved.input = arena.take<T, 4>({batch, config.channels, config.size, config.size});
    for (Index i = 0; i <= config.depth; ++i) saved.x.push_back(arena.take<T, 2>({M, config.dim}));
    saved.normed = arena.take<T, 2>({M, config.dim});
    saved.blocks.resize(static_cast<std::size_t>(config.depth));
    for_each_part(
        config, config.trained(),
        [&]<class L>(const PartName& name, const auto& layer, auto& own) {
          if constexpr (std::is_same_v<L, TransformerBlock>)
            if (recompute && name.block > 0) {
              own = saved.blocks.front();
              return;
            }
          own = L::template take_saved<T>(layer, M, arena);
        },
        saved);
    return saved;
  }

  template <class T>
  struct TrainingScratch : Parts<TrainingScratchOf<T>::template type, Shared> {
    TensorView<T, 2> dx;       // (B*N,D)
    TensorView<T, 2> again{};  // (B*N,D), what a block's repeated forward writes once more; with `recompute` only
  };
  template <class T>
  static TrainingScratch<T> take_training_scratch(const Config& config, Index batch, bool recompute, Arena& arena) {
    const Index M = batch * config.trained().tokens();
    TrainingScratch<T> scratch;
    scratch.dx = arena.take<T, 2>({M, config.dim});
    if (recompute) scratch.again = arena.take<T, 2>({M, config.dim});
    Arena::Overlay parts(arena);
    for_each_part(
        config, config.trained(),
        [&]<class L>(const PartName&, const auto& layer, auto& own) {
          own = L::template take_training_scratch<T>(layer, M, arena);
          parts.next();
        },
        scratch);
    return scratch;
  }

  /// Training, from the raw parameters: tokens (B*N,2P^2) in network units. Where they are saved.head.y nothing is
  /// copied. Throws ShapeError.
  template <class B, class T>
  static void forward(typename B::Context& context, TensorView<T, 2> tokens, const TrainingInputs<T>& inputs,
                      const Config& config, const Params<const T>& params, const Saved<T>& saved,
                      const TrainingScratch<T>& scratch) {
    encode<B, T>(context, saved.input, inputs.lab, inputs.mask, config, config.size, config.size);
    PatchEmbed::forward<B, T>(context, saved.x.front(), {saved.input, inputs.positions}, config.embed(), params.embed,
                              saved.embed, scratch.embed);
    for (std::size_t i = 0; i < saved.blocks.size(); ++i)
      TransformerBlock::forward<B, T>(context, saved.x[i + 1], {saved.x[i], inputs.drop_of(i)},
                                      config.block(config.trained()), params.blocks[i], saved.blocks[i],
                                      scratch.blocks);
    LayerNorm::forward<B, T>(context, saved.normed, saved.x.back(), config.norm(), params.norm, saved.norm,
                             scratch.norm);
    LocalStabilizer::forward<B, T>(context, tokens, saved.normed, config.stabilizer(config.trained()), params.head,
                                   saved.head, scratch.head);
  }

  /// Parameter gradients += from dtokens (B*N,2P^2), the gradient of forward's tokens, which is overwritten on the way.
  /// The pictures are data and get no gradient.
  template <class B, class T>
  static void backward(typename B::Context& context, const Params<T>& gradients, TensorView<T, 2> dtokens,
                       const TrainingInputs<T>& inputs, const Config& config, const Params<const T>& params,
                       const Saved<T>& saved, const TrainingScratch<T>& scratch) {
    const TransformerBlock::Config block = config.block(config.trained());
    const auto& dx = scratch.dx;  // (B*N,D)
    LocalStabilizer::backward<B, T>(context, dx, gradients.head, dtokens, saved.normed,
                                    config.stabilizer(config.trained()), params.head, saved.head, scratch.head);
    LayerNorm::backward<B, T>(context, dx, gradients.norm, dx, saved.x.back(), config.norm(), params.norm, saved.norm,
                              scratch.norm);
    for (std::size_t i = saved.blocks.size(); i-- > 0;) {
      const TransformerBlock::Inputs<T> block_inputs{saved.x[i], inputs.drop_of(i)};
      if (saved.recompute && i + 1 < saved.blocks.size())  // the last block's inner values still stand
        TransformerBlock::forward<B, T>(context, scratch.again, block_inputs, block, params.blocks[i], saved.blocks[i],
                                        scratch.blocks);
      TransformerBlock::backward<B, T>(context, dx, gradients.blocks[i], dx, block_inputs, block, params.blocks[i],
                                       saved.blocks[i], scratch.blocks);
    }
    PatchEmbed::backward<B, T>(context, {}, gradients.embed, dx, {saved.input, inputs.positions}, config.embed(),
                               params.embed, saved.embed, scratch.embed);
  }

 private:
  // What a layer's parameters are called in weight files. Made a text only where one is needed: a pass does not.
  struct PartName {
    const char* name;
    Index block = -1;  // its number, where it is one of many

    std::string text() const { return block < 0 ? concat(name, ".") : concat(name, ".", block, "."); }
  };

  template <class Member>
  static Member& block_of(std::vector<Member>& blocks, Index i) {
    return blocks[static_cast<std::size_t>(i)];
  }
  template <class Member>
  static Member& block_of(Member& shared, Index) {
    return shared;
  }

  // f(name, configuration, member) for the layers in the order of the pass; F has a template parameter for the layer.
  template <class F, class Of>
  static void for_each_part(const Config& config, Grid grid, F&& f, Of& parts) {
    f.template operator()<PatchEmbed>(PartName{"patch_embed"}, config.embed(), parts.embed);
    for (Index i = 0; i < config.depth; ++i)
      f.template operator()<TransformerBlock>(PartName{"blocks", i}, config.block(grid), block_of(parts.blocks, i));
    f.template operator()<LayerNorm>(PartName{"norm"}, config.norm(), parts.norm);
    f.template operator()<LocalStabilizer>(PartName{"head"}, config.stabilizer(grid), parts.head);
  }

  // input (B,C,H,W), the encoded hints, from lab (B,3,H,W) and mask. The side s of a hint cell follows from the mask's
  // length.
  template <class B, class T>
  static void encode(typename B::Context& context, TensorView<T, 4> input, TensorView<const T, 4> lab,
                     TensorView<const T, 2> mask, const Config& config, Index H, Index W) {
    const Index batch = lab.extent(0);
    expect_shape("icolorit.forward", "lab", lab, {batch, 3, H, W});
    expect_shape("icolorit.forward", "input", input, {batch, config.channels, H, W});
    const Index cell = mask.extent(0) == batch ? HintGrid::cell_of_mask(H, W, mask.extent(1)) : 0;
    if (cell == 0)
      throw ShapeError(concat("icolorit.forward: mask is ", mask.shape(), ", expected (", batch, ",(H/s)(W/s)) for ", H,
                              " x ", W, " pixels and a whole s"));
    B::encode_hints(context, input, lab, mask, cell, config.encoding);
  }
};

}  // namespace icolorit
