// Patch embedding against a convolution written out. Whole numbers: equality is exact in every element type.
#include "icolorit/layers/patch_embed.hpp"

#include "support/catch.hpp"
#include "support/layers.hpp"

using namespace icolorit;
using namespace icolorit::test;
using Catch::Matchers::Message;

namespace {

constexpr Index batch = 2, rows = 3, columns = 2;

template <class Case>
Numbers<2> embedded(const PatchEmbed::Config& config, const Parameters<PatchEmbed>& parameters,
                    const Numbers<4>& picture, const Numbers<2>& positions) {
  using B = typename Case::Backend;
  using T = typename Case::Element;
  auto context = make_context<B>();
  const auto prepared = prepare<PatchEmbed, B, T>(context, config, parameters);
  Tensor<B, T, 4> in(context, picture, padding);
  Tensor<B, T, 2> table(context, positions, padding);
  const Index M = batch * rows * columns;
  const auto scratch = scratch_for<PatchEmbed, B, T>(context, config, M);
  return result_of<Case, 2>(context, {M, config.dim}, [&](auto tokens) {
    PatchEmbed::forward<B, T>(context, tokens, {in.view(), table.view()}, prepared, *scratch);
  });
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("patch embedding is a convolution of stride P plus bias and position", "[layers]", Backends) {
  const Index P = GENERATE(1, 4), channels = GENERATE(3, 4), D = 37;
  CAPTURE(P, channels);
  const PatchEmbed::Config config{channels, P, D};
  const auto parameters = sparse_parameters<PatchEmbed>(config, 1, channels * P * P);
  const auto picture = whole_numbers<4>({batch, channels, rows * P, columns * P}, 2);
  const auto positions = whole_numbers<2>({rows * columns, D}, 3, 2);

  Numbers<2> expected({batch * rows * columns, D});
  for (Index b = 0; b < batch; ++b)
    for (Index gy = 0; gy < rows; ++gy)
      for (Index gx = 0; gx < columns; ++gx)
        for (Index d = 0; d < D; ++d) {
          double sum = parameters.views().bias[d] + positions.view()(gy * columns + gx, d);
          for (Index c = 0; c < channels; ++c)
            for (Index y = 0; y < P; ++y)
              for (Index x = 0; x < P; ++x)
                sum += parameters.views().weight(d, c, y, x) * picture.view()(b, c, gy * P + y, gx * P + x);
          expected.view()((b * rows + gy) * columns + gx, d) = sum;
        }
  REQUIRE(largest_magnitude(expected) + 3 <= 256);  // else bf16 would round
  CHECK(max_difference(embedded<TestType>(config, parameters, picture, positions), expected) == 0);
}

TEMPLATE_LIST_TEST_CASE("the weights of a patch count channels first, then rows, then columns", "[layers]", Backends) {
  constexpr Index P = 2, channels = 4, D = channels * P * P;
  const PatchEmbed::Config config{channels, P, D};
  auto parameters = sparse_parameters<PatchEmbed>(config, 1);
  std::fill_n(parameters.flat().data(), parameters.flat().elements(), 0.);
  for (Index i = 0; i < D; ++i) parameters.views().weight.rows().data()[i * D + i] = 1;  // the identity: a copy
  const auto picture = whole_numbers<4>({batch, channels, rows * P, columns * P}, 2, 100);
  const auto tokens = embedded<TestType>(config, parameters, picture, Numbers<2>({rows * columns, D}));
  for (Index n = 0; n < batch * rows * columns; ++n)
    for (Index i = 0; i < D; ++i) {
      const Index b = n / (rows * columns), gy = n / columns % rows, gx = n % columns;
      CAPTURE(n, i);
      REQUIRE(tokens.view()(n, i) == picture.view()(b, i / 4, gy * P + i / 2 % 2, gx * P + i % 2));
    }
}

TEST_CASE("patch embedding names what does not fit", "[layers][errors]") {
  ReferenceBackend::Context context;
  const PatchEmbed::Config config{.channels = 4, .patch = 4, .dim = 8};
  const auto prepared =
      prepare<PatchEmbed, ReferenceBackend, float>(context, config, sparse_parameters<PatchEmbed>(config, 1));
  Buffer<float> picture(4 * 12 * 12), positions(100), tokens(100);
  Workspace<HostMemory> workspace(1 << 16);
  const auto forward = [&](TensorView<const float, 4> from, Index position_rows, Index token_rows) {
    Arena arena = workspace.arena();
    const auto scratch = PatchEmbed::take_scratch<ReferenceBackend, float>(context, config, token_rows, arena);
    PatchEmbed::forward<ReferenceBackend, float>(context, tokens.view(token_rows, 8),
                                                 {from, positions.view(position_rows, 8)}, prepared, scratch);
  };
  CHECK_NOTHROW(forward(picture.view(1, 4, 8, 12), 6, 6));
  CHECK_THROWS_MATCHES(
      forward(picture.view(1, 3, 8, 12), 6, 6), ShapeError,
      Message("patch_embed.forward: picture is (1,3,8,12), expected (B,4,H,W) with H and W multiples of 4"));
  CHECK_THROWS_MATCHES(
      forward(picture.view(1, 4, 8, 10), 6, 6), ShapeError,
      Message("patch_embed.forward: picture is (1,4,8,10), expected (B,4,H,W) with H and W multiples of 4"));
  CHECK_THROWS_MATCHES(forward(picture.view(1, 4, 8, 12), 9, 6), ShapeError,
                       Message("patch_embed.forward: positions is (9,8), expected (6,8)"));
  CHECK_THROWS_MATCHES(forward(picture.view(1, 4, 8, 12), 6, 12), ShapeError,
                       Message("patch_embed.forward: tokens is (12,8), expected (6,8)"));
}

TEST_CASE("patch embedding names in training what does not fit", "[layers][errors]") {
  using B = ReferenceBackend;
  B::Context context;
  const PatchEmbed::Config config{.channels = 4, .patch = 4, .dim = 8};
  const ParameterBuffer<PatchEmbed, float> parameters(config);
  Buffer<float> picture(4 * 12 * 12), positions(100), tokens(100);
  Workspace<HostMemory> workspace(1 << 16);
  const auto forward = [&](TensorView<const float, 4> from, Index position_rows, Index token_rows, Index planned) {
    Arena arena = workspace.arena();
    const auto saved = PatchEmbed::take_saved<float>(config, planned, arena);
    const auto scratch = PatchEmbed::take_training_scratch<float>(config, planned, arena);
    PatchEmbed::forward<B, float>(context, tokens.view(token_rows, 8), {from, positions.view(position_rows, 8)}, config,
                                  parameters.views(), saved, scratch);
  };
  CHECK_THROWS_MATCHES(
      forward(picture.view(1, 3, 8, 12), 6, 6, 6), ShapeError,
      Message("patch_embed.forward: picture is (1,3,8,12), expected (B,4,H,W) with H and W multiples of 4"));
  CHECK_THROWS_MATCHES(forward(picture.view(1, 4, 8, 12), 9, 6, 6), ShapeError,
                       Message("patch_embed.forward: positions is (9,8), expected (6,8)"));
  CHECK_THROWS_MATCHES(forward(picture.view(1, 4, 8, 12), 6, 5, 6), ShapeError,
                       Message("patch_embed.forward: tokens is (5,8), expected (6,8)"));
  CHECK_THROWS_MATCHES(forward(picture.view(1, 4, 8, 12), 6, 6, 4), ShapeError,
                       Message("patch_embed.forward: patches is (4,64), expected (6,64)"));
}
