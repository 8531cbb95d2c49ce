// expect: read-only|const-qualified type|not assignable
#include "icolorit/core/tensor_view.hpp"

int main() {
  float values[4] = {1, 2, 3, 4};
  const icolorit::TensorView<float, 2> writable(values, {2, 2});
  const icolorit::TensorView<const float, 2> view = writable;
  writable(1, 1) = view(0, 0);
#ifdef WRONG
  view(0, 0) = 5;
#endif
}
