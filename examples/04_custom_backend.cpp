// A backend of one's own: the reference backend with its matrix product replaced by Eigen's. Layers and networks run on
// it unchanged, because a backend is a type with static operations (the contracts are in icolorit/core/backend.hpp).
//   04_custom_backend
// Runs one small network on both backends and compares their results. Writes no file.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <concepts>
#include <iostream>
#include <vector>

#include <Eigen/Core>

#include "icolorit/models/predictor.hpp"
#include "icolorit/reference/backend.hpp"
#include "random_weights.hpp"

using namespace icolorit;

namespace {

// [one operation]
struct EigenBackend : ReferenceBackend {
  /// Hides the plain loops of the reference. Any strides, as the contract demands.
  template <std::floating_point T>
  static void matmul(Context&, TensorView<T, 3> c, Input<T, 3> a, Input<T, 3> b, T alpha, bool accumulate) {
    for (Index g = 0; g < c.extent(0); ++g) {
      if (!accumulate) map(c[g]).setZero();
      map(c[g]).noalias() += alpha * map(a[g]) * map(b[g]);
    }
  }

 private:
  template <class T>
  static auto map(TensorView<T, 2> view) {
    using Matrix = Eigen::Matrix<std::remove_const_t<T>, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    using Stride = Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>;
    return Eigen::Map<std::conditional_t<std::is_const_v<T>, const Matrix, Matrix>, 0, Stride>(
        view.data(), view.extent(0), view.extent(1), Stride(view.stride(0), view.stride(1)));
  }
};
static_assert(Backend<EigenBackend, float>, "a missing operation is named here");
// [one operation]

/// ab (2,H,W) of a picture made of waves with a few hints.
template <class B>
std::vector<float> run(const IColoriTConfig& config, const char* name) {
  Predictor<B> predictor(std::make_shared<const Model<B>>(random_weights(config, 1), ModelOptions{.config = config}));
  const Index size = config.size, pixels = size * size;
  Buffer<float> lab(3 * pixels), mask(pixels / 4);
  for (Index i = 0; i < lab.size(); ++i) lab.data()[i] = .4f * std::sin(.01f * static_cast<float>(i));
  for (Index i = 0; i < mask.size(); ++i) mask.data()[i] = i % 50 == 0 ? 0.f : 1.f;
  std::vector<float> ab(static_cast<std::size_t>(2 * pixels));
  const auto start = std::chrono::steady_clock::now();
  predictor({ab.data(), {1, 2, size, size}}, lab.view(1, 3, size, size), mask.view(1, mask.size()));
  const std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - start;
  std::cout << name << ": " << time.count() << " ms\n";
  return ab;
}

}  // namespace

int main() {
  // A backend's context says on how many threads it runs, and the reference backend's is one. Eigen would take more.
  Eigen::setNbThreads(1);
  const IColoriTConfig config{.dim = 96, .heads = 3, .patch = 8, .size = 64, .depth = 3};
  const std::vector<float> expected = run<ReferenceBackend>(config, "reference backend");
  const std::vector<float> result = run<EigenBackend>(config, "with Eigen's product");
  float difference = 0;
  for (std::size_t i = 0; i < result.size(); ++i) difference = std::max(difference, std::abs(result[i] - expected[i]));
  std::cout << "largest difference: " << difference << '\n';
  return difference <= 4e-5f ? 0 : 1;  // each may be 2e-5 away from the exact result
}
