// The CUDA backend's kernels run by the processor: a row by one lane, a block by one thread for each of its warps. What
// they compute is tested wherever the tests run, how a GPU runs them only where there is one.
#pragma once

#include <algorithm>
#include <barrier>
#include <cstddef>
#include <limits>
#include <thread>
#include <vector>

#include "icolorit/core/buffer.hpp"
#include "icolorit/cuda/operations.hpp"

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

/// One warp, of one lane, among those of a block.
class HostWarp {
 public:
  static constexpr Index lanes = 1;

  HostWarp(std::barrier<>& barrier, Index warp, Index warps) : barrier_(barrier), warp_(warp), warps_(warps) {}

  Index warp() const { return warp_; }
  Index warps() const { return warps_; }
  Index lane() const { return 0; }
  void sync() const { barrier_.arrive_and_wait(); }
  void sync_warp() const {}
  float sum(float value) const { return value; }
  float max(float value) const { return value; }

 private:
  std::barrier<>& barrier_;
  Index warp_, warps_;
};

class HostContext {
 public:
  using Memory = HostMemory;
  using TransferMemory = HostMemory;

  template <class Kernel>
  void for_each_row(Index rows, const Kernel& kernel) {
    for (Index row = 0; row < rows; ++row) kernel(row, OneLane());
  }
  template <class Kernel>
  void for_each(Index count, const Kernel& kernel) {
    for (Index i = 0; i < count; ++i) kernel(i);
  }

  /// Shared memory begins as NaN.
  template <class Kernel>
  void for_each_block(const Kernel& kernel) {
    Buffer<float> shared((kernel.shared_bytes() + Index{sizeof(float)} - 1) / Index{sizeof(float)});
    for (Index block = 0; block < kernel.blocks(); ++block) {
      std::fill_n(shared.data(), shared.size(), std::numeric_limits<float>::quiet_NaN());
      std::barrier barrier(kernel.warps());
      std::vector<std::jthread> warps;
      for (Index warp = 0; warp < kernel.warps(); ++warp)
        warps.emplace_back([&, block, warp] {
          kernel(block, HostWarp(barrier, warp, kernel.warps()), reinterpret_cast<std::byte*>(shared.data()));
        });
    }
  }

  /// Holds nothing that a kernel could take for its own work.
  template <class T>
  T* scratch(Index count) {
    scratch_ = Buffer<std::byte>(count * Index{sizeof(T)});
    T* values = reinterpret_cast<T*>(scratch_.data());
    std::fill_n(values, count, std::numeric_limits<T>::quiet_NaN());
    return values;
  }

  /// How often its work was wanted.
  struct Recording {
    Index runs = 0;
  };
  template <class F>
  void replay(Recording& recording, const F& f) {
    ++recording.runs;
    f();
  }

  void upload(void* to, const void* from, std::size_t bytes) {
    std::copy_n(static_cast<const std::byte*>(from), bytes, static_cast<std::byte*>(to));
  }
  void download(void* to, const void* from, std::size_t bytes) { upload(to, from, bytes); }
  void synchronize() {}
  HostContext beside() const { return {}; }

 private:
  Buffer<std::byte> scratch_;
};

/// Every operation of the CUDA backend but for cuBLAS, whose products its own kernel for strided operands takes over.
struct CudaOnHost : cuda::Operations<HostContext> {};

}  // namespace icolorit::test
