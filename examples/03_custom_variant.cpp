// A network that was never published: its own entry in a registry, without a change to the library.
//   03_custom_variant [OUT]
// Its weights are random numbers, so OUT shows that the network runs, and no sensible colours.
#include <iostream>
#include <memory>
#include <vector>

#include "icolorit/cpu/backend.hpp"
#include "icolorit/icolorit.hpp"
#include "icolorit/io/image_file.hpp"
#include "random_weights.hpp"

using namespace icolorit;

namespace {

void color_with_own_variant(const char* out) {
  // The registry gives names to architectures, as a program with a list to choose from needs them. Weights that are
  // loaded from a file tell their architecture themselves: Model<CpuBackend>::load(path) asks for no registry.
  ModelRegistry registry = ModelRegistry::published();
  registry.add("icolorit_512_8_heads",
               {.dim = 512, .heads = 8, .patch = 16, .depth = 6, .head = Stabilizer::local_attention});
  for (const auto& [name, config] : registry.variants())
    std::cout << name << ": " << count_parameters<IColoriT>(config) << " parameters\n";

  const IColoriTConfig& config = registry.find("icolorit_512_8_heads");
  const auto model =
      std::make_shared<const Model<CpuBackend>>(random_weights(config, 1), ModelOptions{.config = config});
  Colorizer colorizer(model);
  const std::vector<Hint> hints{{60, 60, parse_color("#6b9dd2")}};
  const Image result = colorizer.colorize(read_image(ICOLORIT_EXAMPLE_PICTURES "/sample_grey.png"), hints);
  std::cout << "the network saw " << model->width() << " x " << model->height() << " pixels, the result has "
            << result.width() << " x " << result.height() << '\n';
  if (out != nullptr) write_image(result, out);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    color_with_own_variant(argc > 1 ? argv[1] : nullptr);
    return 0;
  } catch (const Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
