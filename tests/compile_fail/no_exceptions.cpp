// expect: icolorit reports failures by exceptions
// with: -fno-exceptions
#include "icolorit/icolorit.hpp"

int main() {}
