#include "scores.hpp"

#include "icolorit/image/fast_color.hpp"
#include "icolorit/image/metrics/boundary_psnr.hpp"
#include "icolorit/image/metrics/colorfulness.hpp"
#include "icolorit/image/metrics/edge_ciede2000.hpp"
#include "icolorit/image/metrics/patch_error_variance.hpp"
#include "icolorit/image/metrics/ssim.hpp"
#include "icolorit/image/unit_rgb.hpp"

namespace icolorit::tool {

namespace {

/// What f returns; not_measured where the pictures are too small for the metric or not made of whole patches.
template <class F>
double where_defined(F&& f) {
  try {
    return f();
  } catch (const ShapeError&) {
    return not_measured;
  }
}

}  // namespace

MeasuredPicture::MeasuredPicture(const Image& picture)
    : width(picture.width()), height(picture.height()), rgb_(unit_rgb(picture)), lab_(3 * width * height) {
  image_to_lab(lab_.view(3, height, width), picture);
}

void MeasuredPicture::add_features(PictureLpips& metric) {
  standard = metric.features(rgb(), LpipsRange::standard);
  published = metric.features(rgb(), LpipsRange::published);
}

Scores compare(const MeasuredPicture& truth, const MeasuredPicture& prediction, Index patch) {
  const auto a = truth.rgb(), b = prediction.rgb();
  Scores scores;
  scores[Scores::psnr] = psnr(a, b);
  scores[Scores::ssim] = where_defined([&] { return ssim(a, b); });
  scores[Scores::boundary_psnr] = where_defined([&] { return boundary_psnr(a, b, patch); });
  scores[Scores::patch_error_variance] = where_defined([&] { return patch_error_variance(a, b, patch); });
  scores[Scores::ciede2000] = mean_ciede2000(truth.lab(), prediction.lab());
  scores[Scores::edge_ciede2000] = edge_ciede2000(truth.lab(), prediction.lab()).value_or(not_measured);
  scores[Scores::colorfulness] = colorfulness(b);
  scores[Scores::true_colorfulness] = colorfulness(a);
  return scores;
}

}  // namespace icolorit::tool
