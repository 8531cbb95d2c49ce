// The context of the reference backend.
#pragma once

namespace icolorit::reference {

/// One thread and no state. Operations take it by a const reference, so that a type which converts to it serves, too.
struct Context {};

}  // namespace icolorit::reference
