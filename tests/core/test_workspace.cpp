// Arena and Workspace: what a measuring arena counts is exactly what a run needs.
#include "icolorit/core/workspace.hpp"

#include <cstdint>

#include "icolorit/core/dtype.hpp"
#include "support/catch.hpp"

using namespace icolorit;

namespace {

/// The scratch of an imaginary layer: nested overlays, several element types, odd sizes.
template <class Visit>
void take_scratch(Arena& arena, Visit visit) {
  visit(arena.take<float, 2>({3, 5}));
  {
    Arena::Overlay overlay(arena);
    visit(arena.take<double, 1>({33}));
    {
      Arena::Overlay inner(arena);
      visit(arena.take_rows<float>(3, 1024));
      inner.next();
      visit(arena.take<f16, 3>({2, 3, 7}));
    }
    overlay.next();
    visit(arena.take<f16, 3>({2, 3, 7}));
  }
  visit(arena.take<float, 1>({17}));
}

Index planned() {
  Arena arena = Arena::measuring();
  take_scratch(arena, [](auto) {});
  return arena.used();
}

}  // namespace

TEST_CASE("a plan equals its run", "[core]") {
  Arena measuring = Arena::measuring();
  take_scratch(measuring, [](auto view) {
    CHECK_FALSE(view.has_memory());
    CHECK_FALSE(view.empty());
  });
  // float 60 bytes, the larger group of a double 264 and rows 3 * (1024 + 16) floats, float 68; each rounded up to 64.
  CHECK(measuring.used() == 64 + 320 + 12480 + 128);

  Workspace<HostMemory> workspace(planned());
  CHECK(workspace.bytes() == planned());
  Arena arena = workspace.arena();
  take_scratch(arena, [&](auto view) {
    CHECK(reinterpret_cast<std::uintptr_t>(view.data()) % 64 == 0);
    for (Index i = 0; i < view.extent(0); ++i)
      if constexpr (view.rank == 2)
        for (Index j = 0; j < view.extent(1); ++j) view(i, j) = 1;  // the sanitizers watch
  });
  CHECK(arena.used() == planned());
}

TEST_CASE("a workspace one step too small says so", "[core][errors]") {
  Workspace<HostMemory> workspace(planned() - 64);
  Arena arena = workspace.arena();
  CHECK_THROWS_MATCHES(take_scratch(arena, [](auto) {}), ShapeError,
                       Catch::Matchers::Message("Workspace: 12992 bytes wanted, 12928 planned"));
  Arena nothing = Workspace<HostMemory>().arena();
  CHECK_THROWS_AS((nothing.take<float, 1>({1})), ShapeError);
  CHECK_NOTHROW(nothing.take<float, 1>({0}));
}

TEST_CASE("tensors taken together do not overlap, groups of an overlay share their memory", "[core]") {
  Workspace<HostMemory> workspace(1024);
  Arena arena = workspace.arena();
  const auto a = arena.take<float, 1>({5});
  {
    Arena::Overlay overlay(arena);
    float* shared = arena.take<float, 1>({5}).data();
    CHECK(shared == a.data() + 16);  // 64 bytes on
    CHECK(arena.take<float, 1>({17}).data() == shared + 16);
    CHECK(arena.take<float, 1>({1}).data() == shared + 48);
    overlay.next();
    CHECK(arena.take<double, 1>({1}).data() == static_cast<void*>(shared));
  }
  CHECK(arena.take<float, 1>({1}).data() == a.data() + 16 + 64);  // behind the larger group
  CHECK(arena.used() == 64 + (64 + 128 + 64) + 64);
  CHECK(workspace.arena().take<float, 1>({1}).data() == a.data());  // every arena starts afresh
}

TEST_CASE("views are allocated in exactly the memory that they take", "[core]") {
  Index calls = 0;
  const Allocated<TensorView<float, 2>, HostMemory> views([&](Arena& arena) {
    ++calls;
    arena.take<double, 1>({9});
    return arena.take<float, 2>({3, 5});
  });
  CHECK(calls == 2);  // one counts, one takes
  CHECK(views.bytes() == 128 + 64);
  CHECK(views->extents() == std::array<Index, 2>{3, 5});
  (*views)(2, 4) = 1;  // the sanitizers watch
}

TEMPLATE_TEST_CASE("rows of scratch never lie a multiple of 4 KiB apart", "[core]", float, double, bf16) {
  constexpr auto page = static_cast<Index>(4096 / sizeof(TestType));
  for (const Index width : {Index{1}, Index{7}, page - 1, page, page + 1, 2 * page, 3 * page}) {
    CAPTURE(width);
    Arena measuring = Arena::measuring();
    measuring.take_rows<TestType>(5, width);
    Workspace<HostMemory> workspace(measuring.used());
    Arena arena = workspace.arena();
    const auto rows = arena.take_rows<TestType>(5, width);
    CHECK(rows.extents() == std::array<Index, 2>{5, width});
    CHECK(rows.stride(1) == 1);
    CHECK(rows.stride(0) % page != 0);
    CHECK(rows.stride(0) == width + (width % page == 0 ? static_cast<Index>(64 / sizeof(TestType)) : 0));
  }
}
