// Pictures to be taken elsewhere: the result, its lightness and colours as layers of their own, and what is written
// with them.
#pragma once

#include <algorithm>
#include <cmath>

#include "icolorit/core/buffer.hpp"
#include "icolorit/image/convert.hpp"
#include "icolorit/image/fast_color.hpp"
#include "icolorit/image/image.hpp"
#include "icolorit/io/result_options.hpp"
#include "icolorit/studio/document.hpp"

namespace icolorit::studio {

namespace export_detail {

/// Lab of a whole picture goes through f(y, lab row (3,W)), a row at a time.
template <class F>
void for_each_lab_row(const Image& image, F&& f) {
  Buffer<float> lab(3 * image.width());
  const auto row = lab.view(Index{3}, image.width());
  visit_samples(image, [&]<class S>(TensorView<S, 3> samples) {
    for (Index y = 0; y < image.height(); ++y) {
      rgb_row_to_lab<std::remove_const_t<S>>(row, samples[y]);
      f(y, TensorView<const float, 2>(row));
    }
  });
}

}  // namespace export_detail

/// L alone, L/100 of the full scale, grey.
inline Image lightness_layer(const Image& picture) {
  Image result(picture.width(), picture.height(), 1, picture.bits());
  visit_samples(result, [&]<class S>(TensorView<S, 3> out) {
    export_detail::for_each_lab_row(picture, [&](Index y, TensorView<const float, 2> lab) {
      for (Index x = 0; x < result.width(); ++x)
        out(y, x, 0) =
            static_cast<S>(std::lround(std::clamp(lab(0, x) / 100, 0.f, 1.f) * static_cast<float>(result.max_value())));
    });
  });
  return result;
}

/// a and b as red and green: 128 + value at 8 bits, 257 times that at 16; blue is 128.
inline Image ab_layer(const Image& picture) {
  Image result(picture.width(), picture.height(), 3, picture.bits());
  const float unit = picture.bits() == 8 ? 1.f : 257.f;
  visit_samples(result, [&]<class S>(TensorView<S, 3> out) {
    const auto sample = [&](float value) {
      return static_cast<S>(std::lround(unit * std::clamp(128 + value, 0.f, 255.f)));
    };
    export_detail::for_each_lab_row(picture, [&](Index y, TensorView<const float, 2> lab) {
      for (Index x = 0; x < result.width(); ++x) {
        out(y, x, 0) = sample(lab(1, x));
        out(y, x, 1) = sample(lab(2, x));
        out(y, x, 2) = sample(0);
      }
    });
  });
  return result;
}

/// A transparent layer that gives the coloured picture when it is laid over the original in normal mode: each pixel is
/// as transparent as it can be. For color c over g with opacity t, c = t p + (1 - t) g; the least t for which p is a
/// color is the largest of (c - g)/(1 - g) and (g - c)/g over the three components.
inline Image color_layer(const Image& colored, const Image& original) {
  const Image below = converted(original, 4, colored.bits());
  Image result(colored.width(), colored.height(), 4, colored.bits());
  visit_samples(result, [&]<class S>(TensorView<S, 3> out) {
    const auto above = colored.samples<std::remove_const_t<S>>();
    const auto under = below.samples<std::remove_const_t<S>>();
    const auto one = static_cast<float>(result.max_value());
    for (Index y = 0; y < out.extent(0); ++y)
      for (Index x = 0; x < out.extent(1); ++x) {
        float opacity = 0;
        for (Index c = 0; c < 3; ++c) {
          const auto wanted = static_cast<float>(above(y, x, c)), got = static_cast<float>(under(y, x, c));
          if (wanted > got) opacity = std::max(opacity, (wanted - got) / (one - got));
          if (wanted < got) opacity = std::max(opacity, (got - wanted) / got);
        }
        opacity = std::ceil(opacity * one) / one;  // as it is stored; more than needed is no harm
        for (Index c = 0; c < 3; ++c) {
          const auto wanted = static_cast<float>(above(y, x, c)), got = static_cast<float>(under(y, x, c));
          const float own = opacity > 0 ? got + (wanted - got) / opacity : wanted;
          out(y, x, c) = static_cast<S>(std::lround(std::clamp(own, 0.f, one)));
        }
        out(y, x, 3) = static_cast<S>(std::lround(opacity * one));
      }
  });
  return result;
}

/// Hints and strokes that act.
inline Index acting_marks(const Document& document) {
  const auto acting = [](const auto& marks) {
    return std::ranges::count_if(marks, [](const Mark& mark) { return !mark.hidden; });
  };
  return acting(document.hints) + acting(document.strokes);
}

/// How a picture coloured by this document and model is written, as result_options says, or a layer of it, which says
/// nothing of the original but its resolution.
inline WriteOptions export_options(const PictureMetadata& metadata, const Document& document, const std::string& model,
                                   bool is_layer, WriteOptions options) {
  if (!is_layer) return result_options(metadata, model, acting_marks(document), {}, std::move(options));
  options.metadata.resolution = metadata.resolution;
  return options;
}

/// The original on the left and the coloured picture on the right.
inline Image before_after(const Image& colored, const Image& original) {
  const Image left = converted(original, colored.channels(), colored.bits());
  Image result(2 * colored.width(), colored.height(), colored.channels(), colored.bits());
  visit_samples(result, [&]<class S>(TensorView<S, 3> out) {
    const Index row = colored.width() * colored.channels();
    for (Index y = 0; y < colored.height(); ++y) {
      std::copy_n(left.samples<std::remove_const_t<S>>()[y].data(), row, out[y].data());
      std::copy_n(colored.samples<std::remove_const_t<S>>()[y].data(), row, out[y].data() + row);
    }
  });
  return result;
}

}  // namespace icolorit::studio
