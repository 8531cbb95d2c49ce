// Small pictures and folders of them, for tests of everything that reads pictures.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

#include "icolorit/core/random.hpp"
#include "icolorit/image/image.hpp"
#include "icolorit/io/image_file.hpp"

namespace icolorit::test {

/// A new folder that goes away with its contents.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "icolorit-test-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw FileError("TemporaryFolder: no temporary folder");
    path_ = name;
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  /// The path of a file in it, whose folder is made.
  std::filesystem::path operator/(const std::string& name) const {
    std::filesystem::create_directories((path_ / name).parent_path());
    return path_ / name;
  }

 private:
  std::filesystem::path path_;
};

/// Smooth and colourful, another for each seed, so that lossy formats keep it well.
inline Image gradient_picture(Index width, Index height, std::uint64_t seed = 1, int channels = 3, int bits = 8) {
  Image image(width, height, channels, bits);
  Random random(seed);
  const Index offset = random.below(60);
  visit_samples(image, [&]<class S>(TensorView<S, 3> samples) {
    const Index unit = image.max_value() / 255;
    for (Index y = 0; y < height; ++y)
      for (Index x = 0; x < width; ++x)
        for (Index c = 0; c < channels; ++c)
          samples(y, x, c) = static_cast<S>(unit * (c == 3   ? 128
                                                    : c == 0 ? offset + 190 * x / width
                                                    : c == 1 ? offset + 190 * y / height
                                                             : 190 - 190 * x / width + offset));
  });
  return image;
}

/// Grey everywhere, in as many channels as wanted.
inline Image grey_picture(Index width, Index height, int channels) {
  Image image(width, height, channels, 8);
  const auto samples = image.samples<std::uint8_t>();
  for (Index y = 0; y < height; ++y)
    for (Index x = 0; x < width; ++x)
      for (Index c = 0; c < channels; ++c) samples(y, x, c) = static_cast<std::uint8_t>(255 * x / width);
  return image;
}

}  // namespace icolorit::test
