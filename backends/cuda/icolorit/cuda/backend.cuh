// The CUDA backend, for float, double, bf16 and f16 with sums in float (double for double): products by cuBLASLt, the
// rest by own kernels. Results do not change from run to run. To be compiled by nvcc with --expt-relaxed-constexpr.
#pragma once

#include <memory>
#include <new>
#include <utility>

#include "icolorit/core/backend.hpp"
#include "icolorit/core/buffer.hpp"
#include "icolorit/cuda/kernel/block_team.cuh"
#include "icolorit/cuda/kernel/error.hpp"
#include "icolorit/cuda/operations.hpp"
#include "icolorit/cuda/products.hpp"

namespace icolorit {

/// Memory of the current device.
struct CudaMemory {
  /// Throws std::bad_alloc, CudaError.
  static void* allocate(std::size_t bytes) {
    void* memory = nullptr;
    cuda::check(cudaMalloc(&memory, bytes == 0 ? 1 : bytes), "CudaMemory");
    return memory;
  }
  static void deallocate(void* memory) noexcept { cudaFree(memory); }
};

/// Main memory that a device reads by itself.
struct CudaTransferMemory {
  /// Throws std::bad_alloc, CudaError.
  static void* allocate(std::size_t bytes) {
    void* memory = nullptr;
    cuda::check(cudaMallocHost(&memory, bytes == 0 ? 1 : bytes), "CudaTransferMemory");
    return memory;
  }
  static void deallocate(void* memory) noexcept { cudaFreeHost(memory); }
};

namespace cuda {

/// A stream, cuBLAS, and memory for what lies between two kernels. Not shared between threads that run at the same
/// time; a process may have several.
class Context {
 public:
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

  /// kernel(block, team, shared memory) for every block, see attention_kernels.hpp.
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

