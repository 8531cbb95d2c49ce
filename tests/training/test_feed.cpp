// The feed: the loader's stream, rendered in a backend's memory.
#include "icolorit/training/feed.hpp"

#include <chrono>
#include <cmath>
#include <span>
#include <thread>
#include <vector>

#include "support/backends.hpp"
#include "support/catch.hpp"
#include "support/pictures.hpp"

using namespace icolorit;
using test::KernelBackend;

namespace {

constexpr Index side = 16;
constexpr Index deep = 11;  // the picture of 16 bits

/// Pictures of all kinds of sizes: small, ordinary, too large to be kept raw, long, deep, grey, broken.
struct Mixture {
  Index size() const { return 14; }
  std::string name(Index i) const { return concat("picture ", i); }
  Image load(Index i) const {
    const auto seed = static_cast<std::uint64_t>(i);
    if (i == 3) throw FormatError("broken on purpose");
    if (i == 5) return test::grey_picture(40, 40, 3);
    if (i == 7) return test::gradient_picture(300, 200, seed);
    if (i == 9) return test::gradient_picture(9, 150, seed);
    if (i == deep) return test::gradient_picture(50, 40, seed, 3, 16);
    return test::gradient_picture(8 + 5 * i, 60 - 3 * i, seed);
  }
};

LoaderConfig settings() {
  LoaderConfig config;
  config.batch = 4;
  config.seed = 11;
  config.augmentation.size = side;
  config.augmentation.min_ratio = .2;
  config.augmentation.mirrored = .5;
  config.augmentation.jitter = {.hue = 30, .chroma = .5};
  config.hints = {.most = 10};
  return config;
}

/// Network units of Lab that one of 255 levels of a colour's components is worth at most, where the jitter is at its
/// strongest; the last test holds it to that.
constexpr float max_per_level = .04f;

/// All numbers of a tensor in main memory, or in the backend's.
template <class T, int Rank>
std::vector<float> values(TensorView<const T, Rank> tensor) {
  return {tensor.data(), tensor.data() + tensor.elements()};
}
template <class T, int Rank>
std::vector<float> fetched(TensorView<const T, Rank> tensor) {
  KernelBackend::Context context;
  Buffer<T> here(tensor.elements());
  KernelBackend::download<T>(context, here.view(), tensor.flat());
  std::vector<float> floats;
  for (Index i = 0; i < here.size(); ++i) floats.push_back(static_cast<float>(here.data()[i]));
  return floats;
}

/// Batches (B,3,S,S), equal but for roundings to a neighbouring level, which are rare in pictures of 8 bits, and for
/// the unit roundoff of what was stored.
void expect_close(const std::vector<float>& rendered, const std::vector<float>& expected,
                  std::span<const Index> pictures, float roundoff) {
  REQUIRE(rendered.size() == expected.size());
  const std::size_t each = expected.size() / pictures.size();
  std::size_t other_level = 0;
  constexpr float conversion = 1e-5f;  // fast_color's 1e-3 units of 100 and more
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const float difference = std::abs(rendered[i] - expected[i]);
    REQUIRE(difference <= max_per_level);
    other_level += difference > conversion + roundoff && pictures[i / each] != deep;
  }
  REQUIRE(other_level <= expected.size() / 1000);
}

}  // namespace

TEMPLATE_TEST_CASE("A feed gives the loader's stream", "[training][feed]", float, double, bf16, f16) {
  const Mixture dataset;
  Loader<Mixture> loader(dataset, settings());
  const KernelBackend::Context context;
  Feed<KernelBackend, TestType, Mixture> feed(context, dataset, settings());
  REQUIRE(feed.steps_per_epoch() == 3);
  constexpr float roundoff = std::is_same_v<TestType, bf16>  ? 1.f / 256
                             : std::is_same_v<TestType, f16> ? 1.f / 2048
                                                             : 0;
  for (int step = 0; step < 40; ++step) {
    CAPTURE(step);
    REQUIRE(feed.position() == loader.position());
    const auto fed = feed.next();
    const auto batch = loader.next();
    REQUIRE(fed.position == batch.position);
    REQUIRE(fed.colors.shape() == Shape{4, 3, side, side});
    expect_close(fetched(fed.colors), values(batch.colors), batch.pictures, roundoff);
    REQUIRE(fed.mask.shape() == batch.mask.shape());
    REQUIRE(fetched(fed.mask) == values(batch.mask));
  }
  REQUIRE(feed.position() == loader.position());
  REQUIRE(feed.skipped().count() == 2);
}

