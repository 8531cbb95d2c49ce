// The CUDA backend's kernels run by the processor, a team of one lane to each row: what they compute is tested wherever
// the tests run, how a GPU runs them only where there is one.
#pragma once

#include <limits>

#include "icolorit/cuda/operations.hpp"
#include "icolorit/reference/backend.hpp"

namespace icolorit::test {

struct OneLane {
  Index rank() const { return 0; }
  Index size() const { return 1; }
  template <class Sum>
  Sum sum(Sum value) const {
    return value;
  }
  template <class Sum>
  Sum max(Sum value) const {
    return value;
  }
};

class OneLaneContext {
 public:
  template <class Kernel>
  void for_each_row(Index rows, const Kernel& kernel) {
    for (Index row = 0; row < rows; ++row) kernel(row, OneLane());
  }
  template <class Kernel>
  void for_each(Index count, const Kernel& kernel) {
    for (Index i = 0; i < count; ++i) kernel(i);
  }

  /// Holds nothing that a kernel could take for its own work.
  template <class T>
  T* scratch(Index count) {
    scratch_ = Buffer<std::byte>(count * Index{sizeof(T)});
    T* values = reinterpret_cast<T*>(scratch_.data());
    std::fill_n(values, count, std::numeric_limits<T>::quiet_NaN());
    return values;
  }

  ReferenceBackend::Context reference;

 private:
  Buffer<std::byte> scratch_;
};

struct CudaOnHost : cuda::Operations<OneLaneContext> {
  using Memory = HostMemory;
  using Context = OneLaneContext;

  template <Element T>
  static void upload(Context& context, TensorView<T, 1> to, Input<T, 1> from) {
    ReferenceBackend::upload<T>(context.reference, to, from);
  }
  template <Element T>
  static void download(Context& context, TensorView<T, 1> to, Input<T, 1> from) {
    ReferenceBackend::download<T>(context.reference, to, from);
  }
  template <Element T>
  static void matmul(Context& context, TensorView<T, 3> c, Input<T, 3> a, Input<T, 3> b, T alpha, bool accumulate) {
    ReferenceBackend::matmul<T>(context.reference, c, a, b, alpha, accumulate);
  }
};

}  // namespace icolorit::test
