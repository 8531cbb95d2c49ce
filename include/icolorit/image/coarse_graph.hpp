// A coarser level of a multigrid method: the aggregates of a finer graph, joined by the sums of the weights between
// them.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <span>
#include <utility>
#include <vector>

#include "icolorit/image/aggregation.hpp"
#include "icolorit/image/pixel_graph.hpp"

namespace icolorit {

/// Nodes with masses, joined by links with weights; the matrix is that of PixelGraph. Where the links are is found
/// once; masses and weights are set again and again. A vector holds both channels of a node side by side.
class CoarseGraph {
 public:
  static constexpr std::size_t channels = PixelGraph::channels;

  /// The graph of a finer one's aggregates. link_of(f), called here once, calls f(i, j) for the finer graph's links in
  /// the order in which add_weights later gets their weights.
  template <class ForEachLink>
  CoarseGraph(Aggregates aggregates, ForEachLink&& for_each_link) : aggregates_(std::move(aggregates)) {
    std::vector<Link> of_finer;
    for_each_link([&](NodeId i, NodeId j) {
      const NodeId a = aggregate_of(i), b = aggregate_of(j);
      of_finer.push_back(a < 0 || b < 0 || a == b ? inside : link(std::min(a, b), std::max(a, b)));
    });
    links_.push_back(inside);
    std::ranges::copy_if(of_finer, std::back_inserter(links_), [](Link each) { return each != inside; });
    std::ranges::sort(links_);
    links_.erase(std::unique(links_.begin(), links_.end()), links_.end());
    link_of_.reserve(of_finer.size());
    for (const Link each : of_finer)
      link_of_.push_back(static_cast<NodeId>(std::ranges::lower_bound(links_, each) - links_.begin()));
    link_weights_.resize(links_.size());
    list_neighbors();
    const auto n = static_cast<std::size_t>(nodes());
    mass_.resize(n);
    diagonal_.resize(n);
    inverse_.resize(n);
    for (std::vector<float>* vector : {&solution, &right_side, &residual}) vector->resize(channels * n);
  }

  NodeId nodes() const { return aggregates_.count; }
  float diagonal(NodeId i) const { return diagonal_[at(i)]; }
  template <class F>
  void for_each_neighbor(NodeId i, F&& f) const {
    for (std::size_t k = first_[at(i)]; k < first_[at(i + 1)]; ++k) f(neighbor_[k], weight_[k]);
  }
  /// f(i, j) for every link, and their weights in the same order.
  template <class F>
  void for_each_link(F&& f) const {
    for (const Link each : std::span(links_).subspan(1))
      f(static_cast<NodeId>(each >> 32), static_cast<NodeId>(each & 0xffffffffu));
  }
  std::span<const float> link_weights() const { return std::span(link_weights_).subspan(1); }
  std::span<const float> mass() const { return mass_; }

  /// The aggregate of a finer node.
  NodeId aggregate_of(NodeId fine) const { return aggregates_.of_node[at(fine)]; }
  const NodeId* aggregates() const { return aggregates_.of_node.data(); }

  /// Begins new masses and weights; add_* follow, then update_diagonal.
  void clear() {
    std::ranges::fill(mass_, 0.f);
    std::ranges::fill(link_weights_, 0.f);
  }
  void add_mass(NodeId fine, float mass) { mass_[at(aggregate_of(fine))] += mass; }
  /// Weights of the finer graph's links, from the link numbered `first` on.
  void add_weights(std::size_t first, std::span<const float> weights) {
    for (std::size_t k = 0; k < weights.size(); ++k) link_weights_[at(link_of_[first + k])] += weights[k];
  }
  void update_diagonal() {
    for (NodeId i = 0; i < nodes(); ++i) {
      float sum = mass_[at(i)];
      for (std::size_t k = first_[at(i)]; k < first_[at(i + 1)]; ++k) sum += weight_[k] = link_weights_[at(link_[k])];
      diagonal_[at(i)] = sum;
      inverse_[at(i)] = sum > 0 ? 1 / sum : 0.f;
    }
  }

