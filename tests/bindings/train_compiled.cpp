// Training through the compiled library: train_compiled FOLDER, which is emptied. One call is stopped, the next one
// goes on with it, and the network that it leaves colors.
#include <filesystem>
#include <iostream>

#include "icolorit/compiled.hpp"
#include "icolorit/compiled_training.hpp"

using namespace icolorit;

namespace {

Image stripes(Index i) {
  Image photo(40, 40, 3, 8);
  const auto samples = photo.samples<std::uint8_t>();
  for (Index y = 0; y < 40; ++y)
    for (Index x = 0; x < 40; ++x)
      for (Index c = 0; c < 3; ++c)
        samples(y, x, c) = static_cast<std::uint8_t>((x + 5 * i) / 8 % 2 != 0 ? 60 * c + 40 : 90);
  return photo;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const std::filesystem::path folder = argv[1];
  std::filesystem::remove_all(folder);
  const PictureSource pictures{4, [](Index i) { return opened(stripes(i)); },
                               [](Index i) { return concat("no. ", i); }};
  CompiledTrainingOptions options;
  options.folder = folder;
  options.network = "dim=16,heads=2,depth=1,patch=8,size=32";
  options.epochs = 2, options.batch = 2, options.max_hints = 4, options.threads = 1;
  Index steps = 0;
  options.on_step = [&steps](const TrainingStep&) { return ++steps != 3; };
  const bool stopped = !train(pictures, options) && steps == 3;
  const bool finished = train(pictures, options) && steps == 4;
  AnyColorizer colorizer = make_colorizer(load_model(folder / "weights.safetensors"), {.threads = 1});
  const bool colors = colorizer.colorize(stripes(0), {}).width() == 40;
  std::cout << (stopped ? "stopped" : "not stopped") << (finished ? ", finished" : ", not finished") << '\n';
  return stopped && finished && colors ? 0 : 1;
}
