// Colorizers as a program holds them: of a type that it can write down, or of one for all engines.
#include "icolorit/models/any_colorizer.hpp"

#include <filesystem>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include "icolorit/models/network_colorizer.hpp"
#include "support/backends.hpp"
#include "support/catch.hpp"
#include "support/counting_allocator.hpp"
#include "support/pictures.hpp"
#include "support/process.hpp"

using namespace icolorit;
using namespace icolorit::test;

namespace {

std::shared_ptr<const Model<CpuBackend>> golden_model() {
  static const auto model =
      Model<CpuBackend>::load(std::filesystem::path(ICOLORIT_GOLDEN_DIR) / "network" / "cnn" / "checkpoint.pth");
  return model;
}

enum class Choice { network, optimization };

AnyColorizer colorizer_of(Choice choice) {
  if (choice == Choice::network) return Colorizer(golden_model());
  return Colorizer(OptimizationColors());
}

const std::vector<Hint> hints{{10, 12, parse_color("#b04020")}, {30, 20, parse_color("#3060c0")}};

static_assert(std::is_nothrow_move_constructible_v<AnyColorizer> && !std::is_copy_constructible_v<AnyColorizer>);

}  // namespace

TEST_CASE("the engine is chosen at run time and colours as its own Colorizer does", "[any_colorizer]") {
  const Image grey = gradient_picture(60, 40, 1, 1);
  Colorizer network(golden_model());
  Colorizer optimization(OptimizationColors{});
  const Image by_network = network.colorize(grey, hints), by_optimization = optimization.colorize(grey, hints);
  REQUIRE_FALSE(by_network == by_optimization);

  AnyColorizer colorizer = colorizer_of(Choice::network);
  CHECK(colorizer.colorize(grey, hints) == by_network);
  CHECK(colorizer.colorize(ImageView(grey), hints) == by_network);
  CHECK(colorizer.ab().extents() == network.ab().extents());
  CHECK(colorizer.ab()(1, 3, 5) == network.ab()(1, 3, 5));

  colorizer = colorizer_of(Choice::optimization);
  CHECK(colorizer.colorize(grey, hints) == by_optimization);
  CHECK(colorizer.ab().extents() == optimization.ab().extents());
}

TEST_CASE("picture, hints and result move with a colorizer of any engine", "[any_colorizer]") {
  const Choice choice = GENERATE(Choice::network, Choice::optimization);
  AnyColorizer first = colorizer_of(choice);
  first.set_image(gradient_picture(60, 40, 1, 1));
  const HintList::Id id = first.hints().add(hints[0]);
  const Image before = first.render();

  AnyColorizer second = std::move(first);
  CHECK(second.image() == gradient_picture(60, 40, 1, 1));
  CHECK(std::as_const(second).hints().at(id) == hints[0]);
  CHECK(second.render() == before);
  second.hints().recolor(id, parse_color("#2080a0"));
  CHECK_FALSE(second.render() == before);
  second.hints().undo();
  CHECK(second.render() == before);
}

TEST_CASE("a render through AnyColorizer allocates nothing with a network", "[any_colorizer]") {
  AnyColorizer colorizer = colorizer_of(Choice::network);
  colorizer.set_image(gradient_picture(60, 40, 1, 1));
  const HintList::Id id = colorizer.hints().add(hints[0]);
  colorizer.render();
  colorizer.hints().move(id, 20, 20);
  const Index before = allocations();
  colorizer.render();
  CHECK(allocations() == before);
}

TEST_CASE("AnyColorizer hands on progress, cancelling and errors", "[any_colorizer][errors]") {
  const Choice choice = GENERATE(Choice::network, Choice::optimization);
  AnyColorizer colorizer = colorizer_of(choice);
  CHECK_THROWS_AS(colorizer.render(), ArgumentError);
  CHECK_THROWS_AS(colorizer.image(), ArgumentError);
  CHECK_THROWS_AS(colorizer.set_image(Image()), ArgumentError);
  colorizer.set_image(gradient_picture(60, 40, 1, 1));
  CHECK_THROWS_AS(colorizer.hints().add({60, 0, parse_color("#fff")}), ArgumentError);
  double last = 0;
  colorizer.render([&](const Progress& progress) {
    last = progress.fraction;
    return true;
  });
  CHECK(last == 1);
  CHECK_THROWS_AS(colorizer.render([](const Progress&) { return false; }), Cancelled);
}

TEST_CASE("failures come as results where they are asked for", "[any_colorizer][result]") {
  AnyColorizer colorizer = colorizer_of(Choice::optimization);
  const Image grey = gradient_picture(60, 40, 1, 1);
  Image out = colored_like(grey), narrow(59, 40, 3, 8);
  CHECK(colorizer.try_render_into(out).code() == ErrorCode::argument);  // no picture yet
  CHECK(colorizer.try_set_image(ImageView()).code() == ErrorCode::argument);
  CHECK(colorizer.try_set_image(grey));
  CHECK(colorizer.try_render_into(narrow).code() == ErrorCode::shape);
  CHECK(colorizer.try_render_into(out, [](const Progress&) { return false; }).code() == ErrorCode::cancelled);
  CHECK(colorizer.try_colorize(grey, hints, out));
  const Result<Image> result = colorizer.try_colorize(grey, hints);
  REQUIRE(result);
  CHECK(*result == out);

  CHECK(Model<CpuBackend>::try_load("no such file").code() == ErrorCode::file);
  CHECK(Model<CpuBackend>::try_load(std::span<const std::byte>()).code() == ErrorCode::format);
}

