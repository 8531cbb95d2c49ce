// Filling, running means, norms and AdamW on every backend against the reference in double.
#include "support/backends.hpp"
#include "support/catch.hpp"
#include "support/operations.hpp"

using namespace icolorit;
using namespace icolorit::test;

TEMPLATE_LIST_TEST_CASE("filling and blending equal the reference", "[ops][gradients]", OperationBackends) {
  using T = typename TestType::Element;
  const auto values = Numbers<2>::random({1, 101}, 1), other = Numbers<2>::random({1, 101}, 2);
  const auto blend = []<class B, class E>(auto& context, auto out, auto in) {
    B::blend(context, out[0], in[0], Accumulator<E>(.25f));
  };
  CHECK(error_of<TestType>(values, blend, other) <= 3 * epsilon<T>());
  const auto fill = []<class B, class E>(auto& context, auto out) { B::fill(context, out[0], E(-3.5f)); };
  CHECK(error_of<TestType>(poison<2>({1, 101}), fill) == 0);
}

TEMPLATE_LIST_TEST_CASE("sums of squares are those of blocks, the last one short", "[ops][gradients]",
                        OperationBackends) {
  using B = typename TestType::Backend;
  using T = typename TestType::Element;
  using Sum = Accumulator<T>;
  constexpr Index n = 2 * squares_block + 13;
  const auto x = Numbers<1>::random({n}, 1);
  auto context = make_context<B>();
  Tensor<B, T, 1> given(context, x);
  Tensor<B, Sum, 1> partial(context, {3});
  B::sum_of_squares(context, partial.view(), TensorView<const T, 1>(given.view()));

  ReferenceBackend::Context reference;
  Tensor<ReferenceBackend, double, 1> in_double(reference, x), expected(reference, {3});
  ReferenceBackend::sum_of_squares(reference, expected.view(), TensorView<const double, 1>(in_double.view()));
  // Each of a block's squares and each sum on the way, which is at most the whole, is rounded once, in any order.
  const auto wanted = expected.download();
  const double roundings = static_cast<double>(squares_block + 1);
  CHECK(max_difference(partial.download(), wanted) <=
        roundings * epsilon<Sum>() / 2 * std::max({wanted.values[0], wanted.values[1], wanted.values[2]}));
}

TEMPLATE_LIST_TEST_CASE("AdamW and the rounding of its parameters equal the reference", "[ops][gradients]",
                        OperationBackends) {
  using B = typename TestType::Backend;
  using T = typename TestType::Element;
  using Sum = Accumulator<T>;
  constexpr Index n = 1003;
  const auto parameters = Numbers<1>::random({n}, 1), gradients = Numbers<1>::random({n}, 2),
             first = Numbers<1>::random({n}, 3);
  auto second = Numbers<1>::random({n}, 4);
  for (double& value : second.values) value = std::abs(value);
  // A rate at which bf16 would lose nearly every update.
  const AdamWStep<double> step{1e-4, .05, .9, .95, 1e-8, 1 - .9 * .9, 1 - .95 * .95, .5};

  auto context = make_context<B>();
  Tensor<B, Sum, 1> kept(context, parameters), kept_first(context, first), kept_second(context, second);
  Tensor<B, T, 1> given(context, gradients), rounded(context, {n});
  B::adamw(context, kept.view(), kept_first.view(), kept_second.view(), TensorView<const T, 1>(given.view()),
           AdamWStep<Sum>{Sum(step.rate), Sum(step.decay), Sum(step.beta1), Sum(step.beta2), Sum(step.eps),
                          Sum(step.correction1), Sum(step.correction2), Sum(step.gradient_scale)});

  ReferenceBackend::Context reference;
  Tensor<ReferenceBackend, double, 1> expected(reference, parameters), expected_first(reference, first),
      expected_second(reference, second), in_double(reference, gradients);
  ReferenceBackend::adamw(reference, expected.view(), expected_first.view(), expected_second.view(),
                          TensorView<const double, 1>(in_double.view()), step);
  // A handful of roundings of numbers that are at most 1.
  CHECK(max_difference(kept.download(), expected.download()) <= 4 * epsilon<Sum>());
  CHECK(max_difference(kept_first.download(), expected_first.download()) <= 4 * epsilon<Sum>());
  CHECK(max_difference(kept_second.download(), expected_second.download()) <= 4 * epsilon<Sum>());

  if constexpr (keeps_master_parameters<T>) {
    B::convert(context, rounded.view(), TensorView<const Sum, 1>(kept.view()));
    const auto wanted = kept.download(), got = rounded.download();
    for (std::size_t i = 0; i < wanted.values.size(); ++i)
      REQUIRE(got.values[i] == static_cast<double>(T(static_cast<float>(wanted.values[i]))));
  }
}
