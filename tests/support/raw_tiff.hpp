// TIFF files of layouts that the library does not write.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "support/catch.hpp"
#include "support/picture_files.hpp"

namespace icolorit::test {

/// An uncompressed TIFF file of one strip, of any layout: `row(y)` gives its bytes.
struct RawTiff {
  static constexpr Index width = 19, height = 12;

  int bits = 8, channels = 1, photometric = PHOTOMETRIC_MINISBLACK, format = SAMPLEFORMAT_UINT;
  std::vector<std::uint16_t> extra = {};
  std::uint32_t subfile_type = 0;

  template <class F>
  void put_into(codec::TiffFile& file, F row) const {
    TIFF* const tiff = file.get();
    TIFFSetField(tiff, TIFFTAG_SUBFILETYPE, subfile_type);
    TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, std::uint32_t{width});
    TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, std::uint32_t{height});
    TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, bits);
    TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, channels);
    TIFFSetField(tiff, TIFFTAG_SAMPLEFORMAT, format);
    TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, photometric);
    TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
    TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, std::uint32_t{height});
    if (!extra.empty()) TIFFSetField(tiff, TIFFTAG_EXTRASAMPLES, static_cast<int>(extra.size()), extra.data());
    Bytes strip;
    for (Index y = 0; y < height; ++y) {
      const Bytes bytes = row(y);
      strip.insert(strip.end(), bytes.begin(), bytes.end());
    }
    REQUIRE(TIFFWriteEncodedStrip(tiff, 0, strip.data(), static_cast<tmsize_t>(strip.size())) >= 0);
    REQUIRE(TIFFWriteDirectory(tiff) == 1);
  }
  template <class F>
  Bytes file(F row) const {
    codec::TiffFile tiff(false);
    put_into(tiff, row);
    return tiff.finish();
  }
  /// Numbers of type T: value(x, y, channel).
  template <class T, class F>
  Bytes numbers(F value) const {
    return file([&](Index y) {
      Bytes row;
      for (Index x = 0; x < width; ++x)
        for (int c = 0; c < channels; ++c) {
          const T number = static_cast<T>(value(x, y, c));
          const auto bytes = std::as_bytes(std::span(&number, 1));
          row.insert(row.end(), bytes.begin(), bytes.end());
        }
      return row;
    });
  }
};

}  // namespace icolorit::test
