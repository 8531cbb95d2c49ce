// How much of a picture's resolution is needed, asked as soon as a decoder knows its size.
#pragma once

#include <functional>

#include "icolorit/core/config.hpp"

namespace icolorit {

/// Given the full size of a picture, upright, the least scale in (0,1] at which it is of use: 1 means every pixel. A
/// decoder that can read at a fraction of the size for less work returns any scale from this one up.
using LeastScale = std::function<double(Index width, Index height)>;

}  // namespace icolorit
