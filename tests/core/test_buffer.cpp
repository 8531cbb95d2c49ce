// Buffer: alignment, ownership, and sizes that cannot be had.
#include "icolorit/core/buffer.hpp"

#include <cstdint>
#include <limits>

#include "icolorit/core/transfer.hpp"
#include "icolorit/reference/backend.hpp"
#include "support/catch.hpp"

using namespace icolorit;

namespace {

/// Main memory that counts the blocks that are alive.
struct CountedMemory {
  static inline int alive = 0;
  static void* allocate(std::size_t bytes) {
    ++alive;
    return HostMemory::allocate(bytes);
  }
  static void deallocate(void* memory) noexcept {
    --alive;
    HostMemory::deallocate(memory);
  }
};
using Counted = Buffer<float, CountedMemory>;

bool is_aligned(const void* memory, std::size_t alignment) {
  return reinterpret_cast<std::uintptr_t>(memory) % alignment == 0;
}

}  // namespace

TEST_CASE("buffers are aligned to a cache line, big ones to a huge page", "[core]") {
  for (const Index bytes : {Index{1}, Index{63}, Index{64}, Index{65}, Index{100000}, (Index{1} << 21) - 1}) {
    CAPTURE(bytes);
    CHECK(is_aligned(Buffer<std::byte>(bytes).data(), 64));
  }
  for (const Index bytes : {Index{1} << 21, (Index{1} << 21) + 1, Index{5} << 20}) {
    CAPTURE(bytes);
    CHECK(is_aligned(Buffer<std::byte>(bytes).data(), std::size_t{1} << 21));
  }
}

TEST_CASE("a buffer owns its memory once", "[core]") {
  static_assert(!std::is_copy_constructible_v<Counted> && !std::is_copy_assignable_v<Counted>);
  static_assert(std::is_nothrow_move_constructible_v<Counted> && std::is_nothrow_move_assignable_v<Counted>);
  REQUIRE(CountedMemory::alive == 0);
  {
    Counted a(10);
    float* const memory = a.data();
    a.data()[9] = 3;
    CHECK(CountedMemory::alive == 1);
    Counted b(std::move(a));
    CHECK(CountedMemory::alive == 1);
    CHECK(b.data() == memory);
    CHECK(b.size() == 10);
    CHECK(a.data() == nullptr);  // NOLINT: what is left of a moved buffer is part of its contract
    CHECK(a.size() == 0);

    Counted c(4);
    c = std::move(b);
    CHECK(c.data() == memory);
    CHECK(c.data()[9] == 3);
    CHECK(c.size() == 10);
    Counted& same = c;
    c = std::move(same);
    CHECK(c.data() == memory);
    CHECK(c.size() == 10);
  }
  CHECK(CountedMemory::alive == 0);
}

TEST_CASE("a buffer may be of size zero or not there", "[core]") {
  Buffer<double> none, zero(0);
  CHECK(none.data() == nullptr);
  CHECK(none.view().empty());
  CHECK(zero.size() == 0);
  CHECK_FALSE(zero.view().empty());
  CHECK(zero.view().elements() == 0);
}

TEST_CASE("sizes that no memory has are refused before they wrap around", "[core][errors]") {
  CHECK_THROWS_AS(Buffer<float>(-1), std::bad_alloc);
  CHECK_THROWS_AS(Buffer<double>(std::numeric_limits<Index>::max()), std::bad_alloc);
  // 2^62 doubles are 2^65 bytes: 0 after wrapping around.
  CHECK_THROWS_AS(Buffer<double>(Index{1} << 62), std::bad_alloc);
  CHECK_THROWS_AS(HostMemory::allocate(std::numeric_limits<std::size_t>::max()), std::bad_alloc);
}

TEST_CASE("a buffer is seen as a tensor of any rank, const where it is const", "[core]") {
  Buffer<float> buffer(24);
  const auto view = buffer.view(2, 3, 4);
  static_assert(std::is_same_v<decltype(view), const TensorView<float, 3>>);
  static_assert(std::is_same_v<decltype(std::as_const(buffer).view(6, 4)), TensorView<const float, 2>>);
  CHECK(view.data() == buffer.data());
  CHECK(view.is_contiguous());
  CHECK(buffer.view(3, 2).elements() == 6);  // the first elements only
  CHECK(buffer.view().extents() == std::array<Index, 1>{24});
}

TEST_CASE("upload copies a host tensor of any rank, and nothing of an empty one", "[core]") {
  ReferenceBackend::Context context;
  Buffer<float> host(6);
  for (Index i = 0; i < 6; ++i) host.data()[i] = static_cast<float>(i);
  const auto copy = upload<ReferenceBackend>(context, std::as_const(host).view(2, 3));
  REQUIRE(copy.size() == 6);
  CHECK(copy.data() != host.data());
  CHECK(std::equal(host.data(), host.data() + 6, copy.data()));
  CHECK(upload<ReferenceBackend>(context, TensorView<const float, 2>()).size() == 0);
}
