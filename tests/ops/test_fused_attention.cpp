// Fused attention for training against its formula in double. Bounds follow from the roundings: of the weights, of the
// logits' gradients and of the results.
#include <cmath>

#include "support/catch.hpp"
#include "support/operations.hpp"

using namespace icolorit;
using namespace icolorit::test;

namespace {

struct Case {
  Grid grid;
  Index heads, head_dim, pictures;
  bool has_table = true;

  Index tokens() const { return grid.tokens(); }
  Index width() const { return heads * head_dim; }
  Index entries() const { return (2 * grid.rows - 1) * (2 * grid.columns - 1); }
};

const Case cases[] = {{{1, 1}, 1, 16, 1},  {{3, 5}, 2, 16, 3},   {{7, 7}, 1, 32, 2},  {{4, 4}, 3, 64, 2, false},
                      {{2, 40}, 1, 64, 1}, {{14, 14}, 2, 64, 1}, {{16, 16}, 1, 64, 1}};

/// Everything about one query of one head, in double.
struct Query {
  const Case& shape;
  const Numbers<2>&qkv, &table;
  double scale;
  Index picture, head, token;

  double at(Index row, Index part, Index d) const {
    return qkv.view()(picture * shape.tokens() + row, part * shape.width() + head * shape.head_dim + d);
  }
  Index entry(Index key) const {
    const Index columns = shape.grid.columns;
    return (token / columns - key / columns + shape.grid.rows - 1) * (2 * columns - 1) + token % columns -
           key % columns + columns - 1;
  }
  std::vector<double> weights() const {
    std::vector<double> result(static_cast<std::size_t>(shape.tokens()));
    double total = 0;
    for (Index key = 0; key < shape.tokens(); ++key) {
      double logit = 0;
      for (Index d = 0; d < shape.head_dim; ++d) logit += at(token, 0, d) * at(key, 1, d);
      logit = scale * logit + (shape.has_table ? table.view()(entry(key), head) : 0);
      total += result[static_cast<std::size_t>(key)] = std::exp(logit);
    }
    for (double& weight : result) weight /= total;
    return result;
  }
};

template <class F>
void for_each_query(const Case& shape, const Numbers<2>& qkv, const Numbers<2>& table, double scale, F f) {
  for (Index picture = 0; picture < shape.pictures; ++picture)
    for (Index head = 0; head < shape.heads; ++head)
      for (Index token = 0; token < shape.tokens(); ++token) f(Query{shape, qkv, table, scale, picture, head, token});
}

/// How far two tensors are apart, in units of what each element may be off.
template <int Rank>
double largest_excess(const Numbers<Rank>& got, const Numbers<Rank>& wanted, const Numbers<Rank>& bound) {
  double largest = 0;
  for (std::size_t i = 0; i < got.values.size(); ++i) {
    const double excess = std::abs(got.values[i] - wanted.values[i]) / bound.values[i];
    largest = std::isnan(excess) ? std::numeric_limits<double>::infinity() : std::max(largest, excess);
  }
  return largest;
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("fused attention for training equals its formula", "[ops][attention]", FusingBackends) {
  using B = typename TestType::Backend;
  using T = typename TestType::Element;
  for (const Case& shape : cases) {
    CAPTURE(shape.grid.rows, shape.grid.columns, shape.head_dim, shape.has_table);
    REQUIRE(B::template fuses_attention<T>(shape.tokens(), shape.head_dim));
    const Index rows = shape.pictures * shape.tokens(), D = shape.width(), N = shape.tokens();
    const auto qkv = Numbers<2>::random({rows, 3 * D}, 1);
    const auto table = Numbers<2>::random({shape.has_table ? shape.entries() : 0, shape.heads}, 2);
    const T scale(.25f);

    Numbers<2> y({rows, D}), y_bound({rows, D});
    Numbers<3> p({shape.pictures * shape.heads, N, N}), p_bound(p.extents);
    for_each_query(shape, qkv, table, .25, [&](const Query& query) {
      const std::vector<double> weights = query.weights();
      for (Index key = 0; key < N; ++key) {
        const double weight = weights[static_cast<std::size_t>(key)];
        p.view()(query.picture * shape.heads + query.head, query.token, key) = weight;
        // One rounding to T; the least number that f16 still rounds well; sums and exponential in float.
        p_bound.view()(query.picture * shape.heads + query.head, query.token, key) =
            weight * (epsilon<T>() / 2 + 1e-5) + 0x1p-25;
        for (Index d = 0; d < shape.head_dim; ++d) {
          const Index row = query.picture * N + query.token, column = query.head * shape.head_dim + d;
          y.view()(row, column) += weight * query.at(key, 2, d);
          y_bound.view()(row, column) += (weight * (epsilon<T>() / 2 + 1e-5) + 0x1p-25) * std::abs(query.at(key, 2, d));
        }
      }
    });
    for (std::size_t i = 0; i < y.values.size(); ++i)
      y_bound.values[i] += std::abs(y.values[i]) * epsilon<T>() + 0x1p-24;

    for (const bool wants_p : {true, false})
      for (const Index gap : {Index{0}, padding}) {
        auto context = make_context<B>();
        Tensor<B, T, 2> there(context, qkv, gap), device_table(context, table), result(context, {rows, D}, gap);
        Tensor<B, T, 3> weights(context, p.extents);
        const TensorView<const T, 2> no_table;
        B::attention_forward(
            context, result.view(), wants_p ? weights.view() : TensorView<T, 3>(), TensorView<const T, 2>(there.view()),
            shape.has_table ? TensorView<const T, 2>(device_table.view()) : no_table, shape.grid, shape.heads, scale);
        CHECK(largest_excess(result.download(), y, y_bound) <= 1);
        if (wants_p) CHECK(largest_excess(weights.download(), p, p_bound) <= 1);
      }
  }
}

TEMPLATE_LIST_TEST_CASE("the gradient of fused attention equals its formula", "[ops][attention]", FusingBackends) {
  using B = typename TestType::Backend;
  using T = typename TestType::Element;
  for (const Case& shape : cases) {
    CAPTURE(shape.grid.rows, shape.grid.columns, shape.head_dim, shape.has_table);
    const Index rows = shape.pictures * shape.tokens(), D = shape.width(), N = shape.tokens();
    const auto qkv = Numbers<2>::random({rows, 3 * D}, 3), dy = Numbers<2>::random({rows, D}, 4);
    const auto table = Numbers<2>::random({shape.has_table ? shape.entries() : 0, shape.heads}, 5);
    const auto before = Numbers<2>::random(table.extents, 6);

    Numbers<3> p({shape.pictures * shape.heads, N, N});
    Numbers<2> dqkv({rows, 3 * D}), dqkv_bound(dqkv.extents), dtable = before, dtable_bound(before.extents);
    for_each_query(shape, qkv, table, .25, [&](const Query& query) {
      const Index row = query.picture * N + query.token, first = query.head * shape.head_dim;
      std::vector<double> weights = query.weights(), slopes(weights.size());
      double dot = 0;
      for (Index key = 0; key < N; ++key) {
        double& weight = weights[static_cast<std::size_t>(key)];
        weight = static_cast<double>(static_cast<float>(T(static_cast<float>(weight))));  // as the forward left it
        p.view()(query.picture * shape.heads + query.head, query.token, key) = weight;
        double& slope = slopes[static_cast<std::size_t>(key)];
        for (Index d = 0; d < shape.head_dim; ++d) slope += dy.view()(row, first + d) * query.at(key, 2, d);
        dot += weight * slope;
      }
      for (Index key = 0; key < N; ++key) {
        const double weight = weights[static_cast<std::size_t>(key)],
                     dlogit = weight * (slopes[static_cast<std::size_t>(key)] - dot),
                     off = std::abs(dlogit) * epsilon<T>() / 2 + weight * 1e-4 + 0x1p-25;
        const Index key_row = query.picture * N + key;
        for (Index d = 0; d < shape.head_dim; ++d) {
          const auto add = [&](Index to, Index part, double value, double bound) {
            dqkv.view()(to, part * D + first + d) += value;
            dqkv_bound.view()(to, part * D + first + d) += bound;
          };
          add(row, 0, .25 * dlogit * query.at(key, 1, d), .25 * off * std::abs(query.at(key, 1, d)));
          add(key_row, 1, .25 * dlogit * query.at(query.token, 0, d),
              .25 * off * std::abs(query.at(query.token, 0, d)));
          add(key_row, 2, weight * dy.view()(row, first + d), weight * 1e-5);
        }
        if (!shape.has_table) continue;
        dtable.view()(query.entry(key), query.head) += dlogit;
        dtable_bound.view()(query.entry(key), query.head) += off;
      }
    });
    for (std::size_t i = 0; i < dqkv.values.size(); ++i)
      dqkv_bound.values[i] += std::abs(dqkv.values[i]) * epsilon<T>() + 0x1p-24;
    for (std::size_t i = 0; i < dtable.values.size(); ++i)
      dtable_bound.values[i] += std::abs(dtable.values[i]) * epsilon<T>() + 0x1p-24;

    for (const Index gap : {Index{0}, padding}) {
      auto context = make_context<B>();
      Tensor<B, T, 2> there(context, qkv, gap), device_dy(context, dy, gap), result(context, dqkv.extents, gap),
          sums(context, before);
      Tensor<B, T, 3> weights(context, p);
      B::attention_backward(context, result.view(), shape.has_table ? sums.view() : TensorView<T, 2>(),
                            TensorView<const T, 2>(device_dy.view()), TensorView<const T, 2>(there.view()),
                            TensorView<const T, 3>(weights.view()), shape.grid, shape.heads, T(.25f));
      CHECK(largest_excess(result.download(), dqkv, dqkv_bound) <= 1);
      if (shape.has_table) CHECK(largest_excess(sums.download(), dtable, dtable_bound) <= 1);
    }
  }
}
