// The solver of screened Poisson equations against a dense solution, and what its multigrid method is made of.
#include <algorithm>
#include <array>
#include <functional>
#include <set>
#include <vector>

#include "icolorit/core/random.hpp"
#include "icolorit/image/screened_poisson.hpp"
#include "support/catch.hpp"

using namespace icolorit;

namespace {

struct Fixed {
  Index y, x;
  float a, b;
};

/// An equation with random weights, some of them next to nothing as at edges, random masses and targets.
struct Example {
  Example(Index h, Index w, std::uint64_t seed) : height(h), width(w), equation(h, w), target(2 * h * w) {
    Random random(seed);
    const PixelGraph& graph = equation.graph();
    for (const PixelGraph::Step step : PixelGraph::steps) {
      const Index dy = step == PixelGraph::east ? 0 : 1;
      const Index dx = step == PixelGraph::south ? 0 : step == PixelGraph::south_west ? -1 : 1;
      for (Index y = 0; y < h; ++y)
        for (Index x = 0; x < w; ++x) {
          const bool inside = y + dy < h && x + dx >= 0 && x + dx < w;
          const double weight = random.below(4) == 0 ? 1e-7 : .25 * random.uniform();
          weights.push_back(inside ? static_cast<float>(weight) : 0.f);
          places.push_back({step, graph.at(y, x), y * w + x, (y + dy) * w + x + dx});
        }
    }
    for (Index i = 0; i < h * w; ++i) masses.push_back(static_cast<float>(1e-4 + 3e-3 * random.uniform()));
    for (Index i = 0; i < 2 * h * w; ++i) target.data()[i] = static_cast<float>(100 * random.uniform() - 50);
    write();
    equation.plan();
  }

  void write() {
    for (std::size_t i = 0; i < weights.size(); ++i)
      equation.graph().weights(places[i].step)[places[i].at] = weights[i];
    for (Index y = 0; y < height; ++y)
      for (Index x = 0; x < width; ++x)
        equation.graph().mass()[equation.graph().at(y, x)] = masses[static_cast<std::size_t>(y * width + x)];
  }

  Buffer<float> solve(const std::vector<Fixed>& fixed, float tolerance) {
    write();
    equation.begin(std::as_const(target).view(2, height, width));
    for (const Fixed& each : fixed) equation.fix(each.y, each.x, each.a, each.b);
    iterations = equation.solve(tolerance);
    Buffer<float> ab(2 * height * width);
    equation.copy_solution(ab.view(2, height, width));
    return ab;
  }

  /// (h w, 2) by elimination in double precision; the matrix is diagonally dominant, so that no pivot is looked for.
  std::vector<std::array<double, 2>> exact(const std::vector<Fixed>& fixed) const {
    const auto n = static_cast<std::size_t>(height * width);
    std::vector<std::vector<double>> matrix(n, std::vector<double>(n, 0.));
    std::vector<std::array<double, 2>> right(n);
    for (std::size_t i = 0; i < n; ++i) {
      const auto mass = static_cast<double>(masses[i]);
      matrix[i][i] = mass;
      right[i] = {mass * static_cast<double>(target.data()[i]), mass * static_cast<double>(target.data()[n + i])};
    }
    for (std::size_t i = 0; i < weights.size(); ++i) {
      if (weights[i] == 0) continue;
      const auto r = static_cast<std::size_t>(places[i].from), s = static_cast<std::size_t>(places[i].to);
      const auto weight = static_cast<double>(weights[i]);
      matrix[r][r] += weight;
      matrix[s][s] += weight;
      matrix[r][s] -= weight;
      matrix[s][r] -= weight;
    }
    for (const Fixed& each : std::vector<Fixed>(fixed.rbegin(), fixed.rend())) {  // the first counts
      const auto i = static_cast<std::size_t>(each.y * width + each.x);
      std::ranges::fill(matrix[i], 0.);
      matrix[i][i] = 1;
      right[i] = {static_cast<double>(each.a), static_cast<double>(each.b)};
    }
    for (std::size_t k = 0; k < n; ++k)
      for (std::size_t i = k + 1; i < n; ++i) {
        const double factor = matrix[i][k] / matrix[k][k];
        if (factor == 0) continue;
        for (std::size_t j = k; j < n; ++j) matrix[i][j] -= factor * matrix[k][j];
        for (std::size_t c = 0; c < 2; ++c) right[i][c] -= factor * right[k][c];
      }
    for (std::size_t k = n; k-- > 0;)
      for (std::size_t c = 0; c < 2; ++c) {
        for (std::size_t j = k + 1; j < n; ++j) right[k][c] -= matrix[k][j] * right[j][c];
        right[k][c] /= matrix[k][k];
      }
    return right;
  }

  struct Place {
    PixelGraph::Step step;
    Index at, from, to;
  };
  Index height, width;
  ScreenedPoisson equation;
  Buffer<float> target;
  std::vector<float> weights, masses;
  std::vector<Place> places;
  int iterations = 0;
};

}  // namespace

