// The network's input and the weights of hinted pixels on every backend against the reference.
#include "support/backends.hpp"
#include "support/catch.hpp"
#include "support/operations.hpp"

using namespace icolorit;
using namespace icolorit::test;

TEMPLATE_LIST_TEST_CASE("encode_hints equals the reference", "[ops]", OperationBackends) {
  const Index cell = GENERATE(1, 2, 3, 4, 12);
  const Index channels = GENERATE(3, 4);
  const bool average = GENERATE(true, false), centre = GENERATE(true, false);
  CAPTURE(cell, channels, average, centre);
  const auto lab = Numbers<4>::random({2, 3, 12, 24}, 1);
  auto mask = Numbers<2>::random({2, 12 / cell * (24 / cell)}, 2);
  for (double& value : mask.values) value = value > 0;
  CHECK(error_of<TestType>(
            poison<4>({2, channels, 12, 24}),
            [=]<class B, class T>(auto& context, auto out, auto in, auto m) {
              B::encode_hints(context, out, in, m, cell, HintEncoding{average, centre});
            },
            lab, mask) <= epsilon<typename TestType::Element>());
}

TEMPLATE_LIST_TEST_CASE("pixels of hinted cells weigh more, the others stay", "[ops][gradients]", OperationBackends) {
  using B = typename TestType::Backend;
  using T = typename TestType::Element;
  constexpr Index cell = 2;
  auto hints = Numbers<2>(std::array<Index, 2>{2, 6});  // of pictures of 4 x 6 pixels
  for (Index i = 0; i < 12; ++i) hints.values[static_cast<std::size_t>(i)] = i % 5 == 2 ? 0 : 1;
  const auto start = Numbers<3>::random({2, 4, 6}, 1);
  const auto run = []<class Backend, class E>(auto& context, auto out, auto mask) {
    Backend::weigh_hints(context, out, TensorView<const E, 2>(mask), cell, Accumulator<E>(3.f));
  };
  CHECK(error_of<TestType>(start, run, hints) <= 2 * epsilon<T>());

  auto context = make_context<B>();
  Tensor<B, T, 3> weights(context, start);
  Tensor<B, T, 2> mask(context, hints);
  B::weigh_hints(context, weights.view(), TensorView<const T, 2>(mask.view()), cell, Accumulator<T>(3.f));
  const auto result = weights.download();
  Index changed = 0;
  for (std::size_t i = 0; i < result.values.size(); ++i) changed += result.values[i] != start.values[i];
  CHECK(changed == 2 * cell * cell);  // the cells 2 and 7
}
