// The ways of enlarging colours.
#pragma once

namespace icolorit {

/// Along the edges of the lightness, or by bicubic interpolation alone; image/guided_upsample.hpp does both.
enum class Upsampling { guided, bicubic };

}  // namespace icolorit
