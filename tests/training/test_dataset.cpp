// Folders of pictures: what is found, what is skipped and listed, and what ends in an error.
#include <algorithm>
#include <fstream>

#include "icolorit/core/buffer.hpp"
#include "icolorit/training/folder_dataset.hpp"
#include "icolorit/training/sample_maker.hpp"
#include "support/catch.hpp"
#include "support/pictures.hpp"

using namespace icolorit;
using test::gradient_picture;
using test::grey_picture;
using test::TemporaryFolder;

namespace {

std::vector<std::string> names_of(const FolderDataset& dataset) {
  std::vector<std::string> names;
  for (Index i = 0; i < dataset.size(); ++i) names.push_back(dataset.name(i));
  return names;
}

Augmentation small(Index size) {
  Augmentation augmentation;
  augmentation.size = size;
  return augmentation;
}

/// Makes one sample and returns the index of the picture used.
template <Dataset D>
Index sample(const D& dataset, Index index, std::uint64_t seed, SkipReport& skipped) {
  const SampleMaker<D> maker(dataset, small(8), {.most = 4});
  Buffer<float> mask(16);
  return maker(mask.view(), index, Random(seed), skipped).index;
}

/// `count` pictures of which only one can be used.
struct MostlyBroken {
  Index count, good;
  Index size() const { return count; }
  std::string name(Index i) const { return concat("picture ", i); }
  Image load(Index i) const {
    if (i != good) throw FormatError("broken on purpose");
    return gradient_picture(12, 12);
  }
};

}  // namespace

TEST_CASE("A folder is searched to the bottom, in the order of the paths") {
  const TemporaryFolder folder;
  const Image picture = gradient_picture(10, 10);
  for (const char* name : {"z.png", "a/b/deep.JPG", "a/y.jpeg", "a/x.webp", "b/t.tif", "b/u.TIFF"})
    write_image(picture, folder / name);
  write_file(folder / "a/notes.txt", std::string_view("no picture"));
  write_file(folder / "png", std::string_view("no extension"));
  std::filesystem::create_directory(folder / "folder.png");
  std::filesystem::create_symlink(folder.path() / "gone.png", folder / "broken_link.png");
  const FolderDataset dataset(folder.path());
  REQUIRE(names_of(dataset) ==
          std::vector<std::string>{"a/b/deep.JPG", "a/x.webp", "a/y.jpeg", "b/t.tif", "b/u.TIFF", "z.png"});
  for (Index i = 0; i < dataset.size(); ++i) REQUIRE(dataset.load(i).width() == 10);
}

TEST_CASE("A folder that is missing or has no pictures is an error that names it") {
  const TemporaryFolder folder;
  REQUIRE_THROWS_AS(FolderDataset(folder.path()), FileError);
  REQUIRE_THROWS_WITH(FolderDataset(folder.path()),
                      ContainsSubstring("no pictures in") && ContainsSubstring("icolorit-test"));
  REQUIRE_THROWS_AS(FolderDataset(folder.path() / "missing"), FileError);
  REQUIRE_THROWS_WITH(FolderDataset(folder.path() / "missing"), ContainsSubstring("cannot read the folder"));
  write_file(folder / "file.png", std::string_view("x"));
  REQUIRE_THROWS_AS(FolderDataset(folder.path() / "file.png"), FileError);
}

TEST_CASE("Weights go by the deepest folder listed") {
  const TemporaryFolder folder;
  for (const char* name : {"a/1.png", "a/b/2.png", "a/b/c/3.png", "ab/4.png", "5.png"})
    write_image(gradient_picture(4, 4), folder / name);
  const FolderDataset dataset(folder.path());  // 5.png a/1.png a/b/2.png a/b/c/3.png ab/4.png
  REQUIRE(picture_weights(dataset, {}) == std::vector<double>(5, 1.));
  REQUIRE(picture_weights(dataset, {{"a", .5}, {"a/b", 3}}) == std::vector<double>{1, .5, 3, 3, 1});
  REQUIRE_THROWS_AS(picture_weights(dataset, {{"c", 1}}), ArgumentError);
  REQUIRE_THROWS_WITH(picture_weights(dataset, {{"a", 1}, {"b", 2}}), ContainsSubstring("no picture lies in \"b\""));
  for (const double weight : {0., -1., std::nan("")})
    REQUIRE_THROWS_WITH(picture_weights(dataset, {{"a", weight}}), ContainsSubstring("positive number"));
}

