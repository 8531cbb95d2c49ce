// Execution: optional ways to run operations and functions of the user's own. All of them are optional.
//
//   operation     what it does                                                            errors         cost
//   replay        does what f() does, by a captured graph where there is one              of the device  that of f
//   launch        f(i) on the device for each i in [0,count), in any order; queued        none           count calls
//   beside        a further context of the same device, for another thread                of the device  a new context
//   synchronize   returns when all queued work of the context is done                     of the device  waits
//   for_each      f(i) on the context's threads for each i in [0,count), in any order     none           count calls
//
// replay: f must issue the same operations on the same memory each time. The first call runs f as it is; a later one
//   captures the operations that f issues (on CUDA, as a graph) and replays the capture, which takes less time than
//   issuing them one by one.
// launch copies f to the device, where it may call what is ICOLORIT_HOST_DEVICE and use the backend's memory.
// for_each: work in host memory around the network, such as color conversion. f must not throw.
#pragma once

#include <concepts>
#include <cstddef>

#include "icolorit/core/config.hpp"

namespace icolorit {

/// Replays captured work.
template <class B>
concept ReplaysWork = requires(typename B::Context& context, typename B::Recording& recording, void (*f)()) {
  { B::replay(context, recording, f) } -> std::same_as<void>;
};

template <class B>
struct RecordingTraits {
  struct type {};
};
template <ReplaysWork B>
struct RecordingTraits<B> {
  using type = typename B::Recording;
};
/// What replay captures into, or nothing at all.
template <class B>
using RecordingOf = typename RecordingTraits<B>::type;

/// Runs the user's functions on the device. TransferMemory is the host memory from which uploads are fastest: pinned
/// (page-locked) memory on CUDA.
template <class B>
concept RunsKernels = requires(typename B::Context& context, Index count, void (*f)(Index)) {
  { B::TransferMemory::allocate(std::size_t{}) } -> std::same_as<void*>;
  { B::launch(context, count, f) } -> std::same_as<void>;
  { B::beside(context) } -> std::same_as<typename B::Context>;
  { context.synchronize() } -> std::same_as<void>;
};

/// Runs the user's loops on the context's threads.
template <class B>
concept RunsLoops = requires(typename B::Context& context, Index count, void (*f)(Index)) {
  { B::for_each(context, count, f) } -> std::same_as<void>;
};

}  // namespace icolorit
