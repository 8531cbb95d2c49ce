// expect: Element
#include "icolorit/core/dtype.hpp"

#ifdef WRONG
using Values = int;
#else
using Values = float;
#endif

static_assert(icolorit::size_of(icolorit::dtype_of<Values>) == 4);
int main() {}
