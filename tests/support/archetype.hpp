// The archetype backend: exactly the operations that the Backend concept requires, a context that cannot be copied, and
// memory that nothing but an operation can touch. What runs on it uses nothing else.
#pragma once

#include <cstddef>
#include <new>

#include <sys/mman.h>

#include "icolorit/reference/backend.hpp"

namespace icolorit::test {

/// Memory that can be read and written only while an Access lives: a layer that looks into a tensor by itself crashes,
/// as it would with the memory of a device. For one thread at a time.
class GuardedMemory {
 public:
  static void* allocate(std::size_t bytes) {
    State& state = get();
    const std::size_t rounded = (bytes / HostMemory::alignment + 1) * HostMemory::alignment;
    if (rounded > reserved - state.used) throw std::bad_alloc();
    void* memory = state.base + state.used;
    state.used += rounded;
    ++state.blocks;
    return memory;
  }
  /// Space is taken again when the last block has gone.
  static void deallocate(void*) noexcept {
    State& state = get();
    if (--state.blocks == 0) state.used = 0;
  }

  class Access {
   public:
    Access() { protect(PROT_READ | PROT_WRITE); }
    Access(const Access&) = delete;
    Access& operator=(const Access&) = delete;
    ~Access() { protect(PROT_NONE); }
  };

 private:
  static constexpr std::size_t reserved = std::size_t{1} << 30;  // of addresses; pages are taken as they are written

  struct State {
    State() {
      void* memory = mmap(nullptr, reserved, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
      if (memory == MAP_FAILED) throw std::bad_alloc();
      base = static_cast<std::byte*>(memory);
    }
    std::byte* base;
    std::size_t used = 0, blocks = 0;
  };
  static State& get() {
    static State state;
    return state;
  }
  static void protect(int access) {
    if (get().used > 0) mprotect(get().base, get().used, access);
  }
};

/// The reference backend without what inference does not require.
struct Archetype : ReferenceBackend {
  using Memory = GuardedMemory;

  /// May be moved to its place, never copied. Operations of the reference take what it converts to, which opens the
  /// memory for as long as the operation runs.
  class Context {
   public:
    Context() = default;
    Context(Context&&) = default;
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;

    struct Running : ReferenceBackend::Context {
      GuardedMemory::Access access{};
    };
    operator Running() const { return {}; }
  };

  // These names hide the functions of the reference.
  struct Absent {};
  static constexpr Absent convert{}, sum_rows{}, quantize{}, linear{}, activate_backward{}, scale_rows{},
      layer_norm_backward{}, softmax_backward{}, position_bias_backward{}, transpose{}, merge_patches{}, weigh_hints{},
      scatter_neighbours{}, apply_loss{}, fill{}, sum_of_squares{}, adamw{}, blend{};
};

}  // namespace icolorit::test
