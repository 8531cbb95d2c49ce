// The transformer block against its parts: the same operations in the same order give the same bits.
#include "icolorit/layers/transformer_block.hpp"

#include "support/catch.hpp"
#include "support/layers.hpp"

using namespace icolorit;
using namespace icolorit::test;

namespace {

constexpr Grid grid{3, 5};
constexpr Index batch = 2, dim = 24, M = batch * grid.tokens();
const TransformerBlock::Config config{.attention = {.dim = dim, .heads = 3, .out = dim, .grid = grid},
                                      .mlp = {.dim = dim, .hidden = 40}};

Parameters<TransformerBlock> random_parameters() {
  auto parameters = sparse_parameters<TransformerBlock>(config, 1, 3, .5);
  std::fill_n(parameters.views().norm1.weight.data(), dim, 1.25);
  std::fill_n(parameters.views().norm2.weight.data(), dim, .75);
  return parameters;
}

void clear(Linear::Params<double>& linear) {
  std::fill_n(linear.weight.data(), linear.weight.elements(), 0.);
  std::fill_n(linear.bias.data(), linear.bias.elements(), 0.);
}

template <class Case>
Numbers<2> block_of(const Parameters<TransformerBlock>& parameters, const Numbers<2>& x) {
  using B = typename Case::Backend;
  using T = typename Case::Element;
  auto context = make_context<B>();
  const auto prepared = prepare<TransformerBlock, B, T>(context, config, parameters);
  Tensor<B, T, 2> y(context, x);
  const auto scratch = scratch_for<TransformerBlock, B, T>(context, config, M);
  TransformerBlock::forward<B, T>(context, y.view(), {y.view()}, prepared, *scratch);
  return y.download();
}

/// The same by hand.
template <class Case>
Numbers<2> parts_of(const Parameters<TransformerBlock>& parameters, const Numbers<2>& x) {
  using B = typename Case::Backend;
  using T = typename Case::Element;
  auto context = make_context<B>();
  const auto prepared = prepare<TransformerBlock, B, T>(context, config, parameters);
  Tensor<B, T, 2> y(context, x), normed(context, x.extents);
  const auto of_attention = scratch_for<Attention, B, T>(context, config.attention, M);
  const auto of_mlp = scratch_for<Mlp, B, T>(context, config.mlp, M);
  LayerNorm::forward<B, T>(context, normed.view(), y.view(), prepared.norm1);
  Attention::forward<B, T>(context, y.view(), {normed.view(), y.view()}, prepared.attention, *of_attention);
  LayerNorm::forward<B, T>(context, normed.view(), y.view(), prepared.norm2);
  Mlp::forward<B, T>(context, y.view(), {normed.view(), y.view()}, prepared.mlp, *of_mlp);
  return y.download();
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("a block is attention and feed-forward, each after a norm and added to x", "[layers]",
                        Backends) {
  const auto x = Numbers<2>::random({M, dim}, 2);
  auto parameters = random_parameters();
  const auto whole = block_of<TestType>(parameters, x);
  CHECK(max_difference(whole, parts_of<TestType>(parameters, x)) == 0);

  SECTION("each part contributes") {
    auto without_attention = random_parameters(), without_mlp = random_parameters();
    clear(without_attention.views().attention.projection);
    clear(without_mlp.views().mlp.contract);
    CHECK(max_difference(whole, block_of<TestType>(without_attention, x)) > .1);
    CHECK(max_difference(whole, block_of<TestType>(without_mlp, x)) > .1);
  }
  SECTION("two parts that say nothing leave x as it is") {
    clear(parameters.views().attention.projection);
    clear(parameters.views().mlp.contract);
    CHECK(max_difference(block_of<TestType>(parameters, x), x) == 0);
  }
}

TEMPLATE_LIST_TEST_CASE("a block does not see the offset of a token", "[layers]", SingleBackends) {
  using T = typename TestType::Element;
  // Both norms remove the mean, so that a block adds the same to x and to x + 2. The inputs are exact; numbers below 16
  // are rounded a dozen times along the way, each time passed on by weights that sum to at most 3. (With 16 bits this
  // bound would be larger than the numbers.)
  const auto x = whole_numbers<2>({M, dim}, 2, 16, 0x1p-4);
  auto shifted = x;
  for (double& value : shifted.values) value += 2;
  auto difference = block_of<TestType>(random_parameters(), shifted);
  for (double& value : difference.values) value -= 2;
  const double roundings = 3 * 12 * 16;
  CHECK(max_difference(difference, block_of<TestType>(random_parameters(), x)) <=
        roundings * (roundoff<T>() + static_cast<double>(dim) * accumulator_roundoff<T>()));
}

TEST_CASE("the names of a block's parameters are the published ones", "[layers]") {
  TransformerBlock::Params<float> params;
  std::string names;
  TransformerBlock::visit(
      config, params, "blocks.0.", [&](const std::string& name, auto&, const auto& extents, Decay decay) {
        names += concat(name, " ", Shape(std::span<const Index>(extents)), decay == Decay::yes ? " decays" : "", "\n");
      });
  CHECK(names ==
        "blocks.0.norm1.weight (24)\n"
        "blocks.0.norm1.bias (24)\n"
        "blocks.0.attn.q_bias (24)\n"
        "blocks.0.attn.v_bias (24)\n"
        "blocks.0.attn.rpb_table (45,3) decays\n"
        "blocks.0.attn.qkv.weight (72,24) decays\n"
        "blocks.0.attn.proj.weight (24,24) decays\n"
        "blocks.0.attn.proj.bias (24)\n"
        "blocks.0.norm2.weight (24)\n"
        "blocks.0.norm2.bias (24)\n"
        "blocks.0.mlp.fc1.weight (40,24) decays\n"
        "blocks.0.mlp.fc1.bias (40)\n"
        "blocks.0.mlp.fc2.weight (24,40) decays\n"
        "blocks.0.mlp.fc2.bias (24)\n");
}
