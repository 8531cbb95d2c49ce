// What an embedding program repeats asks for no memory: render_without_allocation WEIGHTS renders into memory of its
// own while a hint moves, through the compiled C++ library and through the C interface, with every engine that has a
// network.
#include <iostream>
#include <string>
#include <vector>

#include "icolorit.h"
#include "icolorit/compiled.hpp"
#include "support/counting_allocator.hpp"

using namespace icolorit;

namespace {

constexpr Index width = 90, height = 70;
std::vector<std::uint8_t> grey(static_cast<std::size_t>(width* height)), colored(4 * grey.size());

/// A colored hint, a neutral one that reaches further, and one that will move.
const std::vector<Hint> hints{
    make_hint(20, 20, {200, 64, 46}), {60, 50, parse_color("#808080"), 12}, make_hint(1, 1, {40, 60, 190})};

int failures = 0;

/// After a first rendering the hint moves three times, and none of the renderings allocates.
template <class Move, class Render>
void expect_no_allocation(const std::string& what, Move&& move, Render&& render) {
  Index counted = 0;
  for (Index x = 0; x < 4; ++x) {
    move(10 + 7 * x);
    const Index before = test::allocations();
    render();
    if (x > 0) counted += test::allocations() - before;
  }
  std::cout << what << ": " << counted << " allocations\n";
  failures += counted != 0;
}

void in_cpp(const char* weights, CompiledEngine engine, const std::string& name) {
  AnyColorizer colorizer = make_colorizer(load_model(weights), {.engine = engine, .threads = 2});
  colorizer.set_image(ImageView(grey.data(), width, height, 1));
  const HintList::Id moved = colorizer.hints().add(hints) + 2;
  const MutableImageView out(colored.data(), width, height, 4, 0, PixelOrder::bgr);
  expect_no_allocation(
      "C++, " + name, [&](Index x) { colorizer.hints().move(moved, x, 30); }, [&] { colorizer.render_into(out); });
}

void expect_ok(icolorit_status status) {
  if (status == ICOLORIT_OK) return;
  ++failures;
  std::cout << "failed: " << icolorit_last_error() << '\n';
}

void in_c(const char* weights, int engine, const std::string& name) {
  icolorit_model* model = nullptr;
  icolorit_colorizer* colorizer = nullptr;
  icolorit_colorizer_options options = ICOLORIT_COLORIZER_OPTIONS_INIT;
  options.engine = engine, options.threads = 2;
  expect_ok(icolorit_model_load(weights, nullptr, &model));
  expect_ok(icolorit_colorizer_new(model, &options, &colorizer));
  icolorit_picture in = ICOLORIT_PICTURE_INIT, out = ICOLORIT_PICTURE_INIT;
  in.pixels = grey.data(), in.width = width, in.height = height, in.channels = 1;
  out.pixels = colored.data(), out.width = width, out.height = height, out.channels = 4, out.blue_first = 1;
  expect_ok(icolorit_colorizer_set_image(colorizer, &in));
  ptrdiff_t moved = 0;
  for (const Hint& hint : hints) {
    const Rgb<std::uint8_t> color = hint_color(hint);
    const icolorit_hint given{hint.x, hint.y, color.r, color.g, color.b, 0, hint.radius};
    expect_ok(icolorit_colorizer_add_hint(colorizer, &given, &moved));
  }
  expect_no_allocation(
      "C, " + name, [&](Index x) { expect_ok(icolorit_colorizer_move_hint(colorizer, moved, x, 30)); },
      [&] { expect_ok(icolorit_colorizer_render(colorizer, &out, nullptr, nullptr)); });
  icolorit_colorizer_free(colorizer);
  icolorit_model_free(model);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  for (std::size_t i = 0; i < grey.size(); ++i) grey[i] = static_cast<std::uint8_t>(60 + i % 150);
  if (test::allocations() == 0) {
    std::cout << "SKIPPED: under a sanitizer nothing is counted\n";
    return 0;
  }
  in_cpp(argv[1], CompiledEngine::fusion, "fusion");
  in_cpp(argv[1], CompiledEngine::network, "network");
  in_c(argv[1], ICOLORIT_ENGINE_FUSION, "fusion");
  in_c(argv[1], ICOLORIT_ENGINE_NETWORK, "network");
  return failures == 0 ? 0 : 1;
}
