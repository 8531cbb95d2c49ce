// Stands in front of glibc's allocator in the test programs: operator new ends here as well.
#include "support/counting_allocator.hpp"

#include <atomic>
#include <cerrno>
#include <cstddef>

namespace {
std::atomic<std::ptrdiff_t> count{0};
}

#if defined(__SANITIZE_ADDRESS__)
#define ICOLORIT_TEST_COUNTS 0
#elif defined(__has_feature)
#define ICOLORIT_TEST_COUNTS !__has_feature(address_sanitizer)
#else
#define ICOLORIT_TEST_COUNTS 1
#endif

#if ICOLORIT_TEST_COUNTS && defined(__GLIBC__)
extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);

void* malloc(std::size_t bytes) { return ++count, __libc_malloc(bytes); }
void* calloc(std::size_t n, std::size_t bytes) { return ++count, __libc_calloc(n, bytes); }
void* realloc(void* old, std::size_t bytes) { return ++count, __libc_realloc(old, bytes); }
void* memalign(std::size_t alignment, std::size_t bytes) { return ++count, __libc_memalign(alignment, bytes); }
void* aligned_alloc(std::size_t alignment, std::size_t bytes) { return ++count, __libc_memalign(alignment, bytes); }
int posix_memalign(void** result, std::size_t alignment, std::size_t bytes) {
  ++count;
  *result = __libc_memalign(alignment, bytes);
  return *result == nullptr ? ENOMEM : 0;
}
}
#endif

icolorit::Index icolorit::test::allocations() { return count; }
