// Solves a screened Poisson equation on the pixels of a picture: conjugate gradients with a multigrid cycle as
// preconditioner (Y. Saad, "Iterative Methods for Sparse Linear Systems", 2003, alg. 9.1).
#pragma once

#include <algorithm>
#include <cmath>
#include <utility>

#include "icolorit/core/tensor_view.hpp"
#include "icolorit/image/multigrid.hpp"

namespace icolorit {

/// The two channels x that minimise  sum over pairs of neighbours w_rs (x_r - x_s)^2 + sum of mass_r (x_r - t_r)^2,
/// with x given at fixed pixels. Memory is taken in the constructor and by plan() only. Results do not
/// depend on what was solved before.
///
///   ScreenedPoisson equation(h, w);
///   ... write weights and masses of equation.graph()
///   equation.plan();                 // once a picture
///   equation.begin(target);
///   equation.fix(y, x, a, b);
///   equation.solve(0.02f);
///   equation.copy_solution(ab);
///
/// begin, fix and solve change weights and masses: write them anew for every solution.
/// Thread-safety: one thread at a time.
class ScreenedPoisson {
 public:
  ScreenedPoisson(Index height, Index width)
      : multigrid_(height, width),
        solution_(graph().new_vector()),
        right_side_(graph().new_vector()),
        direction_(graph().new_vector()),
        product_(graph().new_vector()) {}

  /// Chooses how the solver works by the present weights and masses, before any pixel is fixed. To be called once a
  /// picture: later weights and masses may be others, and are solved the faster the nearer they are. Allocates.
  void plan() { multigrid_.plan(); }

  PixelGraph& graph() { return multigrid_.graph(); }
  const PixelGraph& graph() const { return multigrid_.graph(); }

  /// Begins with the masses' own colours: target (2,h,w), any strides. Throws ShapeError.
  void begin(TensorView<const float, 3> target) {
    const PixelGraph& g = graph();
    expect_shape("ScreenedPoisson.begin", "target", target, {PixelGraph::channels, g.height(), g.width()});
    for (Index channel = 0; channel < PixelGraph::channels; ++channel)
      for (Index y = 0; y < g.height(); ++y)
        for (Index x = 0; x < g.width(); ++x) {
          const Index at = channel * g.plane() + g.at(y, x);
          solution_.data()[at] = target(channel, y, x);
          right_side_.data()[at] = g.mass()[g.at(y, x)] * target(channel, y, x);
        }
  }

  /// Pixel (y,x) has these values; the first ones that it is given count. Its pairs become masses of its neighbours, it
  /// takes no further part. Masses must have been positive.
  void fix(Index y, Index x, float a, float b) {
    PixelGraph& g = graph();
    const Index here = g.at(y, x), plane = g.plane();
    if (g.mass()[here] == 0) return;  // fixed before
    for (const PixelGraph::Step step : PixelGraph::steps)
      for (const Index first : {here, here - g.offset(step)}) {
        const float weight = std::exchange(g.weights(step)[first], 0.f);
        const Index neighbor = first == here ? here + g.offset(step) : first;
        g.mass()[neighbor] += weight;  // 0 in the border
        right_side_.data()[neighbor] += weight * a;
        right_side_.data()[plane + neighbor] += weight * b;
      }
    g.mass()[here] = 0;
    solution_.data()[here] = a;
    solution_.data()[plane + here] = b;
    right_side_.data()[here] = right_side_.data()[plane + here] = 0;
  }

  /// Until the estimated error of every pixel is at most `tolerance`, in the unit of the target. Returns the number of
  /// iterations.
  int solve(float tolerance, int max_iterations = 1000) {
    multigrid_.update();
    store_residual();
    double previous = 0;
    for (int iteration = 0; iteration < max_iterations; ++iteration) {
      const float* const z = multigrid_.cycle();  // about the error, since the cycle is about the inverse
      const auto [product, largest] = residual_times(z);
      if (!(largest > tolerance)) return iteration;
      const float beta = iteration == 0 ? 0.f : static_cast<float>(product / previous);
      previous = product;
      for_each_row([&](Index first) {
        float* const p = direction_.data() + first;
        for (Index i = 0; i < graph().width(); ++i) p[i] = z[first + i] + beta * p[i];
      });
      advance(product);
    }
    return max_iterations;
  }

  /// ab (2,h,w) of any strides, overwritten. Throws ShapeError.
  void copy_solution(TensorView<float, 3> ab) const {
    const PixelGraph& g = graph();
    expect_shape("ScreenedPoisson.copy_solution", "ab", ab, {PixelGraph::channels, g.height(), g.width()});
    for (Index channel = 0; channel < PixelGraph::channels; ++channel)
      for (Index y = 0; y < g.height(); ++y)
        for (Index x = 0; x < g.width(); ++x) ab(channel, y, x) = solution_.data()[channel * g.plane() + g.at(y, x)];
  }

 private:
  /// f(first) for the rows of both channels, `first` counted in a vector.
  template <class F>
  void for_each_row(F&& f) const {
    for (Index channel = 0; channel < PixelGraph::channels; ++channel)
      graph().for_each_row([&](Index first) { f(channel * graph().plane() + first); });
  }

  /// As PixelGraph::multiply_row, for the row at `first` of a vector x, into the same row of a vector y.
  template <class F>
  void multiply_row(float* y, const float* x, Index first, F value) const {
    const Index shift = first < graph().plane() ? 0 : graph().plane();
    graph().multiply_row(y + first, x + shift, first - shift, value);
  }

  /// b - A x into the multigrid's right side; 0 at fixed pixels, whose row of A is empty.
  void store_residual() {
    for_each_row([&](Index first) {
      const float* const b = right_side_.data() + first;
      multiply_row(multigrid_.right_side(), solution_.data(), first,
                   [=](Index i, float product) { return b[i] - product; });
    });
  }

  /// r z, and the largest |z|.
  std::pair<double, float> residual_times(const float* z) {
    double product = 0;
    float largest = 0;
    for_each_row([&](Index first) {
      const float* const r = multigrid_.right_side() + first;
      float row_product = 0, row_largest = 0;
      for (Index i = 0; i < graph().width(); ++i) {
        row_product += r[i] * z[first + i];
        row_largest = std::max(row_largest, std::abs(z[first + i]));
      }
      product += static_cast<double>(row_product);
      largest = std::max(largest, row_largest);
    });
    return {product, largest};
  }

  /// Along the direction p to where the error is smallest: x += alpha p, r -= alpha A p.
  void advance(double residual_product) {
    double curvature = 0;  // p A p
    for_each_row([&](Index first) {
      const float* const p = direction_.data() + first;
      multiply_row(product_.data(), direction_.data(), first, [](Index, float product) { return product; });
      const float* const row = product_.data() + first;
      float sum = 0;
      for (Index i = 0; i < graph().width(); ++i) sum += p[i] * row[i];
      curvature += static_cast<double>(sum);
    });
    const auto alpha = static_cast<float>(residual_product / curvature);
    for_each_row([&](Index first) {
      float *const x = solution_.data() + first, *const r = multigrid_.right_side() + first;
      const float *const p = direction_.data() + first, *const q = product_.data() + first;
      for (Index i = 0; i < graph().width(); ++i) {
        x[i] += alpha * p[i];
        r[i] -= alpha * q[i];
      }
    });
  }

  Multigrid multigrid_;
  Buffer<float> solution_, right_side_, direction_, product_;  // vectors x, b, p, A p
};

}  // namespace icolorit
