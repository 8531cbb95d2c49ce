// expect: icolorit needs C.*20: compile with -std=c
// with: -std=c++17
#include "icolorit/icolorit.hpp"

int main() {}
