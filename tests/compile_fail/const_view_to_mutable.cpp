// expect: (conversion from .*|no viable conversion .*)TensorView<const float,.*TensorView<float,
#include "icolorit/core/tensor_view.hpp"

inline void overwrite(icolorit::TensorView<float, 1> y) { y(0) = 1; }
inline float read(icolorit::TensorView<const float, 1> x) { return x(0); }

int main() {
  float value = 0;
  const icolorit::TensorView<float, 1> view(&value, {1});
  overwrite(view);
#ifdef WRONG
  const icolorit::TensorView<const float, 1> constant = view;
  icolorit::TensorView<float, 1> back = constant;
  overwrite(back);
#endif
  return read(view) == 1 ? 0 : 1;
}
