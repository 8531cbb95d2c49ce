// Which codecs the program was built with besides those that it always has, and what it says of a missing one.
// CMake defines ICOLORIT_JXL and ICOLORIT_AVIF where it finds libjxl and libavif.
#pragma once

#include "icolorit/core/error.hpp"

namespace icolorit {

#if defined(ICOLORIT_JXL)
inline constexpr bool has_jxl = true;
#else
inline constexpr bool has_jxl = false;
#endif

#if defined(ICOLORIT_AVIF)
inline constexpr bool has_avif = true;
#else
inline constexpr bool has_avif = false;
#endif

namespace codec {

[[noreturn]] inline void refuse_to_read(const char* format, const char* library) {
  throw FormatError(concat("it is a picture in ", format, ", and this program was built without ", library,
                           ": convert it to PNG, TIFF or JPEG"));
}

[[noreturn]] inline void refuse_to_write(const char* format, const char* library) {
  throw ArgumentError(concat("cannot write ", format, ": this program was built without ", library,
                             ", choose PNG, TIFF, JPEG or WebP"));
}

}  // namespace codec
}  // namespace icolorit
