// The context of the CUDA backend: a stream, launches of kernels, captured work, transfers, cuBLAS.
#pragma once

#ifndef __CUDACC__
#error "icolorit: the CUDA backend is compiled by nvcc only: include it in a .cu file, and use icolorit::cuda in CMake."
#endif

#include <cstddef>
#include <memory>
#include <new>
#include <utility>

#include "icolorit/core/buffer.hpp"
#include "icolorit/cuda/kernel/block_team.cuh"
#include "icolorit/cuda/kernel/device_memory.hpp"
#include "icolorit/cuda/kernel/error.hpp"
#include "icolorit/cuda/kernel/products.hpp"

namespace icolorit::cuda {

/// A stream, cuBLAS, and memory for what lies between two kernels. Not shared between threads that run at the same
/// time; a process may have several.
class Context {
 public:
  using Memory = CudaMemory;
  using TransferMemory = CudaTransferMemory;
  using Products = cuda::Products;

  /// Throws CudaError where there is no such device.
  explicit Context(int device = 0) : device_(device) {
    int devices = 0;
    if (cudaGetDeviceCount(&devices) != cudaSuccess || device < 0 || device >= devices) {
      cudaGetLastError();
      throw CudaError(concat("there is no CUDA device ", device));
    }
    enter();
    cudaStream_t stream = nullptr;
    check(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "CudaBackend: stream");
    stream_.reset(stream);
    products_ = std::make_unique<Products>();
    workspace_ = Buffer<std::byte, CudaMemory>(workspace_bytes);
    scratch_ = Buffer<std::byte, CudaMemory>(scratch_bytes);
  }

  int device() const { return device_; }
  cudaStream_t stream() const { return stream_.get(); }

  /// Work of the calling thread goes to this context's device.
  void enter() { check(cudaSetDevice(device_), "CudaBackend: device"); }

  /// Until all work that was queued is done. Throws CudaError, also for what failed in it.
  void synchronize() { check(cudaStreamSynchronize(stream()), "CudaBackend"); }

  template <class Kernel>
  void for_each_row(Index rows, const Kernel& kernel) {
    if (rows == 0) return;
    run_rows<<<blocks(rows), block_threads, 0, stream()>>>(rows, kernel);
    check(cudaGetLastError(), "CudaBackend: kernel");
  }

  template <class Kernel>
  void for_each(Index count, const Kernel& kernel) {
    if (count == 0) return;
    run_each<<<blocks((count + block_threads - 1) / block_threads), block_threads, 0, stream()>>>(count, kernel);
    check(cudaGetLastError(), "CudaBackend: kernel");
  }

  /// kernel(block, team, shared memory) for every block, see kernel/attention_block.hpp.
  template <class Kernel>
  void for_each_block(const Kernel& kernel) {
    if (kernel.blocks() == 0) return;
    const auto bytes = static_cast<int>(kernel.shared_bytes());
    check(cudaFuncSetAttribute(run_blocks<Kernel>, cudaFuncAttributeMaxDynamicSharedMemorySize, bytes),
          "CudaBackend: shared memory");
    run_blocks<<<static_cast<unsigned>(kernel.blocks()), static_cast<unsigned>(kernel.warps() * Warps::lanes), bytes,
                 stream()>>>(kernel);
    check(cudaGetLastError(), "CudaBackend: kernel");
  }

  struct DestroyGraph {
    using pointer = cudaGraphExec_t;
    void operator()(cudaGraphExec_t graph) const { cudaGraphExecDestroy(graph); }
  };
  using Graph = std::unique_ptr<cudaGraphExec_t, DestroyGraph>;

  struct Recording {
    bool was_run = false;
    Graph graph;
  };

  /// The first call runs f as it is, because products choose their algorithms then, for which they take memory.
  template <class F>
  void replay(Recording& recording, const F& f) {
    if (!std::exchange(recording.was_run, true)) return f();
    if (!recording.graph) recording.graph = capture(f);
    check(cudaGraphLaunch(recording.graph.get(), stream()), "CudaBackend: replay");
  }

  /// Memory until the next call. Throws ShapeError.
  template <class T>
  T* scratch(Index count) {
    if (count * Index{sizeof(T)} > scratch_bytes)
      throw ShapeError(
          concat("CudaBackend: ", count, " numbers of scratch wanted, ", scratch_bytes / Index{sizeof(T)}, " there"));
    return reinterpret_cast<T*>(scratch_.data());
  }

  template <class T>
  void multiply(const Product<T>& product) {
    products_->run(stream(), workspace_.data(), workspace_bytes, product);
  }

  /// Between host and device; return when done.
  void upload(void* to, const void* from, std::size_t bytes) { copy(to, from, bytes, cudaMemcpyHostToDevice); }
  void download(void* to, const void* from, std::size_t bytes) { copy(to, from, bytes, cudaMemcpyDeviceToHost); }

  Context beside() const { return Context(device_); }

 private:
  /// What the manual of cuBLAS recommends for compute capability 9.0; older devices need less.
  static constexpr Index workspace_bytes = Index{32} << 20;
  /// Enough for the partial sums of matrices of 3072 columns, the widest of the published networks, and 349,525 rows.
  static constexpr Index scratch_bytes = Index{64} << 20;

  /// More blocks than any device runs at once, fewer than a grid may have (2^31 - 1): the kernels stride over the rest.
  static unsigned blocks(Index wanted) {
    constexpr Index max_blocks = 1 << 20;
    return static_cast<unsigned>(wanted < max_blocks ? wanted : max_blocks);
  }

  /// All that f() queues, not run. Nothing in f may wait or take memory.
  template <class F>
  Graph capture(const F& f) {
    check(cudaStreamBeginCapture(stream(), cudaStreamCaptureModeThreadLocal), "CudaBackend: recording");
    cudaGraph_t recorded = nullptr;
    try {
      f();
    } catch (...) {
      if (cudaStreamEndCapture(stream(), &recorded) == cudaSuccess) cudaGraphDestroy(recorded);
      cudaGetLastError();
      throw;
    }
    check(cudaStreamEndCapture(stream(), &recorded), "CudaBackend: recording");
    cudaGraphExec_t ready = nullptr;
    const cudaError_t status = cudaGraphInstantiate(&ready, recorded, 0);
    cudaGraphDestroy(recorded);
    check(status, "CudaBackend: recording");
    return Graph(ready);
  }

  void copy(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind) {
    enter();  // whoever transfers may be a new thread
    check(cudaMemcpyAsync(to, from, bytes, kind, stream()), "CudaBackend: copy");
    synchronize();
  }

  struct DestroyStream {
    using pointer = cudaStream_t;
    void operator()(cudaStream_t stream) const { cudaStreamDestroy(stream); }
  };

  int device_;
  std::unique_ptr<cudaStream_t, DestroyStream> stream_;
  std::unique_ptr<Products> products_;
  Buffer<std::byte, CudaMemory> workspace_, scratch_;
};

}  // namespace icolorit::cuda
