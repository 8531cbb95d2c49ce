// AdamW on flat buffers, with clipping by the gradient's norm.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "icolorit/core/backend.hpp"
#include "icolorit/core/parameters.hpp"

namespace icolorit {

struct AdamWOptions {
  double beta1 = 0.9;
  double beta2 = 0.95;  // the published recipe's, not PyTorch's 0.999
  double eps = 1e-8;
};

/// AdamW (Loshchilov, Hutter 2019) for parameters in a flat buffer: decoupled weight decay on those that the registry
/// marks. Moments are one flat buffer each, in the backend's memory and in the parameters' order. Gradients are T, all
/// else is Accumulator<T>.
/// Thread-safety: one thread at a time.
template <class B, class T>
  requires ProvidesOptimizer<B, T>
class AdamW {
 public:
  using Sum = Accumulator<T>;

  /// For parameters that stand like this.
  template <class Layer>
  AdamW(typename B::Context& context, const ParameterLayout<Layer>& layout, const AdamWOptions& options = {})
      : options_(options),
        count_(layout.size()),
        first_(count_),
        second_(count_),
        partial_(blocks()),
        host_partial_(blocks()) {
    B::fill(context, first_.view(), Sum(0));
    B::fill(context, second_.view(), Sum(0));
    // Neighbours with the same decay are one range: fewer, longer operations.
    for (const auto& place : layout.places())
      if (!ranges_.empty() && ranges_.back().decay == place.decay)
        ranges_.back().count = place.first + place.count - ranges_.back().first;
      else
        ranges_.push_back({place.first, place.count, place.decay});
  }

  /// Steps so far. With the moments, (n) each, laid out as the parameters, this is all that a checkpoint keeps.
  Index steps() const { return steps_; }
  TensorView<Sum, 1> first_moment() { return first_.view(); }
  TensorView<Sum, 1> second_moment() { return second_.view(); }
  /// Goes on as if so many steps had led to the moments.
  void resume(Index steps) { steps_ = steps; }

  /// The Euclidean norm of gradients (n).
  double norm(typename B::Context& context, Input<T, 1> gradients) {
    B::sum_of_squares(context, partial_.view(), gradients);
    B::download(context, host_partial_.view(), std::as_const(partial_).view());
    double sum = 0;
    for (Index i = 0; i < blocks(); ++i) sum += static_cast<double>(host_partial_.data()[i]);
    return std::sqrt(sum);
  }

  /// One step: parameters (n) in place from gradients (n) times gradient_scale. Throws ShapeError.
  void step(typename B::Context& context, TensorView<Sum, 1> parameters, Input<T, 1> gradients, double rate,
            double decay, double gradient_scale = 1) {
    expect_shape("AdamW.step", "parameters", parameters, {count_});
    expect_shape("AdamW.step", "gradients", gradients, {count_});
    ++steps_;
    AdamWStep<Sum> step{static_cast<Sum>(rate),
                        0,
                        static_cast<Sum>(options_.beta1),
                        static_cast<Sum>(options_.beta2),
                        static_cast<Sum>(options_.eps),
                        static_cast<Sum>(1 - std::pow(options_.beta1, static_cast<double>(steps_))),
                        static_cast<Sum>(1 - std::pow(options_.beta2, static_cast<double>(steps_))),
                        static_cast<Sum>(gradient_scale)};
    for (const Range& range : ranges_) {
      step.decay = range.decay == Decay::yes ? static_cast<Sum>(decay) : Sum(0);
      const auto part = [&](auto view) { return view.narrowed(0, range.first, range.count); };
      B::adamw(context, part(parameters), part(first_.view()), part(second_.view()), part(gradients), step);
    }
  }

 private:
  struct Range {
    Index first, count;
    Decay decay;
  };

  Index blocks() const { return (count_ + squares_block - 1) / squares_block; }

  AdamWOptions options_;
  Index count_;
  Buffer<Sum, typename B::Memory> first_, second_, partial_;
  Buffer<Sum> host_partial_;
  std::vector<Range> ranges_;
  Index steps_ = 0;
};

/// The factor that brings a gradient of this norm down to `most`; 1 where it is short enough, or where `most` is 0: no
/// clipping.
inline double clipping_factor(double norm, double most) { return most > 0 && norm > most ? most / norm : 1; }

}  // namespace icolorit
