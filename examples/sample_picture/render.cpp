// Paints the sample picture: balloons over a lake at sunrise. Writes FOLDER/sample_color.png, the same picture without
// colour as sample_grey.png, and sample.hints.json, colours picked where a person would click: on every object, and
// every 64 pixels over the rest.
//
// With a number of frames it paints a film instead: the camera pans, near things pass in front of far ones, the
// balloons drift behind the tree and the boat sails. Then it writes FOLDER/color/NAME.png, FOLDER/grey/NAME.png and,
// for every 24th frame, FOLDER/keys/NAME.hints.json with colours every 64 pixels.
//   render FOLDER [FRAMES]
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "icolorit/core/run_on_threads.hpp"
#include "icolorit/io/file.hpp"
#include "icolorit/io/hint_file.hpp"
#include "icolorit/io/image_file.hpp"
#include "scene.hpp"

namespace {

using icolorit::Image;
using icolorit::Index;

// The clicks of somebody who colours the grey picture, as a hint file with one hint a line.
std::string hints(const Image& image) {
  std::vector<std::pair<Index, Index>> clicks = {
      {60, 60},   {560, 100}, {30, 186},               // sky
      {384, 100}, {404, 100}, {364, 100}, {346, 100},  // the big balloon: red, yellow, yellow, red
      {174, 72},  {570, 58},                           // the small ones: blue, violet
      {300, 222}, {110, 236}, {480, 262}, {430, 277},  // mountains, firs, far meadow
      {160, 254},                                      // roof
      {60, 240},  {60, 315},  {46, 390},               // the tree: leaves, leaves, trunk
      {276, 316}, {285, 338},                          // sail and hull
      {470, 312}, {200, 390},                          // lake
      {320, 430}};                                     // meadow
  for (Index y : {75, 120})
    for (Index x : {333, 346, 364, 384, 404, 422, 436}) clicks.emplace_back(x, y);  // the big balloon's panels again
  for (Index y = 32; y < image.height(); y += 64)
    for (Index x = 32; x < image.width(); x += 64) clicks.emplace_back(x, y);
  const auto samples = image.samples<std::uint8_t>();
  std::string text =
      icolorit::concat("{\"width\": ", image.width(), ", \"height\": ", image.height(), ", \"hints\": [");
  for (const char* separator = "\n"; const auto& [x, y] : clicks) {
    const icolorit::Rgb<std::uint8_t> color{samples(y, x, 0), samples(y, x, 1), samples(y, x, 2)};
    text +=
        icolorit::concat(separator, "  {\"x\": ", x, ", \"y\": ", y, ", \"color\": \"", icolorit::to_hex(color), "\"}");
    separator = ",\n";
  }
  return text + "\n]}\n";
}

// Colours of every 64th pixel.
std::vector<icolorit::Hint> regular_hints(const Image& image) {
  std::vector<icolorit::Hint> hints;
  const auto samples = image.samples<std::uint8_t>();
  for (Index y = 32; y < image.height(); y += 64)
    for (Index x = 32; x < image.width(); x += 64)
      hints.push_back(icolorit::make_hint(x, y, {samples(y, x, 0), samples(y, x, 1), samples(y, x, 2)}));
  return hints;
}

void paint_film(const std::filesystem::path& folder, Index frames) {
  constexpr Index between_keys = 24, threads = 2;
  for (const char* const part : {"color", "grey", "keys"}) std::filesystem::create_directories(folder / part);
  icolorit::run_on_threads(frames, threads, [&](Index frame, Index) {
    const auto t = static_cast<double>(frame);
    const sample_picture::Moment moment{.0025 * t, .004 * t, .002 * t};
    const Image color = sample_picture::render(moment, 2023 + static_cast<std::uint64_t>(frame));
    const std::string name = "frame_" + std::to_string(10000 + frame).substr(1);
    icolorit::write_image(color, folder / "color" / (name + ".png"));
    icolorit::write_image(sample_picture::without_color(color), folder / "grey" / (name + ".png"));
    if (frame % between_keys == 0)
      icolorit::write_hints(folder / "keys" / (name + ".hints.json"), regular_hints(color), color.width(),
                            color.height());
  });
}

}  // namespace

int main(int count, char** arguments) try {
  const Index frames = count == 3 ? std::atoll(arguments[2]) : 1;
  if (count < 2 || count > 3 || frames < 1) {
    std::cerr << "usage: render FOLDER [FRAMES]\n";
    return 2;
  }
  const std::filesystem::path folder = arguments[1];
  if (count == 3) {
    paint_film(folder, frames);
    return 0;
  }
  const Image color = sample_picture::render();
  icolorit::write_image(color, folder / "sample_color.png");
  icolorit::write_image(sample_picture::without_color(color), folder / "sample_grey.png");
  icolorit::write_file(folder / "sample.hints.json", hints(color));
} catch (const icolorit::Error& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
