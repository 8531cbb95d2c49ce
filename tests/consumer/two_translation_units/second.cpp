#include "everything.hpp"

const void* seen_by_second() { return reinterpret_cast<const void*>(&icolorit::read_file); }
