// The CPU backend's functions of whole vectors.
#include <cmath>

#include "icolorit/cpu/kernel/vector_math.hpp"
#include "support/catch.hpp"

using namespace icolorit;

TEST_CASE("the CPU backend's vector functions keep their stated errors", "[ops][cpu]") {
  double exp_error = 0, tanh_error = 0, erf_error = 0;
  for (double x = -87.2; x < 88.2; x += 0.00317) {
    const auto v = cpu::broadcast(static_cast<float>(x));
    const double exact = std::exp(static_cast<double>(static_cast<float>(x)));
    exp_error = std::max(exp_error, std::abs(cpu::exp(v)[0] - exact) / exact);
  }
  for (double x = -9; x < 9; x += 0.000217) {
    const auto v = cpu::broadcast(static_cast<float>(x));
    tanh_error =
        std::max(tanh_error, std::abs(cpu::tanh(v)[0] - std::tanh(static_cast<double>(static_cast<float>(x)))));
    erf_error = std::max(erf_error, std::abs(cpu::erf(v)[0] - std::erf(static_cast<double>(static_cast<float>(x)))));
  }
  CHECK(exp_error < 2e-7);
  CHECK(tanh_error < 2e-7);
  CHECK(erf_error < 4e-7);
  CHECK(cpu::exp(cpu::broadcast(-1000.f))[0] < 1e-37f);
  CHECK(cpu::tanh(cpu::broadcast(1000.f))[0] == 1.f);
  CHECK(cpu::tanh(cpu::broadcast(-1000.f))[0] == -1.f);
  CHECK(cpu::erf(cpu::broadcast(1e30f))[0] == 1.f);
  CHECK(cpu::erf(cpu::broadcast(-1e30f))[0] == -1.f);
  CHECK(std::isnan(cpu::erf(cpu::broadcast(std::nanf("")))[0]));
}
