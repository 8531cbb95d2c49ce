// A network that was never published: its own entry in a registry, without a change to the library.
#include <iostream>
#include <vector>

#include "icolorit/cpu/backend.hpp"
#include "icolorit/icolorit.hpp"
#include "icolorit/io/image_file.hpp"
#include "random_weights.hpp"

using namespace icolorit;

namespace {

int run() {
  ModelRegistry registry = ModelRegistry::published();
  registry.add("icolorit_512_8_heads",
               {.dim = 512, .heads = 8, .patch = 16, .depth = 6, .head = Stabilizer::local_attention});
  for (const auto& [name, config] : registry.variants())
    std::cout << name << ": " << count_parameters<IColoriT>(config) << " parameters\n";

  // Its weights come from a file in a real program: Model<CpuBackend>::load(path, {.config = config}).
  const IColoriTConfig& config = registry.find("icolorit_512_8_heads");
  const auto model =
      std::make_shared<const Model<CpuBackend>>(random_weights(config, 1), ModelOptions{.config = config});
  Colorizer colorizer(model);
  const std::vector<Hint> hints{make_hint(60, 60, parse_color("#6b9dd2"))};
  const Image result = colorizer.colorize(read_image(ICOLORIT_EXAMPLE_PICTURES "/sample_grey.png"), hints);
  write_image(result, "03_custom_variant.png");
  std::cout << "ran " << model->width() << " x " << model->height() << " pixels, wrote 03_custom_variant.png\n";
  return result.width() == 640 && result.channels() == 3 ? 0 : 1;
}

}  // namespace

int main() {
  try {
    return run();
  } catch (const Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
