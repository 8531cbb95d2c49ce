// Every layer is a Layer, and a TrainableLayer, on every backend with every element type.
#include "icolorit/layers/layer.hpp"

#include "icolorit/layers/local_stabilizer.hpp"
#include "icolorit/layers/patch_embed.hpp"
#include "icolorit/layers/transformer_block.hpp"
#include "support/archetype.hpp"
#include "support/backends.hpp"
#include "support/catch.hpp"

using namespace icolorit;
using namespace icolorit::test;

namespace {

template <class L, class... Case>
constexpr bool trains_on(std::type_identity<std::tuple<Case...>>) {
  return (TrainableLayer<L, BackendOf<Case>, ElementOf<Case>> && ...);
}

template <class... Layers>
struct LayerList {
  static constexpr bool train_everywhere = (trains_on<Layers>(std::type_identity<Listed>{}) && ...);
  // The archetype has the operations of inference only.
  static constexpr bool infer_on_archetype = (Layer<Layers, Archetype, float> && ...);
  static constexpr bool train_on_archetype = (TrainableLayer<Layers, Archetype, float> || ...);
};
using AllLayers =
    LayerList<Linear, LayerNorm, Mlp, Attention, TransformerBlock, PatchEmbed, ConvStabilizer, LocalStabilizer>;

static_assert(AllLayers::train_everywhere);
static_assert(AllLayers::infer_on_archetype);
static_assert(!AllLayers::train_on_archetype);

/// A layer whose backward has its outputs in another order.
struct Disordered : LayerNorm {
  template <class B, class T>
  static void backward(typename B::Context& context, const Params<T>& gradients, TensorView<T, 2> dx,
                       TensorView<const T, 2> dy, TensorView<const T, 2> x, const Config& config,
                       const Params<const T>& params, const Nothing&, const TrainingScratch<T>& scratch);
};
static_assert(Layer<Disordered, ReferenceBackend, float>);
static_assert(!TrainableLayer<Disordered, ReferenceBackend, float>);

}  // namespace

TEST_CASE("a layer that takes no memory needs no function for it", "[layers]") {
  const Linear::Config config{.in = 3, .out = 2};
  const ReferenceBackend::Context context;
  Arena arena = Arena::measuring();
  static_assert(std::is_same_v<Nothing, Linear::Scratch<ReferenceBackend, float>>);
  Linear::take_scratch<ReferenceBackend, float>(context, config, 5, arena);
  Linear::take_saved<float>(config, 5, arena);
  Linear::take_training_scratch<float>(config, 5, arena);
  CHECK(arena.used() == 0);
}
