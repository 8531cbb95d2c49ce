// expect: is_trivially_copyable
#include <string>

#include "icolorit/core/buffer.hpp"

#ifdef WRONG
using Values = std::string;
#else
using Values = float;
#endif

int main() { icolorit::Buffer<Values> buffer(3); }