TEST_CASE("Grey pictures are told from coloured ones, whatever their files say") {
  REQUIRE(is_grey(grey_picture(30, 20, 1)));
  REQUIRE(is_grey(grey_picture(30, 20, 3)));
  REQUIRE(is_grey(decode_image(encode_webp(grey_picture(64, 64, 3), {.quality = 50}))));
  REQUIRE(is_grey(decode_image(encode_jpeg(grey_picture(64, 64, 3), {.quality = 30, .subsample_chroma = true}))));
  REQUIRE_FALSE(is_grey(gradient_picture(30, 20)));
  REQUIRE_FALSE(is_grey(gradient_picture(30, 20, 1, 4, 16)));
  Image speck = grey_picture(100, 100, 3);
  for (Index x = 0; x < 9; ++x) speck.samples<std::uint8_t>()(50, x, 0) = 255;
  REQUIRE(is_grey(speck));  // 9 of 10,000 pixels
  speck.samples<std::uint8_t>()(51, 0, 0) = 255;
  REQUIRE_FALSE(is_grey(speck));
}

TEST_CASE("Unreadable and grey pictures are replaced, counted and listed once each") {
  const TemporaryFolder folder;
  write_image(gradient_picture(20, 16), folder / "0_good.png");
  write_image(grey_picture(20, 16, 3), folder / "1_grey.png");
  write_file(folder / "2_text.jpg", std::string_view("not a picture"));
  auto cut = encode_jpeg(gradient_picture(64, 64));
  cut.resize(cut.size() / 2);
  write_file(folder / "3_cut.jpg", cut);
  write_file(folder / "4_empty.webp", std::string_view(""));
  const FolderDataset dataset(folder.path());
  SkipReport skipped;
  for (std::uint64_t seed = 0; seed < 20; ++seed)
    for (Index i = 0; i < 5; ++i) REQUIRE(sample(dataset, i, seed, skipped) == 0);
  REQUIRE(skipped.count() == 4);
  const auto list = skipped.list();
  for (std::size_t i = 0; i < 4; ++i) {
    REQUIRE(list[i].index == static_cast<Index>(i) + 1);
    REQUIRE(list[i].name == dataset.name(list[i].index));
  }
  REQUIRE_THAT(list[0].reason, ContainsSubstring("grey"));
  REQUIRE_THAT(list[1].reason, ContainsSubstring("2_text.jpg") && ContainsSubstring("not a PNG"));
  REQUIRE_THAT(list[3].reason, ContainsSubstring("empty"));
}

TEST_CASE("One good picture is found among any number of bad ones, and none is an error") {
  for (const Index count : {1, 2, 3, 12, 101, 360}) {
    SkipReport skipped;
    for (const Index start : {Index{0}, count / 2, count - 1})
      REQUIRE(sample(MostlyBroken{count, count / 3}, start, 7, skipped) == count / 3);
    SkipReport all;
    REQUIRE_THROWS_AS(sample(MostlyBroken{count, -1}, 0, 7, all), FileError);
    REQUIRE(all.count() == count);  // each was tried
    REQUIRE_THROWS_WITH(
        sample(MostlyBroken{count, -1}, 0, 7, all),
        ContainsSubstring(concat("none of the ", count, " pictures")) && ContainsSubstring("broken on purpose"));
  }
}