  /// All that f() queues, not run. Nothing in f may wait or take memory.
  template <class F>
  Graph record(const F& f) {
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
  void run(const Graph& graph) { check(cudaGraphLaunch(graph.get(), stream()), "CudaBackend: replay"); }

  /// Memory until the next call. Throws ShapeError.
  template <class T>
  T* scratch(Index count) {
    if (count * Index{sizeof(T)} > scratch_bytes)
      throw ShapeError(
          concat("CudaBackend: ", count, " numbers of scratch wanted, ", scratch_bytes / Index{sizeof(T)}, " there"));
    return reinterpret_cast<T*>(scratch_.data());
  }

  /// See Products::run.
  template <class T>
  void multiply(const TensorView<T, 3>& c, const TensorView<const T, 3>& source, const T* a, const Operand& a_form,
                const T* b, const Operand& b_form, Accumulator<T> alpha, Accumulator<T> beta, const T* bias) {
    products_->run(stream(), workspace_.data(), workspace_bytes, c, source, a, a_form, b, b_form, alpha, beta, bias);
  }

 private:
  static constexpr Index workspace_bytes = Index{32} << 20, scratch_bytes = Index{64} << 20;

  static unsigned blocks(Index wanted) {
    constexpr Index most = 1 << 20;  // the kernels go on from there by themselves
    return static_cast<unsigned>(wanted < most ? wanted : most);
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

/// One row of c (G*M,N) where neither axis of an operand is contiguous.
template <class T>
struct StridedProductRow {
  TensorView<T, 3> c;
  TensorView<const T, 3> a, b;
  Accumulator<T> alpha;
  bool accumulate;

  template <class Team>
  ICOLORIT_HOST_DEVICE void operator()(Index row, const Team& team) const {
    using Sum = Accumulator<T>;
    const Index M = c.extent(1), g = row / M, m = row % M;
    T* to = c[g][m].data();
    const T *left = a[g][m].data(), *right = b[g].data();
    for_lanes(team, c.extent(2), [&](Index n) {
      Sum sum = 0;
      for (Index k = 0; k < a.extent(2); ++k)
        sum += Sum(left[k * a.stride(2)]) * Sum(right[k * b.stride(1) + n * b.stride(2)]);
      to[n] = T(alpha * sum + (accumulate ? Sum(to[n]) : Sum(0)));
    });
  }
};

}  // namespace cuda

/// Contracts: core/backend.hpp.
struct CudaBackend : cuda::Operations<cuda::Context> {
  using Memory = CudaMemory;
  using TransferMemory = CudaTransferMemory;
  using Context = cuda::Context;

  static Context beside(const Context& context) { return Context(context.device()); }

  /// A weight (O,I) in the device's memory.
  template <class T>
  struct PackedWeight {
    Index rows, columns;
    Buffer<T, CudaMemory> values;
  };

  struct Recording {
    bool was_run = false;
    Context::Graph graph;
  };

  /// The first call runs f as it is, because products choose their algorithms then, for which they take memory.
  template <class F>
  static void replay(Context& context, Recording& recording, const F& f) {
    if (!std::exchange(recording.was_run, true)) return f();
    if (!recording.graph) recording.graph = context.record(f);
    context.run(recording.graph);
  }

  template <class T>
  static void upload(Context& context, TensorView<T, 1> to, Input<T, 1> from) {
    copy(context, to.data(), from.data(), to.extent(0), cudaMemcpyHostToDevice);
  }

  template <class T>
  static void download(Context& context, TensorView<T, 1> to, Input<T, 1> from) {
    copy(context, to.data(), from.data(), to.extent(0), cudaMemcpyDeviceToHost);
  }

  template <Element T>
  static void matmul(Context& context, TensorView<T, 3> c, Input<T, 3> a, Input<T, 3> b, T alpha, bool accumulate) {
    using Sum = Accumulator<T>;
    const auto a_form = cuda::Operand::of(a), b_form = cuda::Operand::of(b);
    if (c.elements() == 0) return;
    if (a_form && b_form && a.extent(2) > 0)
      context.multiply<T>(c, TensorView<const T, 3>(c), a.data(), *a_form, b.data(), *b_form, Sum(alpha),
                          accumulate ? Sum(1) : Sum(0), nullptr);
    else
      context.for_each_row(c.extent(0) * c.extent(1), cuda::StridedProductRow<T>{c, a, b, Sum(alpha), accumulate});
  }

  /// `weight` (O,I) lies in main memory.
  template <Element T>
  static PackedWeight<T> pack(Context& context, TensorView<const T, 2> weight) {
    PackedWeight<T> packed{weight.extent(0), weight.extent(1), Buffer<T, CudaMemory>(weight.elements())};
    Buffer<T> contiguous(weight.elements());
    for (Index o = 0; o < weight.extent(0); ++o)
      for (Index i = 0; i < weight.extent(1); ++i) contiguous.data()[o * weight.extent(1) + i] = weight(o, i);
    upload<T>(context, packed.values.view(), std::as_const(contiguous).view());
    return packed;
  }

  template <Element T>
  static void linear(Context& context, TensorView<T, 2> y, Input<T, 2> x, const PackedWeight<T>& packed,
                     const Epilogue<T>& epilogue) {
    linear<T>(context, y, x, packed.values.view(packed.rows, packed.columns), epilogue);
  }

  template <Element T>
  static void linear(Context& context, TensorView<T, 2> y, Input<T, 2> x, Input<T, 2> weight,
                     const Epilogue<T>& epilogue) {
    using Sum = Accumulator<T>;
    const auto as_batch = []<class E>(const TensorView<E, 2>& m) {
      return TensorView<E, 3>(m.data(), {1, m.extent(0), m.extent(1)}, {0, m.stride(0), m.stride(1)});
    };
    const TensorView<T, 3> c = as_batch(y);
    const bool has_residual = !epilogue.residual.empty();
    const TensorView<const T, 3> source = has_residual ? as_batch(epilogue.residual) : TensorView<const T, 3>(c);
    const T* bias = epilogue.bias.empty() ? nullptr : epilogue.bias.data();
    constexpr bool adds_bias = !std::is_same_v<T, double>;  // cuBLAS does
    context.multiply<T>(c, source, x.data(), *cuda::Operand::of(as_batch(x)), weight.data(),
                        *cuda::Operand::of(as_batch(weight.transposed())), Sum(1), has_residual ? Sum(1) : Sum(0),
                        adds_bias ? bias : nullptr);
    if (!adds_bias && bias != nullptr) add_bias<T>(context, y, epilogue.bias);
    activate<T>(context, y, epilogue.activation);
  }

 private:
  template <class T>
  static void copy(Context& context, T* to, const T* from, Index count, cudaMemcpyKind kind) {
    context.enter();  // whoever transfers may be a new thread
    cuda::check(cudaMemcpyAsync(to, from, static_cast<std::size_t>(count) * sizeof(T), kind, context.stream()),
                "CudaBackend: copy");
    context.synchronize();
  }
};

}  // namespace icolorit
