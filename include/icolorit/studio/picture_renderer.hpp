// PictureRenderer: a document's colours on one copy of its picture, at full size or reduced.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "icolorit/core/run_on_threads.hpp"
#include "icolorit/image/finish.hpp"
#include "icolorit/models/any_colorizer.hpp"
#include "icolorit/studio/acting_hints.hpp"
#include "icolorit/studio/layered_colors.hpp"

namespace icolorit::studio {

/// Renders with one engine what acting_hints() and the regions say. Colours that depend on nothing that changed since
/// the last render are kept: adjusting the saturation runs no network. One thread uses it.
class PictureRenderer {
 public:
  /// `picture` is the original or a smaller copy of it; `threads` lay regions over each other.
  PictureRenderer(AnyColorizer colorizer, std::shared_ptr<const Image> original, std::shared_ptr<const Image> picture,
                  std::shared_ptr<RegionMasks> masks, int threads)
      : colorizer_(std::move(colorizer)),
        original_(std::move(original)),
        picture_(std::move(picture)),
        masks_(std::move(masks)),
        threads_(threads) {
    colorizer_.set_image(*picture_);
  }

  const std::shared_ptr<const Image>& picture() const { return picture_; }

  /// The coloured picture, of the form colored_like() gives; later renders leave it alone. Throws Cancelled where the
  /// callback asks for it; what was found until then is kept for the next render.
  std::shared_ptr<const Image> render(const Document& document, const ProgressCallback& progress = {}) {
    std::map<std::string, Colors> used;
    const ActingHints hints = acting_hints(document, *masks_, *original_);
    const std::shared_ptr<const Image> base = colors("", hints.outside, used, progress);
    std::vector<ColorLayer> layers;
    for (std::size_t i = 0; i < document.regions.size(); ++i)
      if (const Region& region = document.regions[i]; !region.hidden)
        layers.push_back(region.locked ? locked_layer(region, used, progress)
                                       : layer(document, region, hints.inside[i], used, progress));
    colors_ = std::move(used);
    if (layers.empty() && document.adjustments == Adjustments{}) return base;
    return joined(*base, document.adjustments, std::move(layers));
  }

 private:
  /// The result of an engine, and the hints that it follows from.
  struct Colors {
    std::vector<Hint> hints;
    std::shared_ptr<const Image> image;
  };

  ColorLayer layer(const Document& document, const Region& region, const std::vector<Hint>& own,
                   std::map<std::string, Colors>& used, const ProgressCallback& progress) {
    if (own.empty()) return {nullptr, masks_->mask(region), region.adjustments};
    return {colors(region.id, own, used, progress), masks_->mask(region),
            combined(document.adjustments, region.adjustments)};
  }

  /// The colours that the region had when it was locked.
  ColorLayer locked_layer(const Region& region, std::map<std::string, Colors>& used, const ProgressCallback& progress) {
    const Document& then = *region.locked;
    const ActingHints hints = acting_hints(then, *masks_, *original_);
    const auto same = std::ranges::find(then.regions, region.id, &Region::id);
    const auto at = static_cast<std::size_t>(same - then.regions.begin());
    const bool own = !hints.inside[at].empty();
    return {colors(region.id, own ? hints.inside[at] : hints.outside, used, progress), masks_->mask(region),
            combined(then.adjustments, same->adjustments)};
  }

  /// The picture coloured by hints of the original, from the last render where they are the same.
  std::shared_ptr<const Image> colors(const std::string& name, const std::vector<Hint>& hints,
                                      std::map<std::string, Colors>& used, const ProgressCallback& progress) {
    Colors& entry = colors_[name];
    if (!entry.image || entry.hints != hints) {
      scaled_.clear();
      for (const Hint& hint : hints) scaled_.push_back(scaled(hint));
      colorizer_.hints().replace(scaled_, HintList::Step::joined);
      entry.image = nullptr;
      entry = {hints, std::make_shared<const Image>(colorizer_.render(progress))};
    }
    used[name] = entry;
    return entry.image;
  }

  Hint scaled(Hint hint) const {
    hint.x = rescale_position(hint.x, original_->width(), picture_->width());
    hint.y = rescale_position(hint.y, original_->height(), picture_->height());
    hint.radius *= static_cast<float>(picture_->width()) / static_cast<float>(original_->width());
    return hint;
  }

  std::shared_ptr<const Image> joined(const Image& base, const Adjustments& adjustments,
                                      std::vector<ColorLayer> layers) const {
    auto result = std::make_shared<Image>(colored_like(*picture_));
    const LayeredColors layered(base, adjustments, std::move(layers));
    finish(*result, *picture_, layered, [this](Index rows, auto&& paint) {
      constexpr Index block = 16;
      run_on_threads((rows + block - 1) / block, threads_,
                     [&](Index i, Index) { paint(i * block, std::min(rows, (i + 1) * block)); });
    });
    return result;
  }

  AnyColorizer colorizer_;
  std::shared_ptr<const Image> original_, picture_;
  std::shared_ptr<RegionMasks> masks_;
  int threads_;
  std::vector<Hint> scaled_;
  std::map<std::string, Colors> colors_;  // of the last render: "" outside, else by the region's id
};

}  // namespace icolorit::studio
