// A picture in, hints, a picture out.
//   01_colorize WEIGHTS IN OUT
// The two hints below suit examples/pictures/sample_grey.png, with WEIGHTS examples/models/icolorit_tiny.safetensors.
#include <iostream>
#include <vector>

#include "icolorit/cpu/backend.hpp"
#include "icolorit/icolorit.hpp"
#include "icolorit/io/image_file.hpp"

using namespace icolorit;

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: " << argv[0] << " WEIGHTS IN OUT\n";
    return 2;
  }
  const char *const weights = argv[1], *const in = argv[2], *const out = argv[3];
  try {
    // [five lines]
    Colorizer colorizer(Model<CpuBackend>::load(weights));
    const Image photo = read_image(in);
    const std::vector<Hint> hints{{384, 100, parse_color("#c01d27")}, {60, 60, parse_color("#6b9dd2")}};
    const Image colored = colorizer.colorize(photo, hints);
    write_image(colored, out);
    // [five lines]
    return 0;
  } catch (const Error& error) {  // the base of everything that the library throws on purpose
    std::cerr << error.what() << '\n';
    return 1;
  }
}
