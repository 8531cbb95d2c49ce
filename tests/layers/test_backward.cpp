// Every layer's backward against central differences in double, on every backend.
#include <functional>

#include "icolorit/core/transfer.hpp"
#include "icolorit/layers/local_stabilizer.hpp"
#include "icolorit/layers/patch_embed.hpp"
#include "icolorit/layers/transformer_block.hpp"
#include "support/backends.hpp"
#include "support/catch.hpp"
#include "support/gradient_check.hpp"

using namespace icolorit;
using namespace icolorit::test;

namespace {

// How close gradients must come: docs/specification.md.
constexpr double tolerance = 1e-6;

template <class Layer>
ParameterBuffer<Layer, double> random_parameters(const typename Layer::Config& config, std::uint64_t seed) {
  ParameterBuffer<Layer, double> parameters(config);
  Random random(seed);
  for (Index i = 0; i < parameters.flat().extent(0); ++i) parameters.flat()[i] = random.uniform() - .5;
  return parameters;
}

/// Gradients start from 1, so that a backward which overwrites instead of adding is found out; subtracted after the
/// run.
template <class Layer>
ParameterBuffer<Layer, double> ones(const typename Layer::Config& config) {
  ParameterBuffer<Layer, double> gradients(config);
  std::fill_n(gradients.flat().data(), gradients.flat().extent(0), 1.);
  return gradients;
}

/// Checks a layer from (M,in) to (M,out): loss = sum of y * c with fixed random c, so dy = c.
///   forward(context, y, x, params, arena), backward(context, dx, gradients, dy, x, params, arena)
template <class B, class Layer, class Forward, class Backward>
void check_layer(const typename Layer::Config& config, Index M, Index in, Index out, Forward forward,
                 Backward backward) {
  using Memory = typename B::Memory;
  typename B::Context context = make_context<B>();
  auto params = random_parameters<Layer>(config, 1);
  auto gradients = ones<Layer>(config);
  auto x = Numbers<2>::random({M, in}, 2);
  const auto c = Numbers<2>::random({M, out}, 3);
  ParameterBuffer<Layer, double, Memory> params_there(config), gradients_there(config);
  Buffer<double, Memory> x_there(M * in), y_there(M * out), c_there(M * out), dx_there(M * in);
  Workspace<Memory> workspace(Index{1} << 22);
  Numbers<2> y({M, out}), dx({M, in});

  const auto run_forward = [&](Arena& arena) {
    B::upload(context, params_there.flat(), params.flat());
    B::upload(context, x_there.view(), x.view().flat());
    forward(context, y_there.view(M, out), std::as_const(x_there).view(M, in), std::as_const(params_there).views(),
            arena);
  };
  const auto loss = [&] {
    Arena arena = workspace.arena();
    run_forward(arena);
    B::download(context, y.view().flat(), y_there.view());
    double sum = 0;
    for (std::size_t i = 0; i < y.values.size(); ++i) sum += y.values[i] * c.values[i];
    return sum;
  };
  {
    Arena arena = workspace.arena();
    B::upload(context, c_there.view(), c.view().flat());
    B::upload(context, gradients_there.flat(), gradients.flat());
    run_forward(arena);
    backward(context, dx_there.view(M, in), gradients_there.views(), std::as_const(c_there).view(M, out),
             std::as_const(x_there).view(M, in), std::as_const(params_there).views(), arena);
    B::download(context, dx.view().flat(), dx_there.view());
    B::download(context, gradients.flat(), gradients_there.flat());
  }
  for (Index i = 0; i < gradients.flat().extent(0); ++i) gradients.flat()[i] -= 1;

  const WorstParameter worst = worst_parameter<Layer>(config, params, gradients, loss);
  INFO("worst parameter: " << worst.name << ", seed 1");
  CHECK(worst.error <= tolerance);
  CHECK(gradient_error(x.values, dx.values, loss) <= tolerance);
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("linear backward", "[backward]", DoubleBackends) {
  using B = typename TestType::Backend;
  const bool bias = GENERATE(true, false);
  check_layer<B, Linear>(
      {7, 35, bias}, 17, 7, 35,
      [](auto& context, auto y, auto x, const auto& params, Arena&) {
        Linear::forward<B, double>(context, y, x, params);
      },
      [](auto& context, auto dx, auto& gradients, auto dy, auto x, const auto& params, Arena&) {
        Linear::backward<B, double>(context, dx, gradients, dy, x, params);
      });
}

TEMPLATE_LIST_TEST_CASE("layer norm backward", "[backward]", DoubleBackends) {
  using B = typename TestType::Backend;
  const LayerNorm::Config config{19};
  check_layer<B, LayerNorm>(
      config, 9, 19, 19,
      [&](auto& context, auto y, auto x, const auto& params, Arena&) {
        LayerNorm::forward<B, double>(context, y, x, config, params);
      },
      [&](auto& context, auto dx, auto& gradients, auto dy, auto x, const auto& params, Arena& arena) {
        LayerNorm::backward<B, double>(context, dx, gradients, dy, x, config, params, arena);
      });
}

TEMPLATE_LIST_TEST_CASE("mlp backward", "[backward]", DoubleBackends) {
  using B = typename TestType::Backend;
  const Mlp::Config config{6, 21};
  Mlp::Saved<double> saved;
  check_layer<B, Mlp>(
      config, 11, 6, 6,
      [&](auto& context, auto y, auto x, const auto& params, Arena& arena) {
        saved = Mlp::take_saved<double>(config, 11, arena);
        Mlp::forward<B, double>(context, y, x, params, {}, saved, arena);
      },
      [&](auto& context, auto dx, auto& gradients, auto dy, auto x, const auto& params, Arena& arena) {
        Mlp::backward<B, double>(context, dx, gradients, dy, x, params, saved, arena);
      });
}

TEMPLATE_LIST_TEST_CASE("attention backward", "[backward]", DoubleBackends) {
  using B = typename TestType::Backend;
  const bool local = GENERATE(false, true);
  const Attention::Config config{
      .dim = 6, .heads = 3, .out = 5, .grid = {3, 4}, .position_bias = !local, .qkv_bias = !local, .local = local};
  Attention::Saved<double> saved;
  check_layer<B, Attention>(
      config, 24, 6, 5,
      [&](auto& context, auto y, auto x, const auto& params, Arena& arena) {
        saved = Attention::take_saved<double>(config, 2, arena);
        Attention::forward<B, double>(context, y, x, config, params, saved);
      },
      [&](auto& context, auto dx, auto& gradients, auto dy, auto x, const auto& params, Arena& arena) {
        Attention::backward<B, double>(context, dx, gradients, dy, x, config, params, saved, arena);
      });
}

TEMPLATE_LIST_TEST_CASE("transformer block backward, with and without drop path", "[backward]", DoubleBackends) {
  using B = typename TestType::Backend;
  const bool drops = GENERATE(false, true);
  const TransformerBlock::Config config{{.dim = 6, .heads = 2, .out = 6, .grid = {2, 3}}, {6, 10}};
  Buffer<double> factors(4);
  for (Index i = 0; i < 4; ++i) factors.data()[i] = i == 1 || i == 2 ? 1.25 : 0;
  typename B::Context uploads = make_context<B>();
  const auto factors_there = upload<B>(uploads, factors);
  TransformerBlock::DropPath<double> drop;
  if (drops) drop = {factors_there.view().narrowed(0, 0, 2), factors_there.view().narrowed(0, 2, 2)};
  TransformerBlock::Saved<double> saved;
  check_layer<B, TransformerBlock>(
      config, 12, 6, 6,
      [&](auto& context, auto y, auto x, const auto& params, Arena& arena) {
        saved = TransformerBlock::take_saved<double>(config, 2, arena);
        B::repeat_rows(context, saved.x, x);
        TransformerBlock::forward<B, double>(context, y, config, params, saved, drop, arena);
      },
      [&](auto& context, auto dx, auto& gradients, auto dy, auto, const auto& params, Arena& arena) {
        B::repeat_rows(context, dx, dy);
        TransformerBlock::backward<B, double>(context, dx, gradients, config, params, saved, drop, arena);
      });
}

TEMPLATE_LIST_TEST_CASE("local stabilizer backward, all kinds", "[backward]", DoubleBackends) {
  using B = typename TestType::Backend;
  const auto kind = GENERATE(Stabilizer::convolution, Stabilizer::linear, Stabilizer::local_attention);
  const LocalStabilizer::Config config{kind, 8, 10, {3, 2}};
  LocalStabilizer::Saved<double> saved;
  check_layer<B, LocalStabilizer>(
      config, 12, 8, 10,
      [&](auto& context, auto y, auto x, const auto& params, Arena& arena) {
        saved = LocalStabilizer::take_saved<double>(config, 2, arena);
        LocalStabilizer::forward<B, double>(context, x, config, params, saved);
        B::repeat_rows(context, y, saved.y);
      },
      [&](auto& context, auto dx, auto& gradients, auto dy, auto x, const auto& params, Arena& arena) {
        const auto scratch = arena.take<double, 2>({12, 10});
        B::repeat_rows(context, scratch, dy);
        LocalStabilizer::backward<B, double>(context, dx, gradients, scratch, x, config, params, saved, arena);
      });
}

TEMPLATE_LIST_TEST_CASE("patch embedding backward", "[backward]", DoubleBackends) {
  using B = typename TestType::Backend;
  const PatchEmbed::Config config{3, 2, 5};
  typename B::Context uploads = make_context<B>();
  const auto host_positions = Numbers<2>::random({6, 5}, 9);
  const auto positions = upload<B>(uploads, host_positions.view());
  PatchEmbed::Saved<double> saved;
  // The picture (2,3,4,6) as 2 rows for the checker; tokens (12,5) as 2 rows of 30.
  const auto picture = [](auto rows) {
    return TensorView<std::remove_pointer_t<decltype(rows.data())>, 4>(rows.data(), {2, 3, 4, 6});
  };
  const auto tokens = [](auto rows) {
    return TensorView<std::remove_pointer_t<decltype(rows.data())>, 2>(rows.data(), {12, 5});
  };
  check_layer<B, PatchEmbed>(
      config, 2, 72, 30,
      [&](auto& context, auto y, auto x, const auto& params, Arena& arena) {
        saved = PatchEmbed::take_saved<double>(config, 12, arena);
        PatchEmbed::forward<B, double>(context, tokens(y), picture(x), positions.view(6, 5), config, params, saved,
                                       arena);
      },
      [&](auto& context, auto dx, auto& gradients, auto dy, auto, const auto& params, Arena& arena) {
        PatchEmbed::backward<B, double>(context, picture(dx), gradients, tokens(dy), config, params, saved, arena);
      });
}
