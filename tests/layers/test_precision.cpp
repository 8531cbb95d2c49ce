// Layers prepared in a precision below that of their elements: the linear layer in int8 and bf16, attention in bf16.
#include <cmath>
#include <numbers>

#include "icolorit/layers/dot_product_attention.hpp"
#include "icolorit/layers/linear.hpp"
#include "support/catch.hpp"
#include "support/layers.hpp"

using namespace icolorit;
using namespace icolorit::test;
using Catch::Matchers::Message;

namespace {

/// The layer of these parameters in a precision applied to x (M,K), with bias and residual.
template <class Case>
Numbers<2> prepared_linear(Precision precision, const Parameters<Linear>& parameters, const Numbers<2>& x,
                           const Numbers<2>& residual, Activation activation) {
  using B = typename Case::Backend;
  using T = typename Case::Element;
  auto context = make_context<B>();
  const Linear::Config config{x.extents[1], residual.extents[1], true, precision};
  const auto prepared = prepare<Linear, B, T>(context, config, parameters, activation);
  Tensor<B, T, 2> in(context, x, padding), y(context, residual, padding);
  Linear::forward<B, T>(context, y.view(), {in.view(), y.view()}, prepared);
  return y.download();
}

using RoundingBackends = std::tuple<ReferenceFloat, CpuFloat>;

}  // namespace

TEMPLATE_LIST_TEST_CASE("an int8 layer of numbers that are codes is exact", "[layers][int8]", RoundingBackends) {
  const auto [M, K, O] =
      GENERATE(table<Index, Index, Index>({{1, 2, 1}, {13, 301, 33}, {14, 256, 32}, {6, 67, 31}, {401, 7, 3}}));
  CAPTURE(M, K, O);
  // Every row of x reaches from 0 to 255 and every row of the weight to 127, so that both scales are 1.
  Numbers<2> x({M, K}), residual = whole_numbers<2>({M, O}, 4, 100);
  Parameters<Linear> parameters({K, O});
  Random random(5);
  for (double& value : x.values) value = static_cast<double>(random.below(256));
  for (Index i = 0; i < parameters.flat().extent(0); ++i)
    parameters.flat()[i] = static_cast<double>(random.below(255) - 127);
  for (Index m = 0; m < M; ++m) x.view()(m, m % K) = 255, x.view()(m, (m + 1) % K) = 0;
  const auto weight = parameters.views().weight;
  for (Index o = 0; o < O; ++o) weight(o, o % K) = o % 2 == 0 ? 127 : -127;
  Numbers<2> expected = residual;
  for (Index m = 0; m < M; ++m)
    for (Index o = 0; o < O; ++o) {
      for (Index k = 0; k < K; ++k) expected.view()(m, o) += x.view()(m, k) * weight(o, k);
      expected.view()(m, o) += parameters.views().bias[o];
    }
  CHECK(max_difference(prepared_linear<TestType>(Precision::int8, parameters, x, residual, Activation::none),
                       expected) == 0);
}

TEMPLATE_LIST_TEST_CASE("an int8 layer errs by its roundings only", "[layers][int8]", RoundingBackends) {
  const Index M = 29, K = 300, O = 35;
  Numbers<2> x = Numbers<2>::random({M, K}, 1), residual = Numbers<2>::random({M, O}, 2);
  std::fill_n(&x.view()(3, 0), K, 0.75);  // a row of one number
  Parameters<Linear> parameters({K, O});
  Random random(3);
  for (Index i = 0; i < parameters.flat().extent(0); ++i) parameters.flat()[i] = 2 * random.uniform() - 1;
  const auto weight = parameters.views().weight;
  std::fill_n(&weight(4, 0), K, 0.);
  const Numbers<2> y = prepared_linear<TestType>(Precision::int8, parameters, x, residual, Activation::none);
  for (Index m = 0; m < M; ++m) {
    const auto [low, high] = std::minmax_element(&x.view()(m, 0), &x.view()(m, 0) + K);
    const double x_step = (*high - *low) / 255;
    for (Index o = 0; o < O; ++o) {
      double largest = 0, exact = residual.view()(m, o) + parameters.views().bias[o];
      for (Index k = 0; k < K; ++k) largest = std::max(largest, std::abs(weight(o, k)));
      // Half a step of each factor times the other, summed; both factors are below 1.
      double bound = 0;
      for (Index k = 0; k < K; ++k) {
        exact += x.view()(m, k) * weight(o, k);
        bound += x_step / 2 * std::abs(weight(o, k)) + largest / 127 / 2 * (std::abs(x.view()(m, k)) + x_step / 2);
      }
      CAPTURE(m, o);
      REQUIRE(std::abs(y.view()(m, o) - exact) <= bound * (1 + 1e-4) + 1e-5);
    }
  }
  Numbers<2> gelu = y;
  for (double& value : gelu.values) value *= (1 + std::erf(value / std::numbers::sqrt2)) / 2;
  CHECK(max_difference(prepared_linear<TestType>(Precision::int8, parameters, x, residual, Activation::gelu), gelu) <=
        4 * largest_magnitude(y) * epsilon<float>());
}

