// The loader: one stream of batches, whatever makes it.
#include "icolorit/training/loader.hpp"

#include <atomic>
#include <chrono>
#include <stdexcept>

#include "support/catch.hpp"
#include "support/pictures.hpp"

using namespace icolorit;

namespace {

/// A user's own data set: pictures from formulas. Some are grey, some broken; loading takes unequal time.
struct Formulas {
  Index count = 23;
  Index fatal = -1;  // throws something that is no icolorit::Error
  mutable std::atomic<Index> loads{0};

  explicit Formulas(Index pictures = 23, Index fatal_picture = -1) : count(pictures), fatal(fatal_picture) {}
  Index size() const { return count; }
  std::string name(Index i) const { return concat(i % 2 == 0 ? "even/" : "odd/", i); }
  Image load(Index i) const {
    ++loads;
    std::this_thread::sleep_for(std::chrono::microseconds(i * 7919 % 5 * 100));
    if (i == fatal) throw std::logic_error("the user's own trouble");
    if (i % 11 == 3) throw FormatError("broken on purpose");
    if (i % 11 == 4) return test::grey_picture(20, 20, 3);
    return test::gradient_picture(20 + i, 30, static_cast<std::uint64_t>(i));
  }
};

LoaderConfig small(Index threads) {
  LoaderConfig config;
  config.batch = 4;
  config.threads = threads;
  config.seed = 11;
  config.augmentation.size = 16;
  config.augmentation.mirrored = .5;
  config.hints = {.most = 10};
  return config;
}

/// All that a batch holds.
struct Copy {
  std::vector<float> lab, mask;
  std::vector<Index> pictures;
  LoaderPosition position;
  friend bool operator==(const Copy&, const Copy&) = default;
};
Copy copy_of(const Batch<>& batch) {
  const auto values = [](const auto& view) { return std::vector<float>(view.data(), view.data() + view.elements()); };
  return {values(batch.colors), values(batch.mask), {batch.pictures.begin(), batch.pictures.end()}, batch.position};
}

template <Dataset D>
std::vector<Copy> stream(const D& dataset, const LoaderConfig& config, Index batches, LoaderPosition start = {}) {
  Loader<D> loader(dataset, config, start);
  std::vector<Copy> copies;
  for (Index i = 0; i < batches; ++i) copies.push_back(copy_of(loader.next()));
  return copies;
}

}  // namespace

TEST_CASE("The stream is the same, bit for bit, for any number of threads and batches ahead") {
  const Formulas dataset;
  const auto expected = stream(dataset, small(1), 12);  // more than two epochs of 5 steps
  for (const Index threads : {2, 5})
    for (const Index batches : {1, 2, 7}) {
      CAPTURE(threads, batches);
      LoaderConfig config = small(threads);
      config.batches = batches;
      REQUIRE(stream(dataset, config, 12) == expected);
    }
  LoaderConfig other = small(2);
  other.seed = 12;
  REQUIRE(stream(dataset, other, 1) != std::vector<Copy>(expected.begin(), expected.begin() + 1));
}

TEST_CASE("A batch has its shapes, its place, and no picture twice in an epoch but replacements") {
  const Formulas dataset(22);
  Loader<Formulas> loader(dataset, small(2));
  REQUIRE(loader.steps_per_epoch() == 5);
  for (Index epoch = 0; epoch < 2; ++epoch) {
    std::vector<Index> shown(22);
    for (Index step = 0; step < 5; ++step) {
      REQUIRE(loader.position() == LoaderPosition{epoch, step});
      const Batch<> batch = loader.next();
      REQUIRE(batch.position == LoaderPosition{epoch, step});
      REQUIRE(batch.colors.shape() == Shape{4, 3, 16, 16});
      REQUIRE(batch.mask.shape() == Shape{4, 64});
      for (Index i = 0; i < 4; ++i) {
        Index hints = 0;
        for (Index cell = 0; cell < 64; ++cell) hints += batch.mask(i, cell) == 0;
        REQUIRE(hints <= 10);
        const Index picture = batch.pictures[static_cast<std::size_t>(i)];
        REQUIRE((picture % 11 != 3 && picture % 11 != 4));
        ++shown[static_cast<std::size_t>(picture)];
      }
    }
    // 20 of 22 pictures, 4 of which may be replaced by any other
    REQUIRE(std::count(shown.begin(), shown.end(), 0) <= 4 + 2 + 4);
  }
  REQUIRE(loader.skipped().count() <= 4);
  REQUIRE(loader.skipped().count() >= 2);  // of two epochs of 20 of 22
}

TEST_CASE("A stream goes on from any place as if it had never stopped") {
  const Formulas dataset;
  const auto expected = stream(dataset, small(2), 12);
  for (const LoaderPosition start : {LoaderPosition{0, 3}, LoaderPosition{1, 0}, LoaderPosition{2, 1}}) {
    const auto first = static_cast<std::size_t>(start.epoch * 5 + start.step);
    const auto resumed = stream(dataset, small(3), 12 - static_cast<Index>(first), start);
    REQUIRE(std::equal(resumed.begin(), resumed.end(), expected.begin() + static_cast<Index>(first), expected.end()));
  }
  Loader<Formulas> loader(dataset, small(2));
  loader.next();
  loader.next();
  REQUIRE(loader.position() == LoaderPosition{0, 2});
  loader.seek({0, 1});
  REQUIRE(copy_of(loader.next()) == expected[1]);
  loader.seek({1, 4});
  REQUIRE(copy_of(loader.next()) == expected[9]);
  REQUIRE(loader.position() == LoaderPosition{2, 0});
}

