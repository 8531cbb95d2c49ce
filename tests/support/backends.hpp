// The list of backends and element types that typed tests run over, and tensors that live in a backend's memory. A
// backend of one's own is one line in Listed; the lists of single tests are filtered from it:
//   OperationBackends  single operations, against the reference backend
//   Backends           layers
//   DoubleBackends     gradients of layers, against central differences: double only
//   SingleBackends     the network and its training, against golden files: float and double
//   HalfBackends       gradients and training in 16 bits
//   FusingBackends     fused attention for training
#pragma once

#include <cmath>
#include <limits>
#include <ostream>
#include <tuple>
#include <type_traits>
#include <vector>

#include "icolorit/core/backend.hpp"
#include "icolorit/core/buffer.hpp"
#include "icolorit/core/random.hpp"
#include "icolorit/reference/backend.hpp"
#include "support/cuda_on_host.hpp"
#ifdef __CUDACC__
#include "icolorit/cuda/backend.cuh"
#else
#include "icolorit/cpu/backend.hpp"
#endif

namespace icolorit::test {

template <class B, class T>
struct On {
  using Backend = B;
  using Element = T;
};

template <class B, class... T>
using Cases = std::tuple<On<B, T>...>;

/// Every backend of this program with its element types.
#ifdef __CUDACC__
using Listed = decltype(std::tuple_cat(Cases<CudaBackend, float, double, bf16, f16>{}));
#else
using Listed =
    decltype(std::tuple_cat(Cases<ReferenceBackend, float, double, bf16>{}, Cases<CpuBackend, float, double>{},
                            Cases<CudaOnHost, float, double, bf16, f16>{}));
#endif

template <class Case>
using BackendOf = typename Case::Backend;
template <class Case>
using ElementOf = typename Case::Element;

/// In double the reference backend is what the others are compared with.
template <class Case>
inline constexpr bool is_oracle = std::is_same_v<Case, On<ReferenceBackend, double>>;
/// Kernels of a GPU on the processor: each operation is tested, but few layers and no network, to save time.
template <class Case>
inline constexpr bool is_emulated = std::is_same_v<BackendOf<Case>, CudaOnHost>;

template <class Case>
struct TestsOperations : std::bool_constant<!is_oracle<Case>> {};
template <class Case>
struct TestsLayers
    : std::bool_constant<!is_oracle<Case> && (!is_emulated<Case> || std::is_same_v<ElementOf<Case>, f16>)> {};
template <class Case>
struct IsDouble : std::is_same<ElementOf<Case>, double> {};
template <class Case>
struct TestsNetworks : std::bool_constant<!is_oracle<Case> && !is_emulated<Case> && sizeof(ElementOf<Case>) >= 4> {};
template <class Case>
struct IsHalf : std::bool_constant<sizeof(ElementOf<Case>) == 2> {};
template <class Case>
struct FusesTraining : std::bool_constant<FusesAttentionGradient<BackendOf<Case>, ElementOf<Case>>> {};
template <class Case>
struct HasKernels : std::bool_constant<RunsKernels<BackendOf<Case>>> {};

template <template <class> class Keeps, class Cases>
struct Filter;
template <template <class> class Keeps, class... Case>
struct Filter<Keeps, std::tuple<Case...>> {
  using type = decltype(std::tuple_cat(std::conditional_t<Keeps<Case>::value, std::tuple<Case>, std::tuple<>>{}...));
};
template <template <class> class Keeps>
using Filtered = typename Filter<Keeps, Listed>::type;

using OperationBackends = Filtered<TestsOperations>;
using Backends = Filtered<TestsLayers>;
using DoubleBackends = Filtered<IsDouble>;
using SingleBackends = Filtered<TestsNetworks>;
using HalfBackends = Filtered<IsHalf>;
using FusingBackends = Filtered<FusesTraining>;
using KernelBackend = BackendOf<std::tuple_element_t<0, Filtered<HasKernels>>>;

using ReferenceFloat = On<ReferenceBackend, float>;
#ifndef __CUDACC__
using CpuFloat = On<CpuBackend, float>;
using CpuDouble = On<CpuBackend, double>;
#endif

/// A context whose work is split, where the backend can split it.
template <class B>
typename B::Context make_context() {
  if constexpr (requires(const typename B::Context& context) { context.threads(); })
    return typename B::Context(2);
  else
    return typename B::Context();
}

/// The distance from 1 to the next number: the relative error of one rounding is half of it.
template <class T>
constexpr double epsilon() {
  if constexpr (std::is_same_v<T, bf16>)
    return 0x1p-7;
  else if constexpr (std::is_same_v<T, f16>)
    return 0x1p-10;
  else
    return std::numeric_limits<T>::epsilon();
}

/// Host numbers (contiguous, double) that can be put into any backend and element type.
template <int Rank>
struct Numbers {
  std::array<Index, Rank> extents{};
  std::vector<double> values{};

