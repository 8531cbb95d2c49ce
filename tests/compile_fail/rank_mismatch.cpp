// expect: sizeof ?\.\.\. ?\(Indices\)
#include "icolorit/core/tensor_view.hpp"

int main() {
  float values[6] = {};
  const icolorit::TensorView<float, 2> view(values, {2, 3});
#ifdef WRONG
  view(1, 2, 0) = 1;
#else
  view(1, 2) = 1;
#endif
}