TEMPLATE_LIST_TEST_CASE("a bf16 layer of numbers that bf16 holds is exact", "[layers][bf16]", RoundingBackends) {
  // 3073 numbers are more pairs than a block of the inner dimension has, and an odd one.
  const auto [M, K, O] = GENERATE(
      table<Index, Index, Index>({{1, 1, 1}, {13, 301, 33}, {14, 256, 32}, {6, 67, 31}, {401, 7, 3}, {15, 3073, 34}}));
  CAPTURE(M, K, O);
  const Numbers<2> x = whole_numbers<2>({M, K}, 1, 15), residual = whole_numbers<2>({M, O}, 2, 100);
  Parameters<Linear> parameters({K, O});
  Random random(3);
  for (Index i = 0; i < parameters.flat().extent(0); ++i)
    parameters.flat()[i] = static_cast<double>(random.below(31) - 15);
  Numbers<2> expected = residual;
  for (Index m = 0; m < M; ++m)
    for (Index o = 0; o < O; ++o) {
      for (Index k = 0; k < K; ++k) expected.view()(m, o) += x.view()(m, k) * parameters.views().weight(o, k);
      expected.view()(m, o) += parameters.views().bias[o];
    }
  CHECK(max_difference(prepared_linear<TestType>(Precision::bf16, parameters, x, residual, Activation::none),
                       expected) == 0);
}

TEMPLATE_LIST_TEST_CASE("a bf16 layer errs by its roundings only", "[layers][bf16]", RoundingBackends) {
  const Index M = 29, K = 299, O = 35;
  const Numbers<2> x = Numbers<2>::random({M, K}, 1), residual = Numbers<2>::random({M, O}, 2);
  Parameters<Linear> parameters({K, O});
  Random random(3);
  for (Index i = 0; i < parameters.flat().extent(0); ++i) parameters.flat()[i] = 2 * random.uniform() - 1;
  const Numbers<2> y = prepared_linear<TestType>(Precision::bf16, parameters, x, residual, Activation::none);
  double largest_error = 0;
  for (Index m = 0; m < M; ++m)
    for (Index o = 0; o < O; ++o) {
      double exact = residual.view()(m, o) + parameters.views().bias[o], bound = 0;
      for (Index k = 0; k < K; ++k) {
        const double product = x.view()(m, k) * parameters.views().weight(o, k);
        exact += product;
        bound += std::abs(product) * (2 * roundoff<bf16>() + roundoff<bf16>() * roundoff<bf16>());
      }
      CAPTURE(m, o);
      const double error = std::abs(y.view()(m, o) - exact);
      REQUIRE(error <= bound + 2 * K * roundoff<float>());
      largest_error = std::max(largest_error, error);
    }
  CHECK(largest_error > 1e-3);  // it does round
}

