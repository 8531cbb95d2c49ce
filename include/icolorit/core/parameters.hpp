// The parameter registry. A layer lists its parameters once, in `visit`; counting, allocating, loading, saving and
// optimising all walk that one list.
//
//   template <class T, class Visitor>
//   static void visit(const Config&, Params<T>&, const std::string& prefix, Visitor&& visitor);
//
// calls visitor(name, view, extents, decay) for each parameter: its published name, a reference to its view in Params,
// the extents that the configuration demands, and whether weight decay applies.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "icolorit/core/buffer.hpp"
#include "icolorit/core/shape.hpp"

namespace icolorit {

/// Does weight decay apply? In the published recipe: tensors of rank 2 or more that are not biases.
enum class Decay { no, yes };

/// Where the layer's parameters stand in one flat buffer: in the order of the registry, each from a multiple of
/// `alignment` on. The numbers between them are padding; they are zero, in gradients and moments too, so that norms and
/// the optimizer's steps over the whole buffer are those of the parameters.
template <class Layer>
class ParameterLayout {
 public:
  /// In elements: 64 bytes of a 16-bit type. A GPU's fast products ask for 16 bytes, of every type.
  static constexpr Index alignment = 32;

  struct Place {
    Index first, count;  ///< elements
    Decay decay;
  };

  explicit ParameterLayout(const typename Layer::Config& config) {
    typename Layer::template Params<float> unused;
    Layer::visit(config, unused, "", [&](const auto&, auto&, const auto& extents, Decay decay) {
      const Index count = Shape{std::span<const Index>(extents)}.elements();
      places_.push_back({size_, count, decay});
      count_ += count;
      size_ += (count + alignment - 1) / alignment * alignment;
    });
  }

  /// In the order of the registry.
  std::span<const Place> places() const { return places_; }
  /// Elements of the buffer, with the padding.
  Index size() const { return size_; }
  /// Elements of the parameters alone.
  Index count() const { return count_; }

  /// From a buffer's numbers (size) to the parameters' alone (count), one after the other, as files hold them. Both may
  /// begin at the same place.
  template <class T>
  void remove_padding(const T* padded, T* packed) const {
    for (const Place& place : places_)
      packed = std::copy(padded + place.first, padded + place.first + place.count, packed);
  }
  /// And back; the padding is set to zero. The two must not overlap.
  template <class T>
  void add_padding(const T* packed, T* padded) const {
    std::fill_n(padded, size_, T(0));
    for (const Place& place : places_) {
      std::copy_n(packed, place.count, padded + place.first);
      packed += place.count;
    }
  }

 private:
  std::vector<Place> places_;
  Index size_ = 0, count_ = 0;
};

/// How many numbers the layer's parameters hold.
template <class Layer>
Index count_parameters(const typename Layer::Config& config) {
  return ParameterLayout<Layer>(config).count();
}

/// A layer's parameters in one flat buffer, with the views into it. In main memory the padding is zero from the start;
/// in a device's memory it becomes so with the first whole buffer that is copied or filled there.
/// Thread-safety: any number of threads may read one; a thread that changes it must be alone.
template <class Layer, class T, class Memory = HostMemory>
class ParameterBuffer {
 public:
  explicit ParameterBuffer(const typename Layer::Config& config)
      : ParameterBuffer(config, ParameterLayout<Layer>(config)) {}

  typename Layer::template Params<T>& views() { return views_; }
  const typename Layer::template Params<const T>& views() const { return const_views_; }
  TensorView<T, 1> flat() { return values_.view(); }
  TensorView<const T, 1> flat() const { return values_.view(); }

 private:
  ParameterBuffer(const typename Layer::Config& config, const ParameterLayout<Layer>& layout) : values_(layout.size()) {
    if constexpr (std::is_same_v<Memory, HostMemory>) clear_padding(layout);
    bind(config, layout, views_);
    bind(config, layout, const_views_);
  }

  void clear_padding(const ParameterLayout<Layer>& layout) {
    Index end = 0;
    for (const auto& place : layout.places()) {
      std::fill(values_.data() + end, values_.data() + place.first, T(0));
      end = place.first + place.count;
    }
    std::fill(values_.data() + end, values_.data() + layout.size(), T(0));
  }

  template <class Params>
  void bind(const typename Layer::Config& config, const ParameterLayout<Layer>& layout, Params& params) {
    auto place = layout.places().begin();
    Layer::visit(config, params, "", [&](const auto&, auto& view, const auto& extents, Decay) {
      view = {values_.data() + place++->first, extents};
    });
  }

  Buffer<T, Memory> values_;
  typename Layer::template Params<T> views_;
  typename Layer::template Params<const T> const_views_;
};

}  // namespace icolorit
