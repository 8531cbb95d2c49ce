// Row kernels, written once for two machines: each is a function object that treats one row of its result with a team
// of lanes. On a GPU the team is a block of threads (block_team.cuh); on a processor it is one lane, which is how the
// tests run every kernel where there is no GPU.
//
// A team has rank() in [0, size()), and sum(x) and max(x), which every lane must call and which give every lane the
// sum and the maximum of all lanes' x.
#pragma once

#include "icolorit/core/config.hpp"

namespace icolorit::cuda {

/// f(i) for the i in [0, count) that are this lane's.
template <class Team, class F>
ICOLORIT_HOST_DEVICE void for_lanes(const Team& team, Index count, F&& f) {
  for (Index i = team.rank(); i < count; i += team.size()) f(i);
}

/// The sum of f(i) over [0, count), the same for every lane.
template <class Sum, class Team, class F>
ICOLORIT_HOST_DEVICE Sum team_sum(const Team& team, Index count, F&& f) {
  Sum own = 0;
  for (Index i = team.rank(); i < count; i += team.size()) own += f(i);
  return team.sum(own);
}

}  // namespace icolorit::cuda
