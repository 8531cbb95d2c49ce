// Groups the nodes of a weighted graph into aggregates along its strong links: the unknowns of a coarser level of a
// multigrid method. Aggregates do not cross edges of the picture, which is what makes the method fast there.
//
// P. Vanek, J. Mandel, M. Brezina, "Algebraic multigrid by smoothed aggregation", Computing 56 (1996), sec. 5.1.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "icolorit/core/config.hpp"

namespace icolorit {

/// Numbers of nodes fit 32 bits, which halves what a cycle reads.
using NodeId = std::int32_t;

struct Aggregates {
  std::vector<NodeId> of_node;  // the aggregate of each node; -1 for a node without weight and mass
  NodeId count = 0;
};

/// Graph: nodes() is their number, diagonal(i) the mass plus all weights of node i, for_each_neighbor(i, f) calls
/// f(j, w_ij). A link is strong where w_ij >= strength sqrt(diagonal(i) diagonal(j)).
template <class Graph>
Aggregates aggregate(const Graph& graph, float strength) {
  constexpr NodeId none = -1, undecided = -2;
  const NodeId nodes = graph.nodes();
  Aggregates result{std::vector<NodeId>(static_cast<std::size_t>(nodes), undecided), 0};
  const auto group = [&](NodeId i) -> NodeId& { return result.of_node[static_cast<std::size_t>(i)]; };
  const auto for_each_strong = [&](NodeId i, auto&& f) {
    graph.for_each_neighbor(i, [&](NodeId j, float weight) {
      if (weight > 0 && weight * weight >= strength * strength * graph.diagonal(i) * graph.diagonal(j)) f(j, weight);
    });
  };

  // A node none of whose strong neighbours is taken becomes an aggregate with all of them.
  for (NodeId i = 0; i < nodes; ++i) {
    if (!(graph.diagonal(i) > 0)) group(i) = none;
    if (group(i) != undecided) continue;
    bool free = true, linked = false;
    for_each_strong(i, [&](NodeId j, float) {
      free = free && group(j) == undecided;
      linked = true;
    });
    if (!free || !linked) continue;
    group(i) = result.count;
    for_each_strong(i, [&](NodeId j, float) { group(j) = result.count; });
    ++result.count;
  }
  // The others join the aggregate of their strongest neighbour that was in one by then.
  std::vector<NodeId> joined = result.of_node;
  for (NodeId i = 0; i < nodes; ++i) {
    if (group(i) != undecided) continue;
    float strongest = 0;
    for_each_strong(i, [&](NodeId j, float weight) {
      if (group(j) < 0 || weight <= strongest) return;
      strongest = weight;
      joined[static_cast<std::size_t>(i)] = group(j);
    });
  }
  result.of_node = std::move(joined);
  // What is left stands alone, with its undecided strong neighbours.
  for (NodeId i = 0; i < nodes; ++i) {
    if (group(i) != undecided) continue;
    group(i) = result.count;
    for_each_strong(i, [&](NodeId j, float) {
      if (group(j) == undecided) group(j) = result.count;
    });
    ++result.count;
  }
  return result;
}

}  // namespace icolorit
