// Buffer: owned, aligned, uninitialised memory of one backend.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <new>
#include <type_traits>
#include <utility>

#if defined(__linux__)
#include <sys/mman.h>
#include <unistd.h>
#endif

#include "icolorit/core/config.hpp"
#include "icolorit/core/tensor_view.hpp"

namespace icolorit {

/// Main memory. Big blocks are aligned to 2 MiB and advised to use huge pages: address translation of 4 KiB pages costs
/// a matrix product up to a third of its speed in a virtual machine.
struct HostMemory {
  static constexpr std::size_t alignment = 64;
  static constexpr std::size_t huge_page = std::size_t{1} << 21;

  /// At least `bytes` bytes, aligned to `alignment`. Throws std::bad_alloc.
  static void* allocate(std::size_t bytes) {
    const std::size_t step = bytes >= huge_page ? huge_page : alignment;
    if (bytes > static_cast<std::size_t>(-1) - step) throw std::bad_alloc();
    const std::size_t rounded = (bytes + step - 1) / step * step;
    void* memory = std::aligned_alloc(step, rounded == 0 ? step : rounded);
    if (memory == nullptr) throw std::bad_alloc();
#if defined(__linux__)
    if (step == huge_page) madvise(memory, rounded, MADV_HUGEPAGE);  // advice only: a refusal changes nothing
#endif
    return memory;
  }
  static void deallocate(void* memory) noexcept { std::free(memory); }

  /// Gives the whole pages between two addresses back to the system, where it can take them; what stood there is gone.
  static void discard(void* first, std::size_t bytes) noexcept {
#if defined(__linux__)
    const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
    const std::uintptr_t begin = (reinterpret_cast<std::uintptr_t>(first) + page - 1) / page * page;
    const std::uintptr_t end = (reinterpret_cast<std::uintptr_t>(first) + bytes) / page * page;
    if (begin < end) madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
#endif
  }
};

/// `size` elements of trivially copyable T, not initialised. Movable, not copyable.
/// Thread-safety: any number of threads may read one; a thread that changes it must be alone.
template <class T, class Memory = HostMemory>
  requires std::is_trivially_copyable_v<T>
class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(Index size) : size_(size) {
    if (size < 0 || static_cast<std::size_t>(size) > static_cast<std::size_t>(-1) / 2 / sizeof(T))
      throw std::bad_alloc();
    data_ = static_cast<T*>(Memory::allocate(static_cast<std::size_t>(size) * sizeof(T)));
  }
  Buffer(Buffer&& other) noexcept : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  Buffer& operator=(Buffer&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~Buffer() {
    if (data_ != nullptr) Memory::deallocate(data_);
  }

  T* data() { return data_; }
  const T* data() const { return data_; }
  Index size() const { return size_; }

  /// The first elements as a contiguous tensor of these extents.
  template <std::convertible_to<Index>... Extents>
    requires(sizeof...(Extents) > 0)
  auto view(Extents... extents) {
    return view_of(data_, extents...);
  }
  template <std::convertible_to<Index>... Extents>
    requires(sizeof...(Extents) > 0)
  auto view(Extents... extents) const {
    return view_of(static_cast<const T*>(data_), extents...);
  }
  /// All elements; an empty view of a buffer that was never given memory.
  TensorView<T, 1> view() { return data_ == nullptr ? TensorView<T, 1>() : TensorView<T, 1>(data_, {size_}); }
  TensorView<const T, 1> view() const {
    return data_ == nullptr ? TensorView<const T, 1>() : TensorView<const T, 1>(data_, {size_});
  }

 private:
  template <class U, class... Extents>
  auto view_of(U* data, Extents... extents) const {
    const TensorView<U, sizeof...(Extents)> view(data, {static_cast<Index>(extents)...});
    ICOLORIT_ASSERT(view.elements() <= size_);
    return view;
  }

  T* data_ = nullptr;
  Index size_ = 0;
};

}  // namespace icolorit