TEST_CASE("the solution is that of elimination, also where pixels are fixed", "[poisson]") {
  const auto [h, w] =
      GENERATE(std::pair<Index, Index>{24, 31}, std::pair<Index, Index>{1, 40}, std::pair<Index, Index>{17, 1},
               std::pair<Index, Index>{2, 3}, std::pair<Index, Index>{1, 1});
  CAPTURE(h, w);
  Example example(h, w, 5);
  const std::vector<Fixed> fixed{{0, 0, 30, -20}, {h - 1, w - 1, -60, 5}, {h / 2, w / 2, 12, 80}};
  for (const std::vector<Fixed>& some : {std::vector<Fixed>(), fixed}) {
    const Buffer<float> ab = example.solve(some, 1e-4f);
    const auto expected = example.exact(some);
    // The tolerance bounds the error's estimate; values of up to 100 carry a rounding of 6e-6, and masses of 1e-4
    // beside weights of 1 lose four digits of it.
    for (Index i = 0; i < h * w; ++i) {
      CHECK(static_cast<double>(ab.data()[i]) == Approx(expected[static_cast<std::size_t>(i)][0]).margin(.02));
      CHECK(static_cast<double>(ab.data()[h * w + i]) == Approx(expected[static_cast<std::size_t>(i)][1]).margin(.02));
    }
  }
}

TEST_CASE("fixed pixels have exactly their values, the first of several in one pixel", "[poisson]") {
  Example example(20, 20, 7);
  const Buffer<float> ab = example.solve({{3, 4, 17.5f, -3.25f}, {3, 5, -30, 40}, {3, 4, 1, 2}}, 1e-2f);
  const auto view = ab.view(2, 20, 20);
  CHECK(view(0, 3, 4) == 17.5f);
  CHECK(view(1, 3, 4) == -3.25f);
  CHECK(view(0, 3, 5) == -30);
  CHECK(view(1, 3, 5) == 40);
  const Buffer<float> without_the_last = example.solve({{3, 4, 17.5f, -3.25f}, {3, 5, -30, 40}}, 1e-2f);
  CHECK(std::equal(ab.data(), ab.data() + ab.size(), without_the_last.data()));
}

TEST_CASE("a solution does not depend on what was solved before", "[poisson]") {
  Example example(30, 25, 9);
  const std::vector<Fixed> some{{10, 10, 5, 5}}, others{{2, 20, 50, -50}, {29, 0, 1, 1}};
  const Buffer<float> first = example.solve(some, 1e-2f);
  example.solve(others, 1e-3f);
  const Buffer<float> again = example.solve(some, 1e-2f);
  CHECK(std::equal(first.data(), first.data() + first.size(), again.data()));
}

TEST_CASE("on a large picture few iterations suffice, with and without edges", "[poisson]") {
  Example example(200, 150, 11);
  example.solve({{100, 70, 60, 60}, {20, 30, -60, 0}}, .03f);
  CHECK(example.iterations <= 40);  // Jacobi's method alone as preconditioner needs some 200
}

TEST_CASE("aggregates join strong links and never cross weak ones", "[poisson]") {
  PixelGraph graph(6, 8);
  for (const PixelGraph::Step step : PixelGraph::steps)
    for (Index y = 0; y < 6; ++y)
      for (Index x = 0; x < 8; ++x) {
        const Index to = step == PixelGraph::east || step == PixelGraph::south_east ? x + 1
                         : step == PixelGraph::south                                ? x
                                                                                    : x - 1;
        const bool inside = to >= 0 && to < 8 && (step == PixelGraph::east || y < 5);
        const bool across = (x < 4) != (to < 4);  // an edge between the columns 3 and 4
        graph.weights(step)[graph.at(y, x)] = inside ? (across ? 1e-6f : .2f) : 0.f;
      }
  graph.update_diagonal();
  struct Nodes {
    const PixelGraph& graph;
    NodeId nodes() const { return static_cast<NodeId>(graph.plane()); }
    float diagonal(NodeId i) const { return graph.diagonal()[i]; }
    void for_each_neighbor(NodeId i, const std::function<void(NodeId, float)>& f) const {
      for (const PixelGraph::Step step : PixelGraph::steps) {
        const Index after = i + graph.offset(step), before = i - graph.offset(step);
        if (after < graph.plane()) f(static_cast<NodeId>(after), graph.weights(step)[i]);
        if (before >= 0) f(static_cast<NodeId>(before), graph.weights(step)[before]);
      }
    }
  };
  const Aggregates aggregates = aggregate(Nodes{graph}, .08f);
  const auto of = [&](Index y, Index x) { return aggregates.of_node[static_cast<std::size_t>(graph.at(y, x))]; };
  std::set<NodeId> left, right;
  for (Index y = 0; y < 6; ++y)
    for (Index x = 0; x < 8; ++x) {
      REQUIRE(of(y, x) >= 0);
      REQUIRE(of(y, x) < aggregates.count);
      (x < 4 ? left : right).insert(of(y, x));
    }
  for (const NodeId each : left) CHECK(!right.contains(each));
  CHECK(aggregates.count <= 12);       // of 48 pixels: a quarter at most
  CHECK(aggregates.of_node[0] == -1);  // the border takes no part
}
