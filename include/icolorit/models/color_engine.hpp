// Color engine: what turns lightness and hints into colour at a working size. Colorizer adds everything around it.
#pragma once

#include <concepts>
#include <span>
#include <type_traits>
#include <utility>

#include "icolorit/core/progress.hpp"
#include "icolorit/core/tensor_view.hpp"
#include "icolorit/image/hints.hpp"
#include "icolorit/image/image_view.hpp"

namespace icolorit {

/// What Colorizer asks of an engine, for a picture of W x H pixels:
///   working_size(W,H)  width and height at which the picture is coloured
///   set_picture(p)     takes a view of a picture, 8 or 16 bits, and reduces it as it needs; may allocate
///   predict(ab, hints, p, progress)
///                      ab (2,h,w), Lab units, at the working size, from hints in pixels of p, the picture of the last
///                      set_picture; throws Cancelled, and ArgumentError for a hint outside the picture
///   lost_hints()       how many hints of the last predict do not count, because a later one took their place
///   hint_cell(W,H)     width and height, in pixels of the picture, of the place that one hint takes
///   keeps_hints        whether ab has the asked colours at the hints, up to the working picture's resolution, so that
///                      they may be made exact at full size
///   memory_required(W,H)
///                      about how many bytes it takes for such a picture; may be missing
///   for_each(n, f)     f(i) for i in [0,n), in any order, on as many threads as the engine has
template <class E>
concept ColorEngine =
    requires(E& engine, const E& const_engine, Index extent, const ImageView& picture, TensorView<float, 3> ab,
             std::span<const Hint> hints, const ProgressCallback& progress, void (*f)(Index)) {
      { const_engine.working_size(extent, extent) } -> std::same_as<std::pair<Index, Index>>;
      { engine.set_picture(picture) } -> std::same_as<void>;
      { engine.predict(ab, hints, picture, progress) } -> std::same_as<void>;
      { const_engine.lost_hints() } -> std::same_as<Index>;
      { const_engine.hint_cell(extent, extent) } -> std::same_as<std::pair<double, double>>;
      { std::bool_constant<E::keeps_hints>{} };
      { engine.for_each(extent, f) } -> std::same_as<void>;
    };

}  // namespace icolorit
