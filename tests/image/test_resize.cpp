// Resizing: equal to Pillow bit for bit, to PyTorch within rounding, and to the filter's definition.
#include "icolorit/image/resize.hpp"

#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "icolorit/core/random.hpp"
#include "icolorit/io/file.hpp"
#include "support/catch.hpp"

using namespace icolorit;

namespace {

/// A file that make_resize.py wrote, case by case.
class GoldenFile {
 public:
  struct Case {
    int kind;
    Index channels, in_height, in_width, out_height, out_width;
  };

  explicit GoldenFile(const char* name) : bytes_(read_file(std::string(ICOLORIT_GOLDEN_DIR "/") + name)) {}
  bool at_end() const { return at_ == bytes_.size(); }
  Case next() {
    const auto h = values<std::int32_t>(6);
    return {h[0], h[1], h[2], h[3], h[4], h[5]};
  }
  template <class T>
  std::vector<T> values(Index count) {
    std::vector<T> result(static_cast<std::size_t>(count));
    REQUIRE(at_ + result.size() * sizeof(T) <= bytes_.size());
    std::memcpy(result.data(), bytes_.data() + at_, result.size() * sizeof(T));
    at_ += result.size() * sizeof(T);
    return result;
  }

 private:
  std::vector<std::byte> bytes_;
  std::size_t at_ = 0;
};

std::vector<double> random_values(Index count, std::uint64_t seed) {
  Random random(seed);
  std::vector<double> values(static_cast<std::size_t>(count));
  for (double& value : values) value = random.normal();
  return values;
}

/// The definition: every input position's weight for one output position, from a kernel and a border rule.
template <class Kernel>
std::vector<double> defined_weights(Index in, Index out, Index i, const Kernel& kernel) {
  std::vector<double> weights(static_cast<std::size_t>(in));
  const double scale = static_cast<double>(in) / static_cast<double>(out);
  const double shrink = std::max(1.0, scale);
  double sum = 0;
  for (Index j = -in - 4; j < 2 * in + 4; ++j) {
    if (in > out && (j < 0 || j >= in)) continue;
    const double w = kernel((static_cast<double>(j) + 0.5 - (static_cast<double>(i) + 0.5) * scale) / shrink);
    weights[static_cast<std::size_t>(std::clamp<Index>(j, 0, in - 1))] += w;
    sum += w;
  }
  for (double& w : weights) w /= sum;
  return weights;
}

/// Slow and obvious: the double sum over the whole plane.
template <class Kernel>
double defined_pixel(TensorView<const double, 2> in, Index height, Index width, Index y, Index x, const Kernel& k) {
  const auto rows = defined_weights(in.extent(0), height, y, k);
  const auto columns = defined_weights(in.extent(1), width, x, k);
  double sum = 0;
  for (Index i = 0; i < in.extent(0); ++i)
    for (Index j = 0; j < in.extent(1); ++j)
      sum += rows[static_cast<std::size_t>(i)] * columns[static_cast<std::size_t>(j)] * in(i, j);
  return sum;
}

template <class F>
std::string shape_message(F&& f) {
  try {
    f();
  } catch (const ShapeError& error) {
    return error.what();
  }
  return "nothing was thrown";
}

}  // namespace

TEST_CASE("resize equals Pillow on 8 bits", "[resize][golden]") {
  GoldenFile golden("resize_pillow.bin");
  int cases = 0;
  for (; !golden.at_end(); ++cases) {
    const auto c = golden.next();
    CAPTURE(c.channels, c.in_height, c.in_width, c.out_height, c.out_width);
    Image image(c.in_width, c.in_height, static_cast<int>(c.channels), 8);
    std::ranges::copy(golden.values<std::uint8_t>(image.samples<std::uint8_t>().elements()),
                      image.samples<std::uint8_t>().data());
    const Image resized = resize_pillow_bilinear(image, c.out_width, c.out_height);
    const auto samples = resized.samples<std::uint8_t>();
    REQUIRE(samples.shape() == Shape{c.out_height, c.out_width, c.channels});
    const auto wanted = golden.values<std::uint8_t>(samples.elements());
    REQUIRE(std::ranges::equal(std::span(samples.data(), wanted.size()), wanted));
  }
  REQUIRE(cases == 9);
}

TEST_CASE("planar resize equals PyTorch", "[resize][golden]") {
  GoldenFile golden("resize_torch.bin");
  int cases = 0;
  for (; !golden.at_end(); ++cases) {
    const auto c = golden.next();
    CAPTURE(c.kind, c.in_height, c.in_width, c.out_height, c.out_width);
    const auto source = golden.values<float>(c.channels * c.in_height * c.in_width);
    const auto wanted = golden.values<float>(c.channels * c.out_height * c.out_width);
    std::vector<float> result(wanted.size());
    const TensorView<const float, 3> in(source.data(), {c.channels, c.in_height, c.in_width});
    const TensorView<float, 3> out(result.data(), {c.channels, c.out_height, c.out_width});
    if (c.kind == 2)
      resize_bilinear(out, in);
    else
      resize_bicubic(out, in, c.kind == 0 ? -0.75 : -0.5);

    // each of two passes: taps products and sums and one rounded weight, each within 2^-24 of at most |w| |x|;
    // at most 4 * shrink + 1 taps, at most 4.5 standard deviations, sum of |w| at most 1.5 a pass
    const double shrink = std::max({1.0, static_cast<double>(c.in_height) / static_cast<double>(c.out_height),
                                    static_cast<double>(c.in_width) / static_cast<double>(c.out_width)});
    const double tolerance = 2 * (4 * shrink + 3) * 0x1p-24 * 4.5 * 1.5 * 1.5;
    for (std::size_t i = 0; i < wanted.size(); ++i)
      REQUIRE(std::abs(static_cast<double>(result[i]) - static_cast<double>(wanted[i])) <= tolerance);
  }
  REQUIRE(cases == 9);
}

