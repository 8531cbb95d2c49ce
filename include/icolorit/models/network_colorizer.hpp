// NetworkColorizer: the type that `Colorizer colorizer(model)` has, for members and parameters, which must name it.
#pragma once

#include <memory>
#include <utility>

#include "icolorit/models/colorizer.hpp"

namespace icolorit {

/// The colorizer of a network on the backend B:
///
///   class Document {
///     NetworkColorizer<CpuBackend> colorizer_{Model<CpuBackend>::load("weights.safetensors")};
///   };
///
/// It is whatever the deduction guide of Colorizer says, so that both spellings stay the same type. The backend has to
/// be named, because this header, like every one of models, works with any backend and includes none.
template <class B, class T = float>
using NetworkColorizer = decltype(Colorizer(std::declval<std::shared_ptr<const Model<B, T>>>()));

}  // namespace icolorit
