// expect: a colour for a hint is Rgb<std::uint8_t>\{200, 64, 46\}
#include "icolorit/image/hints.hpp"

int main() {
#ifdef WRONG
  const icolorit::Hint hint{1, 2, icolorit::Rgb<std::uint16_t>{200, 64, 46}};
#else
  const icolorit::Hint hint{1, 2, icolorit::Rgb{200, 64, 46}};
#endif
  return hint.x == 1 ? 0 : 1;
}
