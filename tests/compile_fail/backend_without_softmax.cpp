// expect: ProvidesAttention
#include "icolorit/reference/backend.hpp"

struct Incomplete : icolorit::ReferenceBackend {
#ifdef WRONG
  static void softmax();  // hides the one it inherits
#endif
};

template <class B>
  requires icolorit::Backend<B, float>
void colourise() {}

int main() { colourise<Incomplete>(); }