TEST_CASE("attention in bf16 errs by the roundings of its operands", "[layers][bf16]") {
  // An odd number of tokens and an odd width of the heads leave pairs half empty.
  const auto [rows, columns, heads, width] = GENERATE(
      table<Index, Index, Index, Index>({{14, 14, 2, 64}, {3, 5, 1, 7}, {1, 1, 1, 1}, {7, 5, 3, 33}, {2, 8, 2, 16}}));
  const DotProductAttention::Config full{.dim = heads * width, .heads = heads, .grid = {rows, columns}};
  DotProductAttention::Config rounded = full;
  rounded.precision = Precision::bf16;
  const Index N = full.grid.tokens(), pictures = 2;
  CAPTURE(N, heads, width);
  const Numbers<2> qkv = Numbers<2>::random({pictures * N, 3 * full.dim}, 1),
                   table = Numbers<2>::random({heads, full.grid.table_rows()}, 2);
  const auto attention = [&](const DotProductAttention::Config& config) {
    CpuBackend::Context context(2);
    const Allocated<DotProductAttention::Scratch<CpuBackend, float>, HostMemory> scratch(
        [&](Arena& arena) { return DotProductAttention::take_scratch<CpuBackend, float>(context, config, arena); });
    Tensor<CpuBackend, float, 2> in(context, qkv), bias(context, table),
        out(context, Numbers<2>({pictures * N, full.dim}));
    DotProductAttention::forward<CpuBackend, float>(context, out.view(), in.view(), config, bias.view(), *scratch);
    return out.download();
  };
  // All numbers are below 1. A logit errs by the roundings of `width` products, an exponential by twice as much against
  // the sum of all; then each probability and each value is rounded once.
  const double u = roundoff<bf16>(), logit = static_cast<double>(width) * (2 * u + u * u);
  const double difference = max_difference(attention(full), attention(rounded));
  CHECK(difference <= std::expm1(2 * logit) + 2 * u + u * u + 1e-5);
  if (cpu::bfloat16_is_fast && N > 1) CHECK(difference > 1e-4);  // it does round
  if (!cpu::bfloat16_is_fast) CHECK(difference == 0);
}

TEST_CASE("a precision is refused where it is not to be had", "[layers][int8][errors]") {
  const Linear::Config config{.in = 4, .out = 2, .precision = Precision::int8};
  CpuBackend::Context context(1);
  const Linear::Config half{.in = 4, .out = 2, .precision = Precision::bf16};
  CHECK_THROWS_MATCHES((prepare<Linear, CpuBackend, double>(context, half, sparse_parameters<Linear>(half, 1))),
                       ArgumentError, Message("linear: this backend has no bf16 product for this element type"));
  CHECK_THROWS_MATCHES((prepare<Linear, CpuBackend, double>(context, config, sparse_parameters<Linear>(config, 1))),
                       ArgumentError, Message("linear: this backend has no int8 product for this element type"));
  const Linear::Config deep{.in = 8193, .out = 1, .precision = Precision::int8};
  CHECK_THROWS_MATCHES((prepare<Linear, CpuBackend, float>(context, deep, sparse_parameters<Linear>(deep, 1))),
                       ArgumentError, Message("CpuBackend: int8 layers read at most 8192 values, not 8193"));
}

namespace {

struct FastInInt8 {
  static constexpr bool int8_is_fast = true;
};
struct FastInBFloat16 {
  static constexpr bool bfloat16_is_fast = true;
};
struct SlowInInt8 {
  static constexpr bool int8_is_fast = false;
};

}  // namespace

TEST_CASE("int8 suits a backend that is fast at it, the CPU with VNNI", "[layers][int8]") {
  CHECK(suitable_precision<FastInInt8>() == Precision::int8);
  CHECK(suitable_precision<SlowInInt8>() == Precision::full);
  CHECK(suitable_precision<ReferenceBackend>() == Precision::full);
#if defined(__AVX512VNNI__)
  CHECK(suitable_precision<CpuBackend>() == Precision::int8);
#else
  CHECK(suitable_precision<CpuBackend>() == Precision::full);
#endif
}

TEST_CASE("what int8 would harm runs in bf16 where that is fast", "[layers][bf16]") {
  CHECK(finer_than_int8<FastInBFloat16>(Precision::int8) == Precision::bf16);
  CHECK(finer_than_int8<FastInBFloat16>(Precision::full) == Precision::full);
  CHECK(finer_than_int8<ReferenceBackend>(Precision::int8) == Precision::full);
  CHECK(finer_than_int8<ReferenceBackend>(Precision::bf16) == Precision::bf16);
}