  /// Gauss-Seidel's method: every node in turn gets the value with which its own equation holds. Forwards from
  /// solution = 0, then the residual. While a node's turn comes, its later neighbours are still 0; so the sweep reads
  /// the earlier ones only, and the residual is what the later ones add.
  void smooth_from_zero() {
    for (NodeId i = 0; i < nodes(); ++i)
      store(solution, i, inverse_[at(i)], sum(first_[at(i)], middle_[at(i)], value(right_side, i)));
    for (NodeId i = 0; i < nodes(); ++i) store(residual, i, 1, sum(middle_[at(i)], first_[at(i + 1)], {}));
  }
  /// Forwards, from any solution.
  void smooth_forwards() {
    for (NodeId i = 0; i < nodes(); ++i) relax(i);
  }
  void smooth_backwards() {
    for (NodeId i = nodes(); i-- > 0;) relax(i);
  }

  std::vector<float> solution, right_side, residual;  // vectors

 private:
  /// Two aggregates, the smaller number in the upper half, so that links are sorted fast.
  using Link = std::uint64_t;
  static constexpr Link inside = 0;  // what joins a node to itself
  static constexpr Link link(NodeId smaller, NodeId larger) {
    return static_cast<Link>(smaller) << 32 | static_cast<Link>(larger);
  }

  static std::size_t at(NodeId i) { return static_cast<std::size_t>(i); }

  using Value = std::array<float, channels>;

  static Value value(const std::vector<float>& vector, NodeId i) {
    return {vector[channels * at(i)], vector[channels * at(i) + 1]};
  }
  static void store(std::vector<float>& vector, NodeId i, float factor, const Value& value) {
    vector[channels * at(i)] = factor * value[0];
    vector[channels * at(i) + 1] = factor * value[1];
  }
  /// `start` plus the weighted values of the neighbours listed from `first` to `last`.
  Value sum(std::size_t first, std::size_t last, Value start) const {
    for (std::size_t k = first; k < last; ++k) {
      const float* const other = solution.data() + channels * at(neighbor_[k]);
      start[0] += weight_[k] * other[0];
      start[1] += weight_[k] * other[1];
    }
    return start;
  }
  void relax(NodeId i) {
    store(solution, i, inverse_[at(i)], sum(first_[at(i)], first_[at(i + 1)], value(right_side, i)));
  }

  void list_neighbors() {
    first_.assign(at(nodes()) + 1, 0);
    for_each_link([&](NodeId i, NodeId j) {
      ++first_[at(i) + 1];
      ++first_[at(j) + 1];
    });
    for (std::size_t i = 1; i < first_.size(); ++i) first_[i] += first_[i - 1];
    neighbor_.resize(first_.back());
    link_.resize(first_.back());
    weight_.resize(first_.back());
    middle_.assign(first_.begin(), first_.end() - 1);
    std::vector<std::size_t> next = middle_;
    NodeId link = 0;
    for_each_link([&](NodeId i, NodeId j) {
      ++link;
      for (const auto& [from, to] : {std::pair(i, j), std::pair(j, i)}) {
        const std::size_t k = next[at(from)]++;
        neighbor_[k] = to;
        link_[k] = link;
        if (to < from) middle_[at(from)] = k + 1;  // links are sorted, so a node's neighbours are, too
      }
    });
  }

  Aggregates aggregates_;
  std::vector<Link> links_;  // sorted; the first collects the weights inside of aggregates
  std::vector<float> link_weights_;
  std::vector<NodeId> link_of_;              // of each link of the finer graph
  std::vector<std::size_t> first_, middle_;  // each node's first and first later neighbour in the three lists below
  std::vector<NodeId> neighbor_, link_;
  std::vector<float> weight_;
  std::vector<float> mass_, diagonal_, inverse_;
};

}  // namespace icolorit
