#include "icolorit/io/image_file.hpp"
#include "icolorit/io/weights.hpp"

static_assert(ICOLORIT_VERSION_NUMBER >= 100);

int main() {
  icolorit::write_image(icolorit::Image(2, 2, 3, 8), "by_pkg_config.png");  // links, codecs included
}
