#include "everything.hpp"

const void* seen_by_second();

// Inline functions of the library are one entity in the whole program.
int main() { return seen_by_second() == reinterpret_cast<const void*>(&icolorit::read_file) ? 0 : 1; }
