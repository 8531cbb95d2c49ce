// What the test program takes of the machine at this moment.
#pragma once

#include <filesystem>
#include <iterator>

#if __has_include(<malloc.h>)
#include <malloc.h>
#endif

#include "icolorit/core/config.hpp"

namespace icolorit::test {

/// Bytes that are allocated and not freed. 0 where that is not known: with other libraries than glibc, and under
/// sanitizers, which bring their own allocator.
inline double heap_in_use() {
#if defined(__GLIBC__)
  const struct mallinfo2 now = mallinfo2();
  return static_cast<double>(now.uordblks + now.hblkhd);
#else
  return 0;
#endif
}

/// Threads that exist now, this one among them.
inline Index threads_now() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/task"), std::filesystem::directory_iterator());
}

}  // namespace icolorit::test
