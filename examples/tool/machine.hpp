// Machine: what the processor is good at. Answered in engines.cpp, which compiles the CPU's backend.
#pragma once

namespace icolorit::tool {

/// Whether a network is much faster in int8.
bool int8_is_fast();
/// The multiply-add peak of so many threads in GFLOP/s, see cpu/fma_probe.hpp.
double fma_peak(int threads);

}  // namespace icolorit::tool