TEST_CASE("Weights and longer epochs") {
  const Formulas dataset(20);
  LoaderConfig config = small(2);
  config.pictures_per_epoch = 400;
  config.weights = picture_weights(dataset, {{"even", 3}});
  Loader<Formulas> loader(dataset, config);
  REQUIRE(loader.steps_per_epoch() == 100);
  Index even = 0;
  for (Index step = 0; step < 100; ++step)
    for (const Index picture : loader.next().pictures) even += picture % 2 == 0;
  // 300 of 400 are even; a fifth of the even and of the odd ones (4 and 14, 3 and 15) is replaced by any other.
  REQUIRE(even >= 240);
  REQUIRE(even <= 240 + 60 + 20);
}

TEST_CASE("What the data set throws besides Error reaches the caller, at its batch, and stays") {
  const Formulas healthy;
  const auto expected = stream(healthy, small(1), 5);
  Index bad = 0;  // the batch that shows picture 7 first
  while (std::ranges::count(expected[static_cast<std::size_t>(bad)].pictures, 7) == 0) ++bad;
  for (const Index threads : {1, 4}) {
    const Formulas dataset(23, 7);
    Loader<Formulas> loader(dataset, small(threads));
    for (Index i = 0; i < bad; ++i) REQUIRE(copy_of(loader.next()) == expected[static_cast<std::size_t>(i)]);
    for (int again = 0; again < 3; ++again)
      REQUIRE_THROWS_WITH(loader.next(), ContainsSubstring("the user's own trouble"));
    REQUIRE(loader.position() == LoaderPosition{0, bad});
    loader.seek({0, 0});
    if (bad > 0) REQUIRE(copy_of(loader.next()) == expected[0]);
  }
}

TEST_CASE("A data set without one usable picture is an error") {
  struct Broken : Formulas {
    Image load(Index) const { throw FileError("gone"); }
  };
  const Broken dataset;
  Loader<Broken> loader(dataset, small(2));
  REQUIRE_THROWS_AS(loader.next(), FileError);
  REQUIRE_THROWS_WITH(loader.next(), ContainsSubstring("none of the 23 pictures") && ContainsSubstring("gone"));
  REQUIRE(loader.skipped().count() == 23);
}

TEST_CASE("The loader works ahead no further than its memory and stops when destroyed") {
  const Formulas dataset(1000);
  LoaderConfig config = small(3);
  {
    Loader<Formulas> loader(dataset, config);
    loader.next();
    Index before = -1;  // wait until the workers wait for room
    while (before != dataset.loads) {
      before = dataset.loads;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    // 3 batches of 4, and the pictures that 2 of 11 times had to be replaced, even if every one was
    REQUIRE(dataset.loads >= 12);
    REQUIRE(dataset.loads <= 3 * 12);
  }
  for (int i = 0; i < 20; ++i) Loader<Formulas>(dataset, config);  // destroyed at once

  Loader<Formulas> loader(dataset, config);
  const Index floats = 4 * (3 * 16 * 16 + 64);
  REQUIRE(loader.bytes() >= 3 * floats * 4);
  REQUIRE(loader.bytes() <= 3 * (floats * 4 + 4 * 8) + 1000 * 16);
}

TEST_CASE("Impossible settings of a loader are refused") {
  const Formulas dataset;
  const auto with = [&](auto change) {
    LoaderConfig config = small(1);
    change(config);
    Loader<Formulas> loader(dataset, config);
  };
  REQUIRE_THROWS_AS(with([](LoaderConfig& c) { c.threads = 0; }), ArgumentError);
  REQUIRE_THROWS_AS(with([](LoaderConfig& c) { c.batches = 0; }), ArgumentError);
  REQUIRE_THROWS_WITH(with([](LoaderConfig& c) { c.batch = 24; }), ContainsSubstring("an epoch of 23 pictures"));
  REQUIRE_THROWS_WITH(with([](LoaderConfig& c) { c.weights = {1, 2}; }), ContainsSubstring("2 weights for 23"));
  REQUIRE_THROWS_AS(with([](LoaderConfig& c) { c.weights.assign(23, 0.); }), ArgumentError);
  REQUIRE_THROWS_AS(with([](LoaderConfig& c) { c.augmentation.max_area = 2; }), ArgumentError);
  REQUIRE_THROWS_AS(with([](LoaderConfig& c) { c.hints.most = 65; }), ArgumentError);
  REQUIRE_THROWS_AS(Loader<Formulas>(dataset, small(1), {0, 5}), ArgumentError);
  REQUIRE_THROWS_AS(Loader<Formulas>(dataset, small(1), {Index{1} << 62, 0}), ArgumentError);
  REQUIRE_THROWS_WITH(Loader<Formulas>(dataset, small(1), {-1, 0}), ContainsSubstring("a step in [0,5)"));
}
