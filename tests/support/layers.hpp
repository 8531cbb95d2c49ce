// What tests of layers share: whole numbers, for which sums and products are exact in every element type, parameters
// made of them, and scratch in memory of exactly the planned size.
#pragma once

#include <array>
#include <cmath>
#include <string>
#include <utility>

#include "icolorit/layers/layer.hpp"
#include "support/backends.hpp"

namespace icolorit::test {

/// The largest relative error of one rounding to T.
template <class T>
constexpr double roundoff() {
  return epsilon<T>() / 2;
}

/// The largest relative error of one operation in T's accumulator.
template <class T>
constexpr double accumulator_roundoff() {
  return epsilon<Accumulator<T>>() / 2;
}

/// Uniform whole numbers in [-largest, largest] times a unit, a power of two. bf16 holds whole numbers up to 256, so
/// that short sums of products of these are exact in every element type and in any order.
template <int Rank>
Numbers<Rank> whole_numbers(const std::array<Index, Rank>& extents, std::uint64_t seed, Index largest = 1,
                            double unit = 1) {
  Numbers<Rank> result(extents);
  Random random(seed);
  for (double& value : result.values) value = unit * static_cast<double>(random.below(2 * largest + 1) - largest);
  return result;
}

template <int Rank>
double largest_magnitude(const Numbers<Rank>& numbers) {
  double largest = 0;
  for (const double value : numbers.values) largest = std::max(largest, std::abs(value));
  return largest;
}

/// A layer's parameters in double, from which those of every element type are made.
template <class Layer>
using Parameters = ParameterBuffer<Layer, double>;

/// Biases of -1, 0, 1, and weights that have at most `nonzeros` entries of -1 or 1 for each output (position in the
/// first axis), all times `unit`: bounds of sums follow from `nonzeros` and not from the width.
template <class Layer>
Parameters<Layer> sparse_parameters(const typename Layer::Config& config, std::uint64_t seed, Index nonzeros = 3,
                                    double unit = 1) {
  Parameters<Layer> parameters(config);
  Random random(seed);
  Layer::visit(config, parameters.views(), "", [&](const std::string&, auto& view, const auto& extents, Decay) {
    const Index outputs = extents[0], inputs = view.elements() / outputs;
    double* row = view.data();
    for (Index o = 0; o < outputs; ++o, row += inputs) {
      std::fill_n(row, inputs, 0.);
      if (extents.size() == 1)
        row[0] = unit * static_cast<double>(random.below(3) - 1);
      else
        for (Index i = 0; i < nonzeros; ++i) row[random.below(inputs)] = random.below(2) == 0 ? unit : -unit;
    }
  });
  return parameters;
}

/// Prepared weights on a backend; `options` are further arguments of the layer's Prepared.
template <class Layer, class B, class T, class... Options>
typename Layer::template Prepared<B, T> prepare(typename B::Context& context, const typename Layer::Config& config,
                                                const Parameters<Layer>& parameters, Options... options) {
  ParameterBuffer<Layer, T> converted(config);
  for (Index i = 0; i < parameters.flat().extent(0); ++i)
    converted.flat()[i] = static_cast<T>(static_cast<Accumulator<T>>(parameters.flat()[i]));
  return {context, config, std::as_const(converted).views(), options...};
}

/// The scratch of one inference forward of M tokens, in exactly the memory that it takes.
template <class Layer, class B, class T>
auto scratch_for(const typename B::Context& context, const typename Layer::Config& config, Index M) {
  return Allocated<typename Layer::template Scratch<B, T>, typename B::Memory>(
      [&](Arena& arena) { return Layer::template take_scratch<B, T>(context, config, M, arena); });
}

/// What `run` leaves in a tensor of these extents, its rows strided, that held NaN before.
/// run(output view).
template <class Case, int Rank, class Run>
Numbers<Rank> result_of(typename Case::Backend::Context& context, const std::array<Index, Rank>& extents, Run run) {
  Tensor<typename Case::Backend, typename Case::Element, Rank> output(context, extents, padding);
  run(output.view());
  return output.download();
}

}  // namespace icolorit::test
