// Counts every heap allocation of the program: the proof that a forward pass makes none.
#pragma once

#include "icolorit/core/config.hpp"

namespace icolorit::test {

/// Calls of malloc, calloc, realloc and the aligned forms, by any thread, since the program started. Always 0 under
/// sanitizers, which bring their own allocator.
Index allocations();

}  // namespace icolorit::test
