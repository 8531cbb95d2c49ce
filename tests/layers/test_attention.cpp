// Attention, fused and composed, against its formula written out in double, and laws that hold whatever the numbers
// are. All parameters are -1, 0 or 1 with three of them a row, the tokens too: before the softmax
// everything is a sum of at most four such numbers, exact in every element type; only the scale 1/sqrt(D/H) is not,
// unless D/H is a power of four.
#include "icolorit/layers/attention.hpp"

#include "support/catch.hpp"
#include "support/layers.hpp"

using namespace icolorit;
using namespace icolorit::test;
using Catch::Matchers::Message;

namespace {

constexpr Index batch = 2, heads = 3, out = 7, nonzeros = 3;
constexpr double largest = nonzeros + 1;  // of |q sqrt(D/H)|, |k| and |v|: three products and a bias

Attention::Config config_of(Index head_dim, Grid grid, bool position_bias = true, bool qkv_bias = true,
                            bool local = false) {
  return {heads * head_dim, heads, out, grid, position_bias, qkv_bias, local};
}

Numbers<2> tokens_of(const Attention::Config& config, Index pictures = batch) {
  return whole_numbers<2>({pictures * config.grid.tokens(), config.dim}, 2);
}

template <class Case>
Numbers<2> attended(const Attention::Config& config, const Parameters<Attention>& parameters, const Numbers<2>& x,
                    const Numbers<2>* residual = nullptr) {
  using B = typename Case::Backend;
  using T = typename Case::Element;
  auto context = make_context<B>();
  const auto prepared = prepare<Attention, B, T>(context, config, parameters);
  const Index M = x.extents[0];
  Tensor<B, T, 2> in(context, x, padding);
  Tensor<B, T, 2> y = residual != nullptr ? Tensor<B, T, 2>(context, *residual, padding)
                                          : Tensor<B, T, 2>(context, std::array{M, config.out}, padding);
  const TensorView<const T, 2> start = residual != nullptr ? y.view() : TensorView<T, 2>{};
  const auto scratch = scratch_for<Attention, B, T>(context, config, M);
  Attention::forward<B, T>(context, y.view(), {in.view(), start}, prepared, *scratch);
  return y.download();
}

/// residual + projection(softmax(q k^T / sqrt(D/H) + bias) v), one query and head after the other.
Numbers<2> formula(const Attention::Config& config, const Parameters<Attention>& parameters, const Numbers<2>& x,
                   const Numbers<2>& residual) {
  const auto& weights = parameters.views();
  const Index D = config.dim, d = config.head_dim(), N = config.grid.tokens(), columns = config.grid.columns;
  const auto at = [](Index i) { return static_cast<std::size_t>(i); };
  Numbers<2> qkv({x.extents[0], 3 * D});
  for (Index token = 0; token < x.extents[0]; ++token)
    for (Index o = 0; o < 3 * D; ++o) {
      double& sum = qkv.view()(token, o);
      if (config.qkv_bias && o < D) sum = weights.q_bias[o];
      if (config.qkv_bias && o >= 2 * D) sum = weights.v_bias[o - 2 * D];
      for (Index i = 0; i < D; ++i) sum += weights.qkv_weight(o, i) * x.view()(token, i);
    }
  const auto q = qkv.view().narrowed(1, 0, D), k = qkv.view().narrowed(1, D, D), v = qkv.view().narrowed(1, 2 * D, D);

  Numbers<2> y = residual;
  for (Index query = 0; query < x.extents[0]; ++query) {
    const Index first = query / N * N;  // of the picture
    std::vector<double> mixed(at(D));
    for (Index head = 0; head < config.heads; ++head) {
      std::vector<double> weight(at(N));
      double total = 0;
      for (Index key = 0; key < N; ++key) {
        const Index dy = (query - first) / columns - key / columns, dx = (query - first) % columns - key % columns;
        if (config.local && (std::abs(dy) > 1 || std::abs(dx) > 1)) continue;
        double logit = 0;
        for (Index i = head * d; i < (head + 1) * d; ++i) logit += q(query, i) * k(first + key, i);
        logit /= std::sqrt(static_cast<double>(d));
        if (config.position_bias)
          logit += weights.position_table((dy + config.grid.rows - 1) * (2 * columns - 1) + dx + columns - 1, head);
        weight[at(key)] = std::exp(logit);  // logits below 13 sqrt(16) need no maximum subtracted
        total += weight[at(key)];
      }
      for (Index key = 0; key < N; ++key)
        for (Index i = head * d; i < (head + 1) * d; ++i) mixed[at(i)] += weight[at(key)] / total * v(first + key, i);
    }
    for (Index o = 0; o < config.out; ++o) {
      y.view()(query, o) += weights.projection.bias[o];
      for (Index i = 0; i < D; ++i) y.view()(query, o) += weights.projection.weight(o, i) * mixed[at(i)];
    }
  }
  return y;
}

/// The error of a weighted mean of |v| <= `largest`, its weights being softmax of N logits that are wrong by at most
/// `logit_error`: they have that error twice (in the exponential and in the sum), N + 14 roundings of the accumulator
/// (the sum, and two exponentials of a relative error of 2e-7 in float) and a rounding when stored; the mean has N
/// more and one when stored.
template <class T>
double mean_error(Index N, double logit_error) {
  const double n = static_cast<double>(N);
  return largest * (std::expm1(2 * logit_error) + (2 * n + 14) * accumulator_roundoff<T>() + 2 * roundoff<T>());
}

/// What the projection makes of an error in three of its inputs, itself adding up three of them, a bias and a residual
/// of 2, and storing twice where the bias is an operation of its own.
template <class T>
double projected_error(double error) {
  return nonzeros * error + (nonzeros * largest + 3) * (5 * accumulator_roundoff<T>() + 2 * roundoff<T>());
}

/// |q k / sqrt(d)| is below 13 sqrt(d) with its bias. Weights, bias, q, logits and biased logits are rounded, d
/// products and less than 8 other operations run in the accumulator.
template <class T>
double logit_error(Index head_dim) {
  if (head_dim == 4 || head_dim == 16) return 0;
  const double d = static_cast<double>(head_dim);
  return 13 * std::sqrt(d) * (5 * roundoff<T>() + (8 + d) * accumulator_roundoff<T>());
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("attention equals its formula in double", "[layers]", Backends) {
  using T = typename TestType::Element;
  const Index head_dim = GENERATE(4, 5, 8, 16);
  const Grid grid = GENERATE(Grid{3, 5}, Grid{7, 9}, Grid{1, 1});
  const bool position_bias = GENERATE(true, false), qkv_bias = GENERATE(true, false), local = GENERATE(true, false);
  CAPTURE(head_dim, grid.rows, grid.columns, position_bias, qkv_bias, local);
  const auto config = config_of(head_dim, grid, position_bias, qkv_bias, local);
  const auto parameters = sparse_parameters<Attention>(config, 1, nonzeros);
  const auto x = tokens_of(config), residual = whole_numbers<2>({x.extents[0], out}, 3, 2);

  const double tolerance = projected_error<T>(mean_error<T>(grid.tokens(), logit_error<T>(head_dim)));
  CHECK(max_difference(attended<TestType>(config, parameters, x, &residual),
                       formula(config, parameters, x, residual)) <= tolerance);
}

TEMPLATE_LIST_TEST_CASE("the pictures of a batch do not see each other", "[layers]", Backends) {
  using T = typename TestType::Element;
  const bool local = GENERATE(true, false);
  const auto config = config_of(8, {3, 5}, true, true, local);
  const auto parameters = sparse_parameters<Attention>(config, 1, nonzeros);
  const auto x = tokens_of(config);
  const Index N = config.grid.tokens();
  const auto both = attended<TestType>(config, parameters, x);
  for (Index picture = 0; picture < batch; ++picture) {
    Numbers<2> alone({N, config.dim}), among_others({x.extents[0], config.dim}), expected({N, out});
    std::copy_n(&x.view()(picture * N, 0), N * config.dim, alone.values.begin());
    std::copy_n(alone.values.begin(), N * config.dim, &among_others.view()(picture * N, 0));
    std::copy_n(&both.view()(picture * N, 0), N * out, expected.values.begin());

    const auto others = attended<TestType>(config, parameters, among_others);
    CHECK(std::equal(expected.values.begin(), expected.values.end(), &others.view()(picture * N, 0)));
    // A GPU's library may choose another algorithm for another number of rows (docs/gpu.md): two sums of the same
    // numbers in other orders, each within the rounding of the formula's test.
    const double tolerance = std::is_same_v<typename TestType::Backend::Memory, HostMemory>
                                 ? 0
                                 : 2 * projected_error<T>(mean_error<T>(N, logit_error<T>(8)));
    CHECK(max_difference(attended<TestType>(config, parameters, alone), expected) <= tolerance);
  }
}

TEMPLATE_LIST_TEST_CASE("exchanging heads changes nothing", "[layers]", Backends) {
  using T = typename TestType::Element;
  const auto config = config_of(8, {3, 5});
  const Index d = config.head_dim(), D = config.dim, rows = RelativePositionBias::rows(config.grid);
  const auto parameters = sparse_parameters<Attention>(config, 1, nonzeros);
  Parameters<Attention> exchanged(config);
  const auto& from = parameters.views();
  const auto& to = exchanged.views();
  constexpr std::array<Index, heads> origin{2, 0, 1};
  for (Index i = 0; i < D; ++i) {
    const Index j = origin[static_cast<std::size_t>(i / d)] * d + i % d;  // channel i was channel j
    to.q_bias[i] = from.q_bias[j];
    to.v_bias[i] = from.v_bias[j];
    for (Index part = 0; part < 3; ++part)
      std::copy_n(&from.qkv_weight(part * D + j, 0), D, &to.qkv_weight(part * D + i, 0));
    for (Index o = 0; o < out; ++o) to.projection.weight(o, i) = from.projection.weight(o, j);
  }
  for (Index row = 0; row < rows; ++row)
    for (Index head = 0; head < heads; ++head)
      to.position_table(row, head) = from.position_table(row, origin[static_cast<std::size_t>(head)]);
  std::copy_n(from.projection.bias.data(), out, to.projection.bias.data());

  const auto x = tokens_of(config);
  // The heads' results are the same numbers; their projection adds three of them in another order.
  CHECK(max_difference(attended<TestType>(config, parameters, x), attended<TestType>(config, exchanged, x)) <=
        2 * projected_error<T>(0));
}

TEMPLATE_LIST_TEST_CASE("where all values are equal attention gives that value", "[layers]", Backends) {
  using T = typename TestType::Element;
  const bool local = GENERATE(true, false);
  const auto config = config_of(5, {3, 5}, true, true, local);
  const Index D = config.dim;
  auto parameters = sparse_parameters<Attention>(config, 1, nonzeros);
  const auto& views = parameters.views();
  std::fill_n(&views.qkv_weight(2 * D, 0), D * D, 0.);
  for (Index i = 0; i < D; ++i) views.v_bias[i] = i % 2 == 0 ? largest : -largest;

  const auto x = tokens_of(config);
  Numbers<2> expected({x.extents[0], out});
  for (Index m = 0; m < x.extents[0]; ++m)
    for (Index o = 0; o < out; ++o) {
      expected.view()(m, o) = views.projection.bias[o];
      for (Index i = 0; i < D; ++i) expected.view()(m, o) += views.projection.weight(o, i) * views.v_bias[i];
    }
  // Errors of the logits do not matter: the weights sum to 1 all the same.
  CHECK(max_difference(attended<TestType>(config, parameters, x), expected) <=
        projected_error<T>(mean_error<T>(config.grid.tokens(), 0)));
}

TEMPLATE_LIST_TEST_CASE("local attention sees the 3x3 neighbourhood, attention everything", "[layers]", Backends) {
  const auto config = config_of(8, {4, 5}, true, true, GENERATE(true, false));
  const auto parameters = sparse_parameters<Attention>(config, 1, nonzeros);
  const Index N = config.grid.tokens(), columns = config.grid.columns, changed = 1 * columns + 1;
  auto x = tokens_of(config, 1);
  const auto before = attended<TestType>(config, parameters, x);
  for (Index d = 0; d < config.dim; ++d) x.view()(changed, d) = 1 - x.view()(changed, d);
  const auto after = attended<TestType>(config, parameters, x);
  for (Index n = 0; n < N; ++n) {
    const bool near = std::abs(n / columns - 1) <= 1 && std::abs(n % columns - 1) <= 1;
    double difference = 0;
    for (Index o = 0; o < out; ++o)
      difference = std::max(difference, std::abs(after.view()(n, o) - before.view()(n, o)));
    CAPTURE(config.local, n);
    // The CPU backend's exponential ends at e^-87, which is what a masked token still weighs.
    if (config.local && !near)
      CHECK(difference < 1e-30);
    else
      CHECK(difference > 1e-3);
  }
}

TEST_CASE("attention names what does not fit", "[layers][errors]") {
  ReferenceBackend::Context context;
  const auto config = config_of(4, {3, 5});
  const auto prepared =
      prepare<Attention, ReferenceBackend, float>(context, config, sparse_parameters<Attention>(config, 1, nonzeros));
  Buffer<float> x(1000), y(1000);
  Workspace<HostMemory> workspace(1 << 16), nothing(0);
  const auto forward = [&](Index rows, Index width, Index to_width, Arena arena) {
    const auto scratch = Attention::take_scratch<ReferenceBackend, float>(context, config, rows, arena);
    Attention::forward<ReferenceBackend, float>(context, y.view(rows, to_width), {x.view(rows, width)}, prepared,
                                                scratch);
  };
  CHECK_NOTHROW(forward(15, 12, out, workspace.arena()));
  CHECK_THROWS_MATCHES(forward(15, 11, out, workspace.arena()), ShapeError,
                       Message("attention.forward: x is (15,11), expected (15,12)"));
  CHECK_THROWS_MATCHES(forward(17, 12, out, workspace.arena()), ShapeError,
                       Message("attention.forward: x is (17,12), expected (15,12)"));
  CHECK_THROWS_MATCHES(forward(15, 12, 8, workspace.arena()), ShapeError,
                       Message("linear.forward: y is (15,8), expected (15,7)"));
  CHECK_THROWS_AS(forward(15, 12, out, nothing.arena()), ShapeError);
}

TEST_CASE("attention names in training what does not fit", "[layers][errors]") {
  using B = ReferenceBackend;
  B::Context context;
  const auto config = config_of(4, {3, 5});
  const ParameterBuffer<Attention, float> parameters(config);
  Buffer<float> x(1000), y(1000);
  Workspace<HostMemory> workspace(1 << 16);
  const auto forward = [&](Index rows, Index width, Index planned) {
    Arena arena = workspace.arena();
    const auto saved = Attention::take_saved<float>(config, planned, arena);
    const auto scratch = Attention::take_training_scratch<float>(config, planned, arena);
    Attention::forward<B, float>(context, y.view(rows, out), {x.view(rows, width)}, config, parameters.views(), saved,
                                 scratch);
  };
  CHECK_THROWS_MATCHES(forward(15, 11, 15), ShapeError, Message("attention.forward: x is (15,11), expected (15,12)"));
  CHECK_THROWS_MATCHES(forward(17, 12, 15), ShapeError, Message("attention.forward: x is (17,12), expected (15,12)"));
  CHECK_THROWS_MATCHES(forward(15, 12, 30), ShapeError, Message("linear.forward: y is (30,36), expected (15,36)"));
}
