// Every layer's forward against the reference and backward against central differences in double, on every backend.
#include "icolorit/core/transfer.hpp"
#include "icolorit/layers/local_stabilizer.hpp"
#include "icolorit/layers/patch_embed.hpp"
#include "icolorit/layers/transformer_block.hpp"
#include "support/backends.hpp"
#include "support/catch.hpp"
#include "support/check_layer.hpp"

using namespace icolorit;
using namespace icolorit::test;

TEMPLATE_LIST_TEST_CASE("linear backward", "[backward]", DoubleBackends) {
  const bool bias = GENERATE(true, false);
  check_layer<typename TestType::Backend, Linear>({7, 35, bias}, {17, 7}, {17, 35});
}

TEMPLATE_LIST_TEST_CASE("layer norm backward", "[backward]", DoubleBackends) {
  check_layer<typename TestType::Backend, LayerNorm>({19}, {9, 19}, {9, 19});
}

TEMPLATE_LIST_TEST_CASE("mlp backward", "[backward]", DoubleBackends) {
  check_layer<typename TestType::Backend, Mlp>({6, 21}, {11, 6}, {11, 6});
}

TEMPLATE_LIST_TEST_CASE("attention backward", "[backward]", DoubleBackends) {
  const bool local = GENERATE(false, true);
  check_layer<typename TestType::Backend, Attention>(
      {.dim = 6, .heads = 3, .out = 5, .grid = {3, 4}, .position_bias = !local, .qkv_bias = !local, .local = local},
      {24, 6}, {24, 5});
}

TEMPLATE_LIST_TEST_CASE("transformer block backward, with and without drop path", "[backward]", DoubleBackends) {
  using B = typename TestType::Backend;
  const TransformerBlock::Config config{{.dim = 6, .heads = 2, .out = 6, .grid = {2, 3}}, {6, 10}};
  check_layer<B, TransformerBlock>(config, {12, 6}, {12, 6});

  Numbers<1> attention({2}), mlp({2});
  attention.values = {0, 1.25};
  mlp.values = {1.25, 0};
  const auto dropping = [](auto x, auto attention_factors, auto mlp_factors) {
    return TransformerBlock::Inputs<double>{x, {attention_factors, mlp_factors}};
  };
  check_layer<B, TransformerBlock>(config, {12, 6}, {12, 6}, dropping, Passes::training, attention, mlp);
}

TEMPLATE_LIST_TEST_CASE("convolutional head backward", "[backward]", DoubleBackends) {
  check_layer<typename TestType::Backend, ConvStabilizer>({8, 10, {3, 2}}, {12, 8}, {12, 10});
}

TEMPLATE_LIST_TEST_CASE("local stabilizer backward, all kinds", "[backward]", DoubleBackends) {
  const auto kind = GENERATE(Stabilizer::convolution, Stabilizer::linear, Stabilizer::local_attention);
  check_layer<typename TestType::Backend, LocalStabilizer>({kind, 8, 10, {3, 2}}, {12, 8}, {12, 10});
}

TEMPLATE_LIST_TEST_CASE("patch embedding backward", "[backward]", DoubleBackends) {
  const auto with_positions = [](auto picture, auto positions) {
    return PatchEmbed::Inputs<double>{picture, positions};
  };
  check_layer<typename TestType::Backend, PatchEmbed>({3, 2, 5}, {2, 3, 4, 6}, {12, 5}, with_positions, Passes::all,
                                                      Numbers<2>::random({6, 5}, 9));
}

TEMPLATE_LIST_TEST_CASE("linear layers, mlp and attention add a residual", "[backward]", DoubleBackends) {
  using B = typename TestType::Backend;
  const auto with_residual = [](auto x, auto residual) { return Linear::Inputs<double>{x, residual}; };
  const auto residual = Numbers<2>::random({12, 6}, 4);
  check_layer<B, Linear>({7, 6}, {12, 7}, {12, 6}, with_residual, Passes::all, residual);
  check_layer<B, Mlp>({6, 21}, {12, 6}, {12, 6}, with_residual, Passes::all, residual);
  check_layer<B, Attention>({.dim = 8, .heads = 2, .out = 6, .grid = {2, 3}}, {12, 8}, {12, 6}, with_residual,
                            Passes::all, residual);
}
