#include <cmath>
#include <vector>

#include "icolorit/image/metrics/psnr.hpp"
#include "support/catch.hpp"

using namespace icolorit;

TEST_CASE("psnr is -10 log10 of the mean squared error, at most 50 dB", "[metrics]") {
  std::vector<float> a(3 * 4 * 5, .5f), b = a;
  const TensorView<const float, 3> x(a.data(), {3, 4, 5}), y(b.data(), {3, 4, 5});
  REQUIRE(psnr(x, y) == Approx(50));
  for (float& value : b) value += .1f;
  REQUIRE(psnr(x, y) == Approx(20).margin(1e-5));  // .1f is .1 to 1.5e-8
  b = a;
  b[7] += .6f;  // 0.36 / 60
  REQUIRE(psnr(x, y) == Approx(-10 * std::log10(.006)).margin(1e-5));
  b[7] = a[7] + .01f;  // 1e-4 / 60 is below the clamp
  REQUIRE(psnr(x, y) == Approx(50));
}

TEST_CASE("psnr reads any strides and names pictures of different extents", "[metrics]") {
  std::vector<float> planar(3 * 2 * 2), interleaved(3 * 2 * 2);
  const TensorView<float, 3> p(planar.data(), {3, 2, 2}), q(interleaved.data(), {3, 2, 2}, {1, 6, 3});
  for (Index c = 0; c < 3; ++c)
    for (Index i = 0; i < 4; ++i) p(c, i / 2, i % 2) = q(c, i / 2, i % 2) = static_cast<float>(c + 3 * i) / 12;
  REQUIRE(mean_squared_error(p, q) == 0);
  REQUIRE_THROWS_AS(psnr(p, p.narrowed(2, 0, 1)), ShapeError);
  REQUIRE_THROWS_WITH(psnr(p, p.narrowed(2, 0, 1)), ContainsSubstring("b is (3,2,1), expected (3,2,2)"));
  REQUIRE_THROWS_AS(psnr(p.narrowed(1, 0, 0), p.narrowed(1, 0, 0)), ShapeError);
}
