// Whether a picture has colours of its own.
#pragma once

#include "icolorit/image/grey.hpp"
#include "icolorit/image/one_hue.hpp"

namespace icolorit {

/// Whether hints can be taken from the picture, and a result be compared with it: it is neither grey nor toned in one
/// hue.
inline bool has_own_colors(const Image& image) { return !is_grey(image) && !is_one_hue(image); }

}  // namespace icolorit
