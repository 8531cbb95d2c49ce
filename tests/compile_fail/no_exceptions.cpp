// expect: icolorit reports failures by exceptions
// with: -fno-exceptions
#include "icolorit/core/config.hpp"

int main() {}
