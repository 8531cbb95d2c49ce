// Colour conversion and the finishing of a picture at its own size. Megapixels a second; finishing also as a share of
// the base network's forward pass on as many threads, measured before it.
#include <chrono>
#include <cmath>

#include "../examples/random_weights.hpp"
#include "icolorit/cpu/backend.hpp"
#include "icolorit/image/convert.hpp"
#include "icolorit/image/finish.hpp"
#include "icolorit/io/image_file.hpp"
#include "icolorit/models/predictor.hpp"
#include "support.hpp"

using namespace icolorit;

namespace {

Image noise(Index width, Index height, int bits) {
  Image picture(width, height, 3, bits);
  visit_samples(picture, []<class S>(TensorView<S, 3> samples) {
    Random random(1);
    for (Index i = 0; i < samples.elements(); ++i)
      samples.data()[i] = static_cast<S>(std::numeric_limits<S>::max() * random.uniform());
  });
  return picture;
}

/// `flop`: additions, multiplications and comparisons of one pixel, counted in the source.
void count_megapixels(benchmark::State& state, const Image& picture, double flop, int threads = 1) {
  count_flop(state, flop * static_cast<double>(picture.width() * picture.height()), threads);
  state.counters["Mpixel/s"] = benchmark::Counter(
      1e-6 * static_cast<double>(picture.width() * picture.height() * state.iterations()), benchmark::Counter::kIsRate);
}

void rgb_to_lab_rows(benchmark::State& state) {
  const Image picture = noise(1000, 1000, static_cast<int>(state.range(0)));
  Buffer<float> lab(3 * 1000 * 1000);
  for (auto iteration : state) image_to_lab(lab.view(Index{3}, Index{1000}, Index{1000}), picture);
  count_megapixels(state, picture, 119);
}

/// What most programs do: three powers and three cube roots a pixel, one pixel after the other.
void rgb_to_lab_scalar(benchmark::State& state) {
  const Image picture = noise(1000, 1000, 8);
  const auto samples = picture.samples<std::uint8_t>();
  Buffer<float> lab(3 * 1000 * 1000);
  const auto to = lab.view(Index{3}, Index{1000}, Index{1000});
  for (auto iteration : state)
    for (Index y = 0; y < 1000; ++y)
      for (Index x = 0; x < 1000; ++x) {
        const auto unit = [&](Index c) { return static_cast<float>(samples(y, x, c)) / 255; };
        const Lab<float> color = icolorit::rgb_to_lab(Rgb<float>{unit(0), unit(1), unit(2)});
        to(0, y, x) = color.l;
        to(1, y, x) = color.a;
        to(2, y, x) = color.b;
      }
  count_megapixels(state, picture, 119);
}

void lab_to_rgb_rows(benchmark::State& state) {
  Image picture = noise(1000, 1000, static_cast<int>(state.range(0)));
  Buffer<float> lab(3 * 1000 * 1000);
  image_to_lab(lab.view(Index{3}, Index{1000}, Index{1000}), picture);
  for (auto iteration : state) lab_to_image(picture, std::as_const(lab).view(Index{3}, Index{1000}, Index{1000}));
  count_megapixels(state, picture, 140);
}

/// Median seconds of the base network's forward pass.
double base_forward(int threads) {
  const IColoriTConfig config = ModelRegistry::published().find("icolorit_base_4ch_patch16_224");
  Predictor<CpuBackend> predictor(std::make_shared<const Model<CpuBackend>>(random_weights(config, 1), ModelOptions{},
                                                                            CpuBackend::Context(threads)),
                                  1, CpuBackend::Context(threads));
  const Buffer<float> lab = random_numbers(3 * 224 * 224), mask = random_numbers(112 * 112);
  Buffer<float> ab(2 * 224 * 224);
  std::vector<double> seconds;
  for (int i = 0; i < 9; ++i) {
    const auto start = std::chrono::steady_clock::now();
    predictor(ab.view(Index{1}, Index{2}, Index{224}, Index{224}), lab.view(Index{1}, Index{3}, Index{224}, Index{224}),
              mask.view(Index{1}, mask.size()));
    seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  std::ranges::nth_element(seconds, seconds.begin() + 4);
  return seconds[4];
}

/// ab of the network enlarged, edge-aware, and the picture written: 12 megapixels, the sample picture and its own ab at
/// the network's size. (Colours that sRGB cannot show cost more; a picture's own are few.)
void finish_12_megapixels(benchmark::State& state) {
  const int threads = static_cast<int>(state.range(1));
  const Image sample = converted(read_image(ICOLORIT_EXAMPLE_PICTURES "/sample_color.png"), 3, 8);
  const Image original = converted(resize_pillow_bilinear(sample, 4000, 3000), 3, static_cast<int>(state.range(0)));
  Image result = colored_like(original);
  Upsampler upsampler(Upsampling::guided, 224, 224, original.height(), original.width());
  upsampler.set_guide(original);
  Buffer<float> lab(3 * 224 * 224);
  image_to_lab(lab.view(Index{3}, Index{224}, Index{224}), resize_pillow_bilinear(sample, 224, 224));
  const auto ab = std::as_const(lab).view(Index{3}, Index{224}, Index{224}).narrowed(0, 1, 2);
  const double forward = base_forward(threads);
  CpuBackend::Context context(threads);
  for (auto iteration : state) {
    upsampler.set_ab(ab);
    finish(result, original, upsampler, [&](Index rows, auto&& paint) {
      CpuBackend::for_each(context, (rows + 15) / 16, [&](Index i) { paint(16 * i, std::min(rows, 16 * i + 16)); });
    });
  }
  count_megapixels(state, original, 205, threads);
  state.counters["base forwards"] = benchmark::Counter(forward * static_cast<double>(state.iterations()),
                                                       benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

}  // namespace

BENCHMARK(rgb_to_lab_rows)->ArgName("bits")->Arg(8)->Arg(16)->Unit(benchmark::kMillisecond);
BENCHMARK(rgb_to_lab_scalar)->Unit(benchmark::kMillisecond);
BENCHMARK(lab_to_rgb_rows)->ArgName("bits")->Arg(8)->Arg(16)->Unit(benchmark::kMillisecond);
BENCHMARK(finish_12_megapixels)
    ->ArgNames({"bits", "threads"})
    ->ArgsProduct({{8, 16}, {1, 2}})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