TEST_CASE("a picture takes about the memory that was foretold", "[any_colorizer][memory]") {
  const Choice choice = GENERATE(Choice::network, Choice::optimization);
  AnyColorizer colorizer = colorizer_of(choice);
  const Image grey = gradient_picture(600, 400, 1, 1);
  Image out = colored_like(grey);
  const double before = heap_in_use();
  if (before == 0) return;
  colorizer.colorize(grey, hints, out);
  const double taken = heap_in_use() - before;
  const auto foretold = static_cast<double>(colorizer.memory_required(600, 400));
  CHECK(taken / foretold > .8);
  CHECK(taken / foretold < 1.2);
}

TEST_CASE("exactly as many threads compute as were asked for", "[any_colorizer][threads]") {
  const int threads = GENERATE(1, 3);
  const Index before = threads_now();
  {
    const auto model =
        Model<CpuBackend>::load(std::filesystem::path(ICOLORIT_GOLDEN_DIR) / "network" / "cnn" / "checkpoint.pth", {},
                                CpuBackend::Context(threads), [&](const Progress& progress) {
                                  if (progress.fraction > 0) CHECK(threads_now() == before + threads - 1);
                                  return true;
                                });
    CHECK(threads_now() == before);  // a loaded model keeps no thread
    NetworkEngine<CpuBackend> engine(model, CpuBackend::Context(threads));
    CHECK(threads_now() == before + threads - 1);
    Colorizer colorizer(std::move(engine));
    static_cast<void>(colorizer.colorize(gradient_picture(60, 40, 1, 1), hints, [&](const Progress&) {
      CHECK(threads_now() == before + threads - 1);
      return true;
    }));
  }
  CHECK(threads_now() == before);

  OptimizationColors engine(threads);
  std::mutex mutex;
  std::set<std::thread::id> seen;
  engine.for_each(50, [&](Index) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    const std::lock_guard lock(mutex);
    seen.insert(std::this_thread::get_id());
  });
  CHECK(static_cast<int>(seen.size()) == threads);
  CHECK(threads_now() == before);
}

TEST_CASE("a log is told what was loaded, set and lost", "[any_colorizer][log]") {
  std::vector<std::pair<LogLevel, std::string>> lines;
  const LogCallback log = [&](LogLevel level, std::string_view line) { lines.emplace_back(level, line); };
  const auto model =
      Model<CpuBackend>::load(std::filesystem::path(ICOLORIT_GOLDEN_DIR) / "network" / "cnn" / "checkpoint.pth",
                              {.log = log}, CpuBackend::Context(1));
  AnyColorizer colorizer =
      Colorizer(FusionEngine(NetworkEngine<CpuBackend>(model, CpuBackend::Context(1))), {.log = log});
  const std::vector<Hint> twice{hints[0], hints[0]};
  static_cast<void>(colorizer.colorize(gradient_picture(60, 40, 1, 1), twice));
  REQUIRE(lines.size() == 3);
  CHECK(lines[0].first == LogLevel::info);
  CHECK(lines[0].second.find("blocks") != std::string::npos);
  CHECK(lines[1].second == "a picture of 60 x 40 pixels, whose colours are computed at 60 x 40");
  CHECK(lines[2] ==
        std::pair(LogLevel::warning, std::string("1 of 2 hints do not count, because a later one took their place")));
}

TEST_CASE("a result is not written into the photograph that it is made from", "[any_colorizer][errors]") {
  AnyColorizer colorizer = colorizer_of(Choice::optimization);
  std::vector<std::uint8_t> memory(2 * 3 * 20 * 10, 100);  // two pictures side by side
  const MutableImageView photo(memory.data(), 20, 10, 3, 120), beside(memory.data() + 60, 20, 10, 3, 120);
  const MutableImageView across(memory.data() + 30, 20, 10, 3, 120);
  colorizer.set_image(photo);
  CHECK_THROWS_AS(colorizer.render_into(photo), ArgumentError);
  CHECK_THROWS_AS(colorizer.render_into(across), ArgumentError);
  CHECK_THROWS_AS(colorizer.colorize(photo, {}, photo), ArgumentError);
  CHECK_NOTHROW(colorizer.render_into(beside));
}

TEST_CASE("NetworkColorizer is the type of a colorizer that was made of a model", "[network_colorizer]") {
  Colorizer deduced(golden_model());
  STATIC_REQUIRE(std::is_same_v<decltype(deduced), NetworkColorizer<CpuBackend>>);

  struct Document {  // as a program's own class would hold it
    NetworkColorizer<CpuBackend> colorizer{golden_model()};
  };
  Document document;
  const Image grey = gradient_picture(60, 40, 1, 1);
  CHECK(document.colorizer.colorize(grey, hints) == deduced.colorize(grey, hints));
}
