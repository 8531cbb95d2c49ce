// What the lines `Thread-safety:` promise, done by several threads at once: use_from_threads WEIGHTS. Compiled with a
// sanitizer it finds races, or accesses outside of memory, in everything that an embedding program uses. Each thread's
// picture equals the one that a single thread makes.
#include <atomic>
#include <functional>
#include <iostream>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "../../examples/thread_pool.hpp"
#include "icolorit.h"
#include "icolorit/compiled.hpp"
#include "icolorit/cpu/backend.hpp"
#include "icolorit/icolorit.hpp"

using namespace icolorit;

namespace {

constexpr Index width = 48, height = 36;
int failures = 0;

void expect(bool holds, const std::string& what) {
  if (holds) return;
  ++failures;
  std::cerr << "wrong: " << what << '\n';
}

/// Calls f(0), ..., f(count - 1), each on a thread of its own.
void on_threads(int count, const std::function<void(int)>& f) {
  std::vector<std::jthread> threads;
  for (int i = 0; i < count; ++i) threads.emplace_back([&f, i] { f(i); });
}

Image ramp() {
  Image photo(width, height, 1, 8);
  const auto samples = photo.samples<std::uint8_t>();
  for (Index y = 0; y < height; ++y)
    for (Index x = 0; x < width; ++x) samples(y, x, 0) = static_cast<std::uint8_t>(60 + 2 * x + y);
  return photo;
}

const std::vector<Hint> hints{{10, 12, parse_color("#c04020")}, {30, 20, parse_color("#3060c0")}};

using SharedModel = std::shared_ptr<const Model<CpuBackend>>;

auto colorizer_on(SharedModel model, CpuBackend::Context context) {
  return Colorizer(FusionEngine(NetworkEngine<CpuBackend>(std::move(model), std::move(context))));
}

/// Colorizers of one model, one photograph and one list of hints, each with threads of its own, while a hint moves.
void share_a_model(const SharedModel& model, const Image& photo) {
  const Image expected = colorizer_on(model, CpuBackend::Context(1)).colorize(photo, hints);
  std::vector<Image> results(3);
  on_threads(3, [&](int i) {
    auto colorizer = colorizer_on(model, CpuBackend::Context(1 + i % 2));
    colorizer.set_image(ImageView(photo));
    colorizer.hints().add(hints);
    const HintList::Id moved = colorizer.hints().add({1, 1, parse_color("#20c040")});
    for (Index x = 1; x < 4; ++x) {
      colorizer.hints().move(moved, x, 2);
      colorizer.render();
    }
    colorizer.hints().remove(moved);
    results[static_cast<std::size_t>(i)] = colorizer.render();
  });
  for (const Image& result : results) expect(result == expected, "colorizers that share a model");
}

/// A pool of the program's own under two contexts at once, and a team that two threads share.
void lend_threads(const SharedModel& model, const Image& photo) {
  const Image expected = colorizer_on(model, CpuBackend::Context(1)).colorize(photo, hints);
  ThreadPool pool(2);
  const auto submit = [&pool](std::function<void()> job) { pool.submit(std::move(job)); };
  on_threads(2, [&](int) {
    auto colorizer = colorizer_on(model, CpuBackend::Context(cpu::PoolExecutor(3, submit)));
    expect(colorizer.colorize(photo, hints) == expected, "colorizers on one pool");
  });

  cpu::ThreadTeam team(2);
  std::vector<std::atomic<int>> calls(2);
  on_threads(2, [&](int i) {
    const auto count = [&](int) { ++calls[static_cast<std::size_t>(i)]; };
    for (int round = 0; round < 50; ++round) team.run(2, cpu::Task(count));
  });
  for (const auto& count : calls) expect(count >= 50 && count <= 100, "a team that threads share");
}

/// One thread renders, another one stops it.
void stop_a_rendering(const SharedModel& model, const Image& photo) {
  auto colorizer = colorizer_on(model, CpuBackend::Context(2));
  colorizer.set_image(ImageView(photo));
  std::stop_source stop;
  std::jthread other([&] { stop.request_stop(); });
  bool stopped = false;
  while (!stopped) try {
      colorizer.render([&](const Progress&) { return !stop.stop_requested(); });
    } catch (const Cancelled&) {
      stopped = true;
    }
}

void optimize(const Image& photo) {
  on_threads(2, [&](int) {
    AnyColorizer colorizer = Colorizer(OptimizationColors(2));
    expect(colorizer.colorize(photo, hints).width() == width, "the optimization");
  });
}

/// A model of the C interface shared by threads; each sees its own errors.
void use_c(const char* weights, const Image& photo) {
  icolorit_model* model = nullptr;
  expect(icolorit_model_load(weights, nullptr, &model) == ICOLORIT_OK, icolorit_last_error());
  on_threads(3, [&](int i) {
    icolorit_colorizer_options options = ICOLORIT_COLORIZER_OPTIONS_INIT;
    options.threads = 2;
    icolorit_colorizer* colorizer = nullptr;
    expect(icolorit_colorizer_new(model, &options, &colorizer) == ICOLORIT_OK, icolorit_last_error());
    std::vector<std::uint8_t> pixels(static_cast<std::size_t>(3 * width * height));
    icolorit_picture picture = ICOLORIT_PICTURE_INIT;
    picture.pixels = const_cast<std::byte*>(ImageView(photo).top_left());  // only read
    picture.width = width, picture.height = height, picture.channels = 1;
    expect(icolorit_colorizer_set_image(colorizer, &picture) == ICOLORIT_OK, icolorit_last_error());
    icolorit_hint outside{width + i, 0, 1, 2, 3, 0, 0};
    for (int round = 0; round < 3; ++round) {
      expect(icolorit_colorizer_add_hint(colorizer, &outside, nullptr) == ICOLORIT_ERROR_ARGUMENT, "an error");
      const std::string message = icolorit_last_error(), place = concat("(", width + i, ",0)");
      expect(message.find(place) != std::string::npos, "the error of this thread: " + message);
    }
    picture.pixels = pixels.data(), picture.channels = 3;
    expect(icolorit_colorizer_render(colorizer, &picture, nullptr, nullptr) == ICOLORIT_OK, icolorit_last_error());
    icolorit_colorizer_free(colorizer);
  });
  icolorit_model_free(model);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const Image photo = ramp();
  const SharedModel model = Model<CpuBackend>::load(argv[1]);
  share_a_model(model, photo);
  lend_threads(model, photo);
  stop_a_rendering(model, photo);
  optimize(photo);
  use_c(argv[1], photo);
  std::cout << (failures == 0 ? "the promises are kept\n" : "a promise is broken\n");
  return failures == 0 ? 0 : 1;
}
