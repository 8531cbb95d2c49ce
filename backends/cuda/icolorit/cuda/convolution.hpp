// Convolution of the CUDA backend.
#pragma once

#include "icolorit/core/backend/convolution.hpp"
#include "icolorit/cuda/kernel/convert.hpp"
#include "icolorit/cuda/kernel/row_team.hpp"

namespace icolorit::cuda {

/// rows (B*N, 9*D) = the 3x3 neighbourhood of each token of x (B*N,D).
template <class T>
struct GatherNeighboursRow {
  TensorView<T, 2> rows;
  TensorView<const T, 2> x;
  Grid grid;

  template <class Team>
  ICOLORIT_HOST_DEVICE void operator()(Index row, const Team& team) const {
    const Index D = x.extent(1), token = row % grid.tokens();
    const Grid::Position place = grid.position(token);
    for (Index tap = 0; tap < 9; ++tap) {
      const Index y = Grid::reflected(place.y + tap / 3 - 1, grid.rows),
                  c = Grid::reflected(place.x + tap % 3 - 1, grid.columns);
      const T* from = x.data() + (row - token + y * grid.columns + c) * x.stride(0);
      T* to = rows[row].data() + tap * D;
      for_lanes(team, D, [&](Index d) { to[d] = from[d]; });
    }
  }
};

/// dx (B*N,D) = for each token the sums over all places to which gathering copied it: those of its 3x3 neighbours whose
/// reflected neighbourhood meets it.
template <class T>
struct ScatterNeighboursRow {
  TensorView<T, 2> dx;
  TensorView<const T, 2> drows;
  Grid grid;

  template <class Team>
  ICOLORIT_HOST_DEVICE void operator()(Index row, const Team& team) const {
    using Sum = Accumulator<T>;
    const Index D = dx.extent(1), token = row % grid.tokens();
    const Grid::Position place = grid.position(token);
    T* to = dx[row].data();
    for_lanes(team, D, [&](Index d) {
      Sum sum = 0;
      for (Index y = place.y > 0 ? place.y - 1 : 0; y < grid.rows && y <= place.y + 1; ++y)
        for (Index x = place.x > 0 ? place.x - 1 : 0; x < grid.columns && x <= place.x + 1; ++x)
          for (Index tap = 0; tap < 9; ++tap)
            if (Grid::reflected(y + tap / 3 - 1, grid.rows) == place.y &&
                Grid::reflected(x + tap % 3 - 1, grid.columns) == place.x)
              sum += as<Sum>(drows.data()[(row - token + y * grid.columns + x) * drows.stride(0) + tap * D + d]);
      to[d] = as<T>(sum);
    });
  }
};

/// Contracts: core/backend/convolution.hpp; Context: operations.hpp.
template <class Context>
struct ConvolutionOperations {
  template <Element T>
  static void gather_neighbours(Context& context, TensorView<T, 2> rows, Input<T, 2> x, Grid grid) {
    context.for_each_row(rows.extent(0), GatherNeighboursRow<T>{rows, x, grid});
  }

  template <Element T>
  static void scatter_neighbours(Context& context, TensorView<T, 2> dx, Input<T, 2> drows, Grid grid) {
    context.for_each_row(dx.extent(0), ScatterNeighboursRow<T>{dx, drows, grid});
  }
};

}  // namespace icolorit::cuda
