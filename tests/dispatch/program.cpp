// Prints what it was compiled for, whether its globals were initialised, and the mean magnitude of the same product in
// floats, bfloat16 and 8-bit integers.
#include <cmath>
#include <iostream>
#include <string>

#include "icolorit/core/random.hpp"
#include "icolorit/cpu/backend.hpp"

#define NAME_OF(macro) NAME(macro)
#define NAME(text) #text

using namespace icolorit;

namespace {

const std::string state = std::string("initi") + "alised";  // at run time, before main

Buffer<float> numbers(Index count) {
  Buffer<float> values(count);
  Random random(1);
  for (Index i = 0; i < count; ++i) values.data()[i] = static_cast<float>(random.uniform() - .5);
  return values;
}

}  // namespace

int main(int argc, char** argv) {
  constexpr Index M = 37, K = 150, N = 70;
  CpuBackend::Context context(2);
  const Buffer<float> x = numbers(M * K), weight = numbers(N * K);
  Buffer<float> y(M * N);
  const auto mean = [&](const auto& packed) {
    CpuBackend::linear(context, y.view(M, N), x.view(M, K), packed, Epilogue<float>{{}, {}, Activation::gelu});
    double sum = 0;
    for (Index i = 0; i < y.size(); ++i) sum += std::abs(static_cast<double>(y.data()[i]));
    return std::lround(1e4 * sum / (M * N));
  };
  std::cout << NAME_OF(ICOLORIT_ISA) << ' ' << state << ' ' << mean(CpuBackend::pack<float>(context, weight.view(N, K)))
            << ',' << mean(CpuBackend::pack_bfloat16(context, weight.view(N, K))) << ','
            << mean(CpuBackend::quantize(context, weight.view(N, K)));
  for (int i = 1; i < argc; ++i) std::cout << ' ' << argv[i];
  std::cout << '\n';
}