TEST_CASE("A feed goes to any place of its stream", "[training][feed]") {
  const Mixture dataset;
  const KernelBackend::Context context;
  Feed<KernelBackend, float, Mixture> straight(context, dataset, settings());
  std::vector<std::vector<float>> expected;
  for (int step = 0; step < 9; ++step) expected.push_back(fetched(straight.next().colors));

  Feed<KernelBackend, float, Mixture> feed(context, dataset, settings());
  feed.next();
  feed.seek({2, 1});
  REQUIRE(feed.position() == LoaderPosition{2, 1});
  REQUIRE(feed.next().position == LoaderPosition{2, 1});
  REQUIRE(feed.position() == LoaderPosition{2, 2});
  feed.next();
  REQUIRE(feed.position() == LoaderPosition{3, 0});
  feed.seek({2, 1});
  REQUIRE(fetched(feed.next().colors) == expected[7]);
  REQUIRE(fetched(feed.next().colors) == expected[8]);
  REQUIRE_THROWS_AS(feed.seek({0, 3}), ArgumentError);
}

TEST_CASE("A batch stays as it is while the next one is made", "[training][feed]") {
  const Mixture dataset;
  const KernelBackend::Context context;
  Feed<KernelBackend, float, Mixture> feed(context, dataset, settings());
  for (int step = 0; step < 3; ++step) {
    const auto batch = feed.next();
    const auto colors = fetched(batch.colors), mask = fetched(batch.mask);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));  // a batch takes 1
    REQUIRE(fetched(batch.colors) == colors);
    REQUIRE(fetched(batch.mask) == mask);
  }
}

TEST_CASE("What a feed's thread throws is thrown by next, again and again", "[training][feed]") {
  struct Broken : Mixture {
    Image load(Index) const { throw FileError("gone"); }
  };
  const Broken dataset;
  const KernelBackend::Context context;
  Feed<KernelBackend, float, Broken> feed(context, dataset, settings());
  for (int i = 0; i < 3; ++i) REQUIRE_THROWS_WITH(feed.next(), ContainsSubstring("gone"));
  REQUIRE(feed.skipped().count() == 14);
}

TEST_CASE("Raw pictures take the memory they announce, however large the originals", "[training][feed]") {
  RawPictures<> raw(2, side);
  const Image large = test::gradient_picture(300, 200), fitting = test::gradient_picture(64, 16);
  raw.put(1, large, {{10, 20, 250, 150}, true});
  raw.put(0, fitting, {{0, 0, 64, 16}, true});
  const auto view = raw.view();
  CHECK(view.bytes.extent(0) == (side * side + 64 * 16) * 3);
  CHECK(view.pictures(1).width == side);
  CHECK_FALSE(view.pictures(1).mirrored);  // it was, when it was resized
  CHECK(view.pictures(0).width == 64);
  CHECK(view.pictures(0).mirrored);
  CHECK(view.bytes(view.pictures(0).first) == fitting.samples<std::uint8_t>()(0, 0, 0));
  for (const CropBox& box : {CropBox{0, 0, 65, 15}, {0, 0, 65, 1}, {0, 0, 64, 17}}) {
    raw.clear();
    raw.put(0, test::gradient_picture(65, 17), {box});
    CHECK(raw.view().bytes.extent(0) == side * side * 3);
  }
  CHECK(RawPictures<>::bytes(2, side) >= 2 * 4 * side * side * 3);
}

TEST_CASE("A level is worth no more than the tests allow for it", "[training][feed]") {
  constexpr int step = 5;  // of 255, which it divides
  const auto units = [](int r, int g, int b) {
    return normalise(rgb_to_lab(Rgb<double>{r / 255., g / 255., b / 255.}));
  };
  double most = 0;
  for (int r = 0; r <= 255; r += step)
    for (int g = 0; g <= 255; g += step)
      for (int b = 0; b <= 255; b += step) {
        const auto from = units(r, g, b);
        for (const auto& to : {units(std::min(r + 1, 255), g, b), units(r, std::min(g + 1, 255), b),
                               units(r, g, std::min(b + 1, 255))}) {
          const double chroma = std::hypot(to.a - from.a, to.b - from.b);
          most = std::max({most, std::abs(to.l - from.l), 1.5 * chroma});  // 1.5: the jitter's factor
        }
      }
  CHECK(most < max_per_level);
  CHECK(most > max_per_level / 4);
}
