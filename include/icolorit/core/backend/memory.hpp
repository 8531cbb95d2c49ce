// Memory of a backend: allocation, transfers, conversion of element types.
//
//   operation     shapes                    result  may alias  errors            cost
//   allocate      bytes -> address          -       -          std::bad_alloc    at load and planning only
//   deallocate    address                   -       -          none              as above
//   upload        to (n), from (n) in host  =       none       of the device     n elements; returns when done
//   download      to (n) in host, from (n)  =       none       of the device     n elements; returns when done
//   convert       to (n), from (n)          =       none       none              n elements; rounds to nearest even
//
// All of them take contiguous elements. The legend of the table is in core/backend.hpp.
#pragma once

#include <concepts>
#include <cstddef>

#include "icolorit/core/dtype.hpp"
#include "icolorit/core/tensor_view.hpp"

namespace icolorit {

/// `Memory` is the policy of Buffer. `Context` holds the threads, or the stream, that operations run on; two threads
/// that run at the same time need a context each.
template <class B, class T>
concept ProvidesMemory = requires(typename B::Context& context, TensorView<T, 1> to, TensorView<const T, 1> from) {
  { B::Memory::allocate(std::size_t{}) } -> std::same_as<void*>;
  { B::Memory::deallocate(static_cast<void*>(nullptr)) };
  { B::upload(context, to, from) } -> std::same_as<void>;
  { B::download(context, to, from) } -> std::same_as<void>;
};

/// convert, from one element type to another.
template <class B, class To, class From>
concept Converts = requires(typename B::Context& context, TensorView<To, 1> to, TensorView<const From, 1> from) {
  { B::convert(context, to, from) } -> std::same_as<void>;
};

}  // namespace icolorit
