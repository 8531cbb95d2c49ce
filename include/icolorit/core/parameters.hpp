// The parameter registry. A layer lists its parameters once, in `visit`; counting, allocating, loading, saving and
// optimising all walk that one list.
//
//   template <class T, class Visitor>
//   static void visit(const Config&, Params<T>&, const std::string& prefix, Visitor&& visitor);
//
// calls visitor(name, view, extents, decay) for each parameter: its published name, a reference to its view in Params,
// the extents that the configuration demands, and whether weight decay applies.
#pragma once

#include <string>

#include "icolorit/core/buffer.hpp"

namespace icolorit {

/// Does weight decay apply? In the published recipe: tensors of rank 2 or more that are not biases.
enum class Decay { no, yes };

/// How many numbers the layer's parameters hold.
template <class Layer>
Index count_parameters(const typename Layer::Config& config) {
  typename Layer::template Params<float> params;
  Index count = 0;
  Layer::visit(config, params, "", [&](const auto&, auto&, const auto& extents, Decay) {
    Index elements = 1;
    for (Index extent : extents) elements *= extent;
    count += elements;
  });
  return count;
}

/// A layer's parameters in one flat buffer, with the views into it.
template <class Layer, class T, class Memory = HostMemory>
class ParameterBuffer {
 public:
  explicit ParameterBuffer(const typename Layer::Config& config) : values_(count_parameters<Layer>(config)) {
    bind(config, views_);
    bind(config, const_views_);
  }

  typename Layer::template Params<T>& views() { return views_; }
  const typename Layer::template Params<const T>& views() const { return const_views_; }
  TensorView<T, 1> flat() { return values_.view(); }
  TensorView<const T, 1> flat() const { return values_.view(); }

 private:
  template <class Params>
  void bind(const typename Layer::Config& config, Params& params) {
    T* next = values_.data();
    Layer::visit(config, params, "", [&](const auto&, auto& view, const auto& extents, Decay) {
      view = {next, extents};
      next += view.elements();
    });
  }

  Buffer<T, Memory> values_;
  typename Layer::template Params<T> views_;
  typename Layer::template Params<const T> const_views_;
};

}  // namespace icolorit