TEST_CASE("planar resize equals its definition in double, on strided views too", "[resize]") {
  for (const auto& sizes : std::vector<std::array<Index, 4>>{
           {5, 7, 5, 7}, {5, 7, 11, 3}, {13, 4, 2, 9}, {1, 1, 3, 2}, {6, 1, 1, 6}, {23, 29, 7, 5}, {3, 3, 40, 41}}) {
    const Index in_h = sizes[0], in_w = sizes[1], out_h = sizes[2], out_w = sizes[3], channels = 2;
    CAPTURE(in_h, in_w, out_h, out_w);
    const auto source = random_values(in_h * in_w * channels, 7);
    std::vector<double> table(static_cast<std::size_t>(out_h * out_w * channels));
    std::vector<double> planes(table.size());
    // the same numbers as a table (H,W,C) seen as planes (C,H,W), and a result in each layout
    const TensorView<const double, 3> in(source.data(), {channels, in_h, in_w}, {1, in_w * channels, channels});
    const TensorView<double, 3> out_table(table.data(), {channels, out_h, out_w}, {1, out_w * channels, channels});
    const TensorView<double, 3> out_planes(planes.data(), {channels, out_h, out_w});
    const auto check = [&](auto kernel) {
      PlanarResizer<double> resize(in_h, in_w, out_h, out_w, kernel);
      resize(out_table, in);
      resize(out_planes, in);
      for (Index c = 0; c < channels; ++c)
        for (Index y = 0; y < out_h; ++y)
          for (Index x = 0; x < out_w; ++x) {
            const double wanted = defined_pixel(in[c], out_h, out_w, y, x, kernel);
            REQUIRE(std::abs(out_planes(c, y, x) - wanted) < 1e-13);  // about 50 sums of values below 5
            REQUIRE(out_table(c, y, x) == out_planes(c, y, x));
          }
    };
    check(TriangleKernel{});
    check(KeysKernel{});
    check(KeysKernel{-0.75});
  }
}

TEST_CASE("16-bit resize is the same filter, rounded once", "[resize]") {
  const Index in_h = 19, in_w = 23, out_h = 8, out_w = 31;
  Image image(in_w, in_h, 3, 16);
  Random random(5);
  const auto samples = image.samples<std::uint16_t>();
  std::vector<double> plane(static_cast<std::size_t>(in_h * in_w));
  for (Index i = 0; i < samples.elements(); ++i) samples.data()[i] = static_cast<std::uint16_t>(random.below(65536));
  for (Index i = 0; i < in_h * in_w; ++i) plane[static_cast<std::size_t>(i)] = samples.data()[3 * i + 1];

  const Image resized = resize_pillow_bilinear(image, out_w, out_h);
  const TensorView<const double, 2> green(plane.data(), {in_h, in_w});
  for (Index y = 0; y < out_h; ++y)
    for (Index x = 0; x < out_w; ++x) {
      const double wanted = defined_pixel(green, out_h, out_w, y, x, TriangleKernel{});
      // half a step, and float sums of about 2 * 6 terms below 2^16: 2 * (6 + 2) * 2^-24 * 2^16 < 0.07
      REQUIRE(std::abs(resized.samples<std::uint16_t>()(y, x, 1) - wanted) < 0.57);
    }
}

TEST_CASE("a constant picture stays constant and transparent colour does not bleed", "[resize]") {
  for (int bits : {8, 16}) {
    Image image(13, 9, 4, bits);
    const int one = image.max_value();
    visit_samples(image, [&]<class S>(TensorView<S, 3> pixels) {
      for (Index y = 0; y < 9; ++y)
        for (Index x = 0; x < 13; ++x) {
          const bool clear = x < 6;  // a transparent half of another colour
          pixels(y, x, 0) = static_cast<S>(clear ? 0 : one);
          pixels(y, x, 1) = static_cast<S>(clear ? one : 0);
          pixels(y, x, 3) = static_cast<S>(clear ? 0 : one);
        }
    });
    const Image resized = resize_pillow_bilinear(image, 40, 5);
    visit_samples(resized, [&]<class S>(TensorView<const S, 3> pixels) {
      for (Index x = 0; x < 40; ++x) {
        if (pixels(2, x, 3) == 0) continue;
        REQUIRE(pixels(2, x, 0) == one);
        REQUIRE(pixels(2, x, 1) == 0);
      }
    });
  }
  REQUIRE(resize_pillow_bilinear(Image(3, 2, 1, 8), 300, 1) == Image(300, 1, 1, 8));
}

TEST_CASE("resize refuses what does not fit", "[resize]") {
  REQUIRE_THROWS_AS(resize_pillow_bilinear(Image(), 4, 4), ArgumentError);
  REQUIRE_THROWS_AS(resize_pillow_bilinear(Image(4, 4, 1, 8), 0, 4), ArgumentError);
  std::vector<float> memory(64);
  const TensorView<float, 3> in(memory.data(), {2, 3, 4});
  const TensorView<float, 3> out(memory.data() + 24, {3, 2, 2});
  REQUIRE(shape_message([&] { resize_bilinear(out, in); }) ==
          "resize: out is (3,2,2), in is (2,3,4), expected as many planes");
  PlanarResizer<float> resize(3, 5, 2, 2, TriangleKernel{});
  REQUIRE(shape_message([&] { resize(out.narrowed(0, 0, 2), in); }) == "resize: in is (3,4,1), expected (3,5,1)");
  REQUIRE(shape_message([] { PlanarResizer<float>(0, 5, 2, 2, TriangleKernel{}); }) ==
          "resize: cannot go from 0 to 2 positions");
}
