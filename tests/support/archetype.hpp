// The archetype backend: exactly the operations that the Backend concept requires, and memory of its own that the host
// cannot touch. What runs on it uses nothing else.
#pragma once

#include <cstdint>

#include "icolorit/reference/backend.hpp"

namespace icolorit::test {

/// Forwards to the reference backend. Its addresses are those of main memory with a bit that no address has: a layer
/// that looks behind one by itself crashes, as it would with the memory of a device.
struct Archetype {
  struct Memory {
    static void* allocate(std::size_t bytes) { return translated(HostMemory::allocate(bytes)); }
    static void deallocate(void* memory) noexcept { HostMemory::deallocate(translated(memory)); }
  };

  /// May be moved to its place, never copied.
  struct Context {
    Context() = default;
    Context(Context&&) = default;
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;

    ReferenceBackend::Context reference;
  };

  template <class T>
  static void upload(Context& context, TensorView<T, 1> to, Input<T, 1> from) {
    ReferenceBackend::upload(context.reference, here(to), from);
  }

  template <class T>
  static void download(Context& context, TensorView<T, 1> to, Input<T, 1> from) {
    ReferenceBackend::download(context.reference, to, here(from));
  }

  template <class T>
  static void matmul(Context& context, TensorView<T, 3> c, Input<T, 3> a, Input<T, 3> b, T alpha, bool accumulate) {
    ReferenceBackend::matmul(context.reference, here(c), here(a), here(b), alpha, accumulate);
  }

  template <class T>
  static void layer_norm(Context& context, TensorView<T, 2> y, Input<T, 2> x, Input<T, 1> weight, Input<T, 1> bias,
                         Accumulator<T> eps) {
    ReferenceBackend::layer_norm(context.reference, here(y), here(x), here(weight), here(bias), eps);
  }

  template <class T>
  static void softmax(Context& context, TensorView<T, 2> x) {
    ReferenceBackend::softmax(context.reference, here(x));
  }

  template <class T>
  static void add_position_bias(Context& context, TensorView<T, 3> logits, Input<T, 2> table, Grid grid) {
    ReferenceBackend::add_position_bias(context.reference, here(logits), here(table), grid);
  }

  template <class T>
  static void mask_distant(Context& context, TensorView<T, 3> logits, Grid grid) {
    ReferenceBackend::mask_distant(context.reference, here(logits), grid);
  }

  template <class T>
  static void activate(Context& context, TensorView<T, 2> y, Activation activation) {
    ReferenceBackend::activate(context.reference, here(y), activation);
  }

  template <class T>
  static void add_bias(Context& context, TensorView<T, 2> y, Input<T, 1> bias) {
    ReferenceBackend::add_bias(context.reference, here(y), here(bias));
  }

  template <class T>
  static void add(Context& context, TensorView<T, 2> y, Input<T, 2> x) {
    ReferenceBackend::add(context.reference, here(y), here(x));
  }

  template <class T>
  static void repeat_rows(Context& context, TensorView<T, 2> y, Input<T, 2> x) {
    ReferenceBackend::repeat_rows(context.reference, here(y), here(x));
  }

  template <class T>
  static void encode_hints(Context& context, TensorView<T, 4> picture, Input<T, 4> lab, Input<T, 2> mask, Index cell,
                           HintEncoding encoding) {
    ReferenceBackend::encode_hints(context.reference, here(picture), here(lab), here(mask), cell, encoding);
  }

  template <class T>
  static void extract_patches(Context& context, TensorView<T, 2> rows, Input<T, 4> picture, Index size) {
    ReferenceBackend::extract_patches(context.reference, here(rows), here(picture), size);
  }

  template <class T>
  static void pixel_shuffle(Context& context, TensorView<T, 4> picture, Input<T, 2> tokens, Index size) {
    ReferenceBackend::pixel_shuffle(context.reference, here(picture), here(tokens), size);
  }

  template <class T>
  static void pixel_unshuffle(Context& context, TensorView<T, 2> tokens, Input<T, 4> picture, Index size) {
    ReferenceBackend::pixel_unshuffle(context.reference, here(tokens), here(picture), size);
  }

  template <class T>
  static void gather_neighbours(Context& context, TensorView<T, 2> rows, Input<T, 2> x, Grid grid) {
    ReferenceBackend::gather_neighbours(context.reference, here(rows), here(x), grid);
  }

 private:
  // Its own inverse. Bit 54 is set in no address that an x86-64 or ARM64 program can use; nullptr stays what it is.
  template <class T>
  static T* translated(T* address) {
    constexpr std::uintptr_t bit = std::uintptr_t{1} << 54;
    return address == nullptr ? nullptr : reinterpret_cast<T*>(reinterpret_cast<std::uintptr_t>(address) ^ bit);
  }

  template <class T, int Rank>
  static TensorView<T, Rank> here(TensorView<T, Rank> view) {
    return {translated(view.data()), view.extents(), view.strides()};
  }
};

}  // namespace icolorit::test
