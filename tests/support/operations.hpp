// One operation on the backend under test and on the reference backend in double, and how far apart their results are.
#pragma once

#include "support/backends.hpp"

namespace icolorit::test {

/// Runs `operation<B, T>(context, out view, in views...)` on the backend under test and on the reference in double; the
/// largest difference of the outputs.
template <class Case, int Rank, class Operation, class... In>
double error_of(const Numbers<Rank>& out, Operation operation, const In&... in) {
  using B = typename Case::Backend;
  using T = typename Case::Element;
  auto context = make_context<B>();
  Tensor<B, T, Rank> result(context, out, padding);
  [&](auto&&... tensors) {
    operation.template operator()<B, T>(context, result.view(), tensors.view()...);
  }(Tensor<B, T, static_cast<int>(std::tuple_size_v<decltype(in.extents)>)>(context, in, padding)...);

  ReferenceBackend::Context reference;
  Tensor<ReferenceBackend, double, Rank> expected(reference, out);
  [&](auto&&... tensors) {
    operation.template operator()<ReferenceBackend, double>(reference, expected.view(), tensors.view()...);
  }(Tensor<ReferenceBackend, double, static_cast<int>(std::tuple_size_v<decltype(in.extents)>)>(reference, in)...);
  return max_difference(result.download(), expected.download());
}

/// An output before its operation: NaN.
template <int Rank>
Numbers<Rank> poison(const std::array<Index, Rank>& extents) {
  Numbers<Rank> numbers(extents);
  for (double& value : numbers.values) value = std::numeric_limits<double>::quiet_NaN();
  return numbers;
}

}  // namespace icolorit::test
