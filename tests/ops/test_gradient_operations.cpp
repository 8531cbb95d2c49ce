// The operations that only training uses, against the reference backend in double. The reference's own are judged by
// the central differences of tests/layers/test_backward.cpp.
#include "support/backends.hpp"
#include "support/catch.hpp"
#include "support/operations.hpp"

using namespace icolorit;
using namespace icolorit::test;

TEMPLATE_LIST_TEST_CASE("layer_norm_backward equals the reference", "[ops][gradients]", OperationBackends) {
  using T = typename TestType::Element;
  const auto [M, D] = GENERATE(table<Index, Index>({{1, 2}, {5, 7}, {33, 192}, {2, 35}}));
  CAPTURE(M, D);
  const auto x = Numbers<2>::random({M, D}, 1, 4), dy = Numbers<2>::random({M, D}, 2);
  const auto weight = Numbers<2>::random({1, D}, 3), start = Numbers<2>::random({2, D}, 4);
  // dx is a few numbers below 1/sqrt(variance) <= 100 on these inputs; sums over M rows are rounded once a row.
  const double roundings = 8 * std::sqrt(static_cast<double>(D)) + static_cast<double>(M);
  const double tolerance = 4 * roundings * (epsilon<T>() + 100 * std::numeric_limits<Accumulator<T>>::epsilon());
  const auto run = []<class B, class E>(auto& context, auto out, auto gradients, auto statistics, auto dy_in, auto in,
                                        auto w) {
    B::layer_norm_backward(context, out, gradients[0], gradients[1], dy_in, in, w[0], Accumulator<E>(1e-6f),
                           statistics);
  };
  CHECK(error_of<TestType>(poison<2>({M, D}), run, start, poison<2>({M, 2}), dy, x, weight) <= tolerance);

  const auto gradients_of = []<class B, class E>(auto& context, auto out, auto dx, auto statistics, auto dy_in, auto in,
                                                 auto w) {
    B::layer_norm_backward(context, dx, out[0], out[1], dy_in, in, w[0], Accumulator<E>(1e-6f), statistics);
  };
  CHECK(error_of<TestType>(start, gradients_of, poison<2>({M, D}), poison<2>({M, 2}), dy, x, weight) <= tolerance);
}

TEMPLATE_LIST_TEST_CASE("softmax and activation gradients equal the reference", "[ops][gradients]", OperationBackends) {
  using T = typename TestType::Element;
  const auto dy = Numbers<2>::random({5, 67}, 1), saved = Numbers<2>::random({5, 67}, 2);
  // 67 products of numbers below 1 in the accumulator, then a few roundings of numbers below 70.
  const double tolerance = 70 * (2 * epsilon<T>() + 67 * std::numeric_limits<Accumulator<T>>::epsilon());
  CHECK(error_of<TestType>(
            dy, []<class B, class E>(auto& context, auto out, auto y) { B::softmax_backward(context, out, y); },
            saved) <= tolerance);
  for (const Activation activation : {Activation::gelu, Activation::tanh})
    CHECK(error_of<TestType>(
              dy,
              [activation]<class B, class E>(auto& context, auto out, auto s) {
                B::activate_backward(context, out, s, activation);
              },
              saved) <= 4 * epsilon<T>() + 4 * std::numeric_limits<float>::epsilon() * (epsilon<T>() > 1e-10));
}

TEMPLATE_LIST_TEST_CASE("position bias gradients equal the reference", "[ops][gradients]", OperationBackends) {
  using T = typename TestType::Element;
  const auto [R, C] = GENERATE(table<Index, Index>({{1, 1}, {3, 3}, {2, 5}, {7, 4}}));
  CAPTURE(R, C);
  const Grid grid{R, C};
  const Index N = grid.tokens(), H = 3;
  const auto dlogits = Numbers<3>::random({H, N, N}, 1);
  const auto start = Numbers<2>::random({(2 * R - 1) * (2 * C - 1), H}, 2);
  // At most N pairs meet in one entry, which stays below N + 1 and is rounded after each.
  const double tolerance = static_cast<double>(N * (N + 1)) * epsilon<T>();
  CHECK(error_of<TestType>(
            start,
            [grid]<class B, class E>(auto& context, auto out, auto in) {
              B::position_bias_backward(context, out, in, grid);
            },
            dlogits) <= tolerance);
}

TEMPLATE_LIST_TEST_CASE("sums, scatters and scales equal the reference", "[ops][gradients]", OperationBackends) {
  using T = typename TestType::Element;
  const double eps = epsilon<T>();
  const auto rows = Numbers<2>::random({30, 21}, 1), start = Numbers<2>::random({1, 21}, 2);
  CHECK(error_of<TestType>(
            start, []<class B, class E>(auto& context, auto out, auto in) { B::sum_rows(context, out[0], in); },
            rows) <= 31 * 31 * eps);
  // Each token is in at most 9 neighbourhoods, or more at the reflected border: 16 in a corner of the grid.
  const auto gathered = Numbers<2>::random({30, 9 * 11}, 3);
  CHECK(error_of<TestType>(
            poison<2>({30, 11}),
            []<class B, class E>(auto& context, auto out, auto in) {
              B::scatter_neighbours(context, out, in, Grid{3, 5});
            },
            gathered) <= 16 * 16 * eps);
  const auto factors = Numbers<2>::random({1, 3}, 4);
  CHECK(error_of<TestType>(
            rows, []<class B, class E>(auto& context, auto out, auto in) { B::scale_rows(context, out, in[0]); },
            factors) <= eps);
  const auto x = Numbers<3>::random({2, 5, 7}, 5), y = Numbers<3>::random({2, 7, 5}, 6);
  for (const bool accumulate : {false, true})
    CHECK(error_of<TestType>(
              y,
              [accumulate]<class B, class E>(auto& context, auto out, auto in) {
                B::transpose(context, out, in, accumulate);
              },
              x) <= 2 * eps);
  const auto patches = Numbers<2>::random({2 * 3 * 5, 4 * 2 * 2}, 7);
  CHECK(error_of<TestType>(
            poison<4>({2, 4, 6, 10}),
            []<class B, class E>(auto& context, auto out, auto in) { B::merge_patches(context, out, in, 2); },
            patches) == 0);
}

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
