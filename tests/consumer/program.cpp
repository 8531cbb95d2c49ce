// What a user's program looks like; every consumer project builds and runs it.
#include <iostream>

#include "icolorit/core/config.hpp"
#include "icolorit/core/error.hpp"
#include "icolorit/image/image.hpp"

int main() {
  const icolorit::Image image(4, 3, 3, 8);
  try {
    icolorit::Image(0, 0, 3, 8);
  } catch (const icolorit::ArgumentError& error) {
    std::cout << "icolorit " ICOLORIT_VERSION ": " << error.what() << '\n';
    return image.samples<std::uint8_t>().elements() == 36 ? 0 : 1;
  }
  return 1;
}