TEST_CASE("The neighbours of bad pictures are not preferred as replacements") {
  struct HalfBroken : MostlyBroken {
    Image load(Index i) const {
      if (i < 50) throw FormatError("broken");
      return gradient_picture(8, 8);
    }
  };
  const HalfBroken dataset{{100, 0}};
  std::vector<Index> counts(100);
  SkipReport skipped;
  constexpr Index draws = 5000;
  for (Index i = 0; i < draws; ++i)
    ++counts[static_cast<std::size_t>(sample(dataset, i % 50, static_cast<std::uint64_t>(i), skipped))];
  // 100 each if uniform; no picture more than three times that
  REQUIRE(*std::ranges::max_element(counts) < 300);
  REQUIRE(std::count(counts.begin() + 50, counts.end(), 0) == 0);
}

TEST_CASE("A sample depends on its random stream and on nothing else") {
  const TemporaryFolder folder;
  write_image(gradient_picture(300, 200), folder / "a.jpg");
  write_image(gradient_picture(90, 200, 2, 4), folder / "b.png");  // alpha is dropped
  write_image(gradient_picture(90, 200, 3, 3, 16), folder / "c.png");
  const FolderDataset dataset(folder.path());
  Augmentation augmentation = small(16);
  augmentation.mirrored = .5;
  augmentation.jitter = {.hue = 30, .chroma = .5};
  const SampleMaker<FolderDataset> maker(dataset, augmentation, {.most = 20});
  SkipReport skipped;
  for (Index picture = 0; picture < 3; ++picture) {
    std::vector<std::vector<float>> seen;
    for (const std::uint64_t stream : {1u, 2u, 1u}) {
      Buffer<float> lab(3 * 16 * 16), mask(64);
      std::fill_n(lab.data(), lab.size(), 99.f);
      const TrainingSample sample = maker(mask.view(), picture, Random(5, stream), skipped);
      REQUIRE(sample.index == picture);
      REQUIRE((sample.crop.turn.across != 0 && sample.crop.turn.along > 0));
      crop_to_lab(lab.view(3, 16, 16), sample.picture, sample.crop);
      seen.emplace_back(lab.data(), lab.data() + lab.size());
      seen.back().insert(seen.back().end(), mask.data(), mask.data() + mask.size());
      REQUIRE(std::ranges::count(seen.back(), 99.f) == 0);
    }
    REQUIRE(seen[0] == seen[2]);
    REQUIRE(seen[0] != seen[1]);
  }
  REQUIRE(skipped.count() == 0);
}

TEST_CASE("Reduced decoding changes a sample by no more than the filters differ") {
  const TemporaryFolder folder;
  write_image(gradient_picture(1200, 900), folder / "large.jpg");
  const FolderDataset dataset(folder.path());
  SkipReport skipped;
  const auto make = [&](bool reduced) {
    Augmentation augmentation = small(32);
    augmentation.reduced_decoding = reduced;
    const SampleMaker<FolderDataset> maker(dataset, augmentation, {.most = 20});
    Buffer<float> lab(3 * 32 * 32), mask(256);
    const TrainingSample sample = maker(mask.view(), 0, Random(3), skipped);
    crop_to_lab(lab.view(3, 32, 32), sample.picture, sample.crop);
    return lab;
  };
  const auto full = make(false), reduced = make(true);
  float largest = 0;
  for (Index i = 0; i < full.size(); ++i) largest = std::max(largest, std::abs(full.data()[i] - reduced.data()[i]));
  REQUIRE(largest > 0);      // it happened
  REQUIRE(largest < .035f);  // half a pixel of 32 of a gradient of 190 levels: 3 levels, under 3.5 Lab units of 100
}

TEST_CASE("Settings that no sample can have are refused") {
  const MostlyBroken dataset{3, 0};
  REQUIRE_THROWS_AS(SampleMaker<MostlyBroken>(dataset, small(9), {}), ArgumentError);  // 2 does not divide 9
  REQUIRE_THROWS_AS(SampleMaker<MostlyBroken>(dataset, small(8), {}), ArgumentError);  // 128 hints, 16 cells
  const MostlyBroken empty{0, 0};
  REQUIRE_THROWS_WITH(SampleMaker<MostlyBroken>(empty, {}, {}), ContainsSubstring("empty"));
}