  explicit Numbers(const std::array<Index, Rank>& shape)
      : extents(shape), values(static_cast<std::size_t>(view().elements())) {}

  /// Uniform in [-scale, scale], already rounded to bf16 so that every element type holds them exactly.
  static Numbers random(const std::array<Index, Rank>& shape, std::uint64_t seed, double scale = 1) {
    Numbers result(shape);
    Random random(seed);
    for (double& value : result.values) value = bf16(static_cast<float>(scale * (2 * random.uniform() - 1)));
    return result;
  }

  TensorView<double, Rank> view() { return {values.data(), extents}; }
  TensorView<const double, Rank> view() const { return {values.data(), extents}; }
};

/// A tensor in the backend's memory, its rows `padding` elements apart, filled with NaN until written.
template <class B, class T, int Rank>
class Tensor {
 public:
  explicit Tensor(typename B::Context& context, const std::array<Index, Rank>& extents, Index padding = 0)
      : context_(context), extents_(extents), padding_(padding), device_(stored_elements()), host_(stored_elements()) {
    std::fill_n(host_.data(), host_.size(), T(std::numeric_limits<float>::quiet_NaN()));
    B::upload(context, device_.view(), std::as_const(host_).view());
  }
  Tensor(typename B::Context& context, const Numbers<Rank>& numbers, Index padding = 0)
      : Tensor(context, numbers.extents, padding) {
    const Index width = extents_[Rank - 1];
    for (std::size_t i = 0; i < numbers.values.size(); ++i)
      host_.data()[stored(static_cast<Index>(i), width)] = cast(numbers.values[i]);
    B::upload(context, device_.view(), std::as_const(host_).view());
  }

  TensorView<T, Rank> view() {
    TensorView<T, Rank> contiguous(device_.data(), extents_);
    auto strides = contiguous.strides();
    for (int axis = 0; axis + 1 < Rank; ++axis)
      strides[static_cast<std::size_t>(axis)] =
          strides[static_cast<std::size_t>(axis)] / extents_[Rank - 1] * (extents_[Rank - 1] + padding_);
    return {device_.data(), extents_, strides};
  }

  Numbers<Rank> download() {
    B::download(context_, host_.view(), std::as_const(device_).view());
    Numbers<Rank> result(extents_);
    for (std::size_t i = 0; i < result.values.size(); ++i)
      result.values[i] = static_cast<double>(host_.data()[stored(static_cast<Index>(i), extents_[Rank - 1])]);
    return result;
  }

 private:
  static T cast(double value) {
    if constexpr (std::is_floating_point_v<T>)
      return static_cast<T>(value);
    else
      return T(static_cast<float>(value));
  }
  Index stored(Index i, Index width) const { return i / width * (width + padding_) + i % width; }
  Index stored_elements() const {
    const Index elements = TensorView<T, Rank>(nullptr, extents_).elements();
    return elements / extents_[Rank - 1] * (extents_[Rank - 1] + padding_);
  }

  typename B::Context& context_;
  std::array<Index, Rank> extents_;
  Index padding_;
  Buffer<T, typename B::Memory> device_;
  Buffer<T> host_;
};

/// Between rows, so that nothing may take its operands for contiguous.
inline constexpr Index padding = 3;

/// The largest |a - b|; infinite where a NaN was left standing.
template <int Rank>
double max_difference(const Numbers<Rank>& a, const Numbers<Rank>& b) {
  double largest = a.extents == b.extents ? 0 : std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < std::min(a.values.size(), b.values.size()); ++i) {
    const double difference = std::abs(a.values[i] - b.values[i]);
    largest = std::isnan(difference) ? std::numeric_limits<double>::infinity() : std::max(largest, difference);
  }
  return largest;
}

}  // namespace icolorit::test
