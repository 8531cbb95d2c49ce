// What a user's program looks like; every consumer project builds and runs it: a small picture through the engine that
// needs no weights, and, where the CPU backend is linked, through a small network.
#include <iostream>
#include <vector>

#include "icolorit/fwd.hpp"  // before the headers that it announces: they must agree
#include "icolorit/icolorit.hpp"
#if __has_include("icolorit/cpu/backend.hpp")
#include "icolorit/cpu/backend.hpp"
#endif

using namespace icolorit;

namespace {

Image grey_ramp() {
  Image picture(40, 30, 1, 8);
  const auto samples = picture.samples<std::uint8_t>();
  for (Index y = 0; y < 30; ++y)
    for (Index x = 0; x < 40; ++x) samples(y, x, 0) = static_cast<std::uint8_t>(60 + 2 * x + y);
  return picture;
}

bool is_colored(const Image& result) {
  const auto samples = result.samples<std::uint8_t>();
  return result.width() == 40 && result.height() == 30 && result.channels() == 3 &&
         samples(15, 20, 0) != samples(15, 20, 2);
}

#if __has_include("icolorit/cpu/backend.hpp")
TensorFile small_weights(const IColoriTConfig& config) {
  TensorFile file;
  Random random(1);
  IColoriT::Params<float> params;
  IColoriT::visit(config, params, "", [&](const std::string& name, auto&, const auto& extents, Decay) {
    const Shape shape{std::span<const Index>(extents)};
    std::vector<float> values(static_cast<std::size_t>(shape.elements()));
    for (float& value : values) value = static_cast<float>(random.uniform() - 0.5);
    const auto bytes = std::as_bytes(std::span(values));
    file.memory.emplace_back(bytes.begin(), bytes.end());
    file.tensors.emplace(name, StoredTensor{DType::f32, shape, file.memory.back()});
  });
  return file;
}

bool network_colors(const std::vector<Hint>& hints) {
  const IColoriTConfig config{.dim = 16, .heads = 2, .patch = 8, .size = 16, .depth = 1};
  Colorizer colorizer(std::make_shared<const Model<CpuBackend>>(small_weights(config)));
  return is_colored(colorizer.colorize(grey_ramp(), hints));
}
#else
bool network_colors(const std::vector<Hint>&) { return true; }
#endif

}  // namespace

int main() {
  try {
    const std::vector<Hint> hints{make_hint(10, 10, parse_color("#c04020"))};
    Colorizer<OptimizationColors> colorizer{OptimizationColors()};
    const bool works = is_colored(colorizer.colorize(grey_ramp(), hints)) && network_colors(hints);
    std::cout << "icolorit " ICOLORIT_VERSION << (works ? " works\n" : " does not work\n");
    return works ? 0 : 1;
  } catch (const Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
