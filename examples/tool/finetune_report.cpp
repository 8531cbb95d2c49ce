#include "finetune_report.hpp"

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <memory>
#include <optional>
#include <set>
#include <sstream>
#include <utility>

#include "../base64.hpp"
#include "engines.hpp"
#include "icolorit/image/own_colors.hpp"
#include "icolorit/io/image_file.hpp"
#include "icolorit/io/svg_plot.hpp"
#include "icolorit/training/validation.hpp"
#include "printable.hpp"
#include "wording.hpp"

namespace icolorit::tool {

namespace {

/// A picture's PSNR by each count, in dB.
struct PictureScores {
  Index number = 0;
  std::vector<double> before, after;
};

class Comparer {
 public:
  explicit Comparer(const Comparison& comparison)
      : comparison_(comparison), before_(make(comparison.before)), after_(make(comparison.after)) {}

  /// Nothing where the picture cannot be read or has no colours.
  std::optional<PictureScores> score(Index number) {
    const std::optional<EvaluationPicture> picture = load(number);
    if (!picture) return std::nullopt;
    PictureScores scores{number, {}, {}};
    for (const Index count : comparison_.counts) {
      scores.before.push_back(psnr(result(*before_, *picture, number, count), picture->rgb));
      scores.after.push_back(psnr(result(*after_, *picture, number, count), picture->rgb));
    }
    return scores;
  }

  /// Grey, before, after and truth, as the network sees the picture.
  std::vector<Image> show(Index number) {
    const EvaluationPicture picture = load(number).value();
    Buffer<float> none(2 * picture.rgb.width() * picture.rgb.height());
    std::fill_n(none.data(), none.size(), 0.f);
    std::vector<Image> row;
    row.push_back(picture.with_colors(std::as_const(none).view(2, picture.rgb.height(), picture.rgb.width())));
    row.push_back(result(*before_, picture, number, comparison_.shown));
    row.push_back(result(*after_, picture, number, comparison_.shown));
    row.push_back(picture.rgb);
    return row;
  }

 private:
  static std::unique_ptr<Evaluation> make(const EngineOptions& options) { return make_evaluation(options, 1, 2); }

  std::optional<EvaluationPicture> load(Index number) const {
    try {
      const Image picture = comparison_.pictures.load(number);
      if (has_own_colors(picture)) return EvaluationPicture(picture, before_->grid().width(), before_->grid().height());
    } catch (const Error&) {
    }
    return std::nullopt;  // the training has listed it
  }

  Image result(Evaluation& network, const EvaluationPicture& picture, Index number, Index count) const {
    const std::string stem = std::filesystem::path(comparison_.pictures.name(number)).stem().string();
    const std::vector<Index> cells = evaluation_hint_cells(ValidationOptions().seed, stem, network.grid(), count);
    const EvaluationPicture* const pictures[] = {&picture};
    const std::vector<Index>* const lists[] = {&cells};
    return picture.with_colors(network.predict(pictures, lists, {})[0]);
  }

  const Comparison& comparison_;
  std::unique_ptr<Evaluation> before_, after_;
};

std::string decibels(double value, bool with_sign = false) {
  std::ostringstream text;
  text << std::fixed << std::setprecision(2) << (with_sign ? std::showpos : std::noshowpos) << value;
  return text.str();
}

std::string picture_in_page(const Image& picture, const std::string& meaning) {
  const std::vector<std::byte> bytes = encode_image(picture, ImageFormat::jpeg);
  return concat("<td><img alt=\"", meaning, "\" src=\"data:image/jpeg;base64,", base64(as_text(bytes)), "\"></td>");
}

/// The two with the largest gain, the two in the middle, the two with the smallest; fewer where there are not so many.
std::vector<const PictureScores*> chosen(const std::vector<PictureScores>& scores, std::size_t count) {
  std::vector<const PictureScores*> order;
  for (const PictureScores& one : scores) order.push_back(&one);
  std::ranges::stable_sort(order, std::greater<>(),
                           [&](const PictureScores* one) { return one->after[count] - one->before[count]; });
  const std::size_t all = order.size();
  std::set<std::size_t> places;
  for (const std::size_t place : {std::size_t{0}, std::size_t{1}, all / 2, all / 2 + 1, all - 2, all - 1})
    if (place < all) places.insert(place);
  std::vector<const PictureScores*> some;
  for (const std::size_t place : places) some.push_back(order[place]);
  return some;
}

constexpr std::string_view style =
    "body{font:16px/1.5 sans-serif;max-width:70em;margin:2em auto;padding:0 1em}"
    "table{border-collapse:collapse}td,th{padding:.2em .8em;text-align:right}"
    "table.pictures td,table.pictures th{text-align:center;padding:.2em}img{width:100%}";

}  // namespace

ComparedScores write_finetune_report(const std::filesystem::path& path, const std::string& title,
                                     const Comparison& comparison) {
  Comparer comparer(comparison);
  std::vector<PictureScores> scores;
  for (Index i = 0; i < comparison.pictures.size(); ++i)
    if (std::optional<PictureScores> one = comparer.score(i)) scores.push_back(std::move(*one));
  if (scores.empty()) throw FileError("none of the pictures that were held out can be used for the report");

  ComparedScores means{std::ssize(scores), {}, {}};
  std::string page = concat("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>",
                            svg::escaped(title), "</title><style>", style, "</style></head><body>\n<h1>",
                            svg::escaped(title), "</h1>\n<p>", counted(means.pictures, "picture"),
                            " that the training did not learn from, each with hints of its own colours at "
                            "random places. PSNR in dB, more is better; 0.3 dB can just be seen side by side.</p>\n"
                            "<table><tr><th>hints</th><th>before</th><th>after</th><th>gain</th></tr>\n");
  const auto mean = [&](auto member, std::size_t count) {
    double sum = 0;
    for (const PictureScores& one : scores) sum += (one.*member)[count];
    return sum / static_cast<double>(scores.size());
  };
  std::size_t shown = 0;
  for (std::size_t k = 0; k < comparison.counts.size(); ++k) {
    means.before.push_back(mean(&PictureScores::before, k));
    means.after.push_back(mean(&PictureScores::after, k));
    if (comparison.counts[k] == comparison.shown) shown = k;
    page +=
        concat("<tr><td>", comparison.counts[k], "</td><td>", decibels(means.before[k]), "</td><td>",
               decibels(means.after[k]), "</td><td>", decibels(means.after[k] - means.before[k], true), "</td></tr>\n");
  }
  page +=
      concat("</table>\n<p>The pictures below gained most, about as much as the middle, and least, with ",
             counted(comparison.shown, "hint"),
             ".</p>\n<table class=\"pictures\"><tr><th>grey</th><th>before</th><th>after</th><th>truth</th></tr>\n");
  for (const PictureScores* one : chosen(scores, shown)) {
    page += "<tr>";
    const std::vector<Image> row = comparer.show(one->number);
    const char* const meanings[] = {"grey", "before", "after", "truth"};
    for (std::size_t i = 0; i < row.size(); ++i) page += picture_in_page(row[i], meanings[i]);
    page += concat("</tr>\n<tr><td>", svg::escaped(printable(comparison.pictures.name(one->number))), "</td><td>",
                   decibels(one->before[shown]), " dB</td><td>", decibels(one->after[shown]), " dB</td><td>",
                   decibels(one->after[shown] - one->before[shown], true), " dB</td></tr>\n");
  }
  page += "</table>\n</body></html>\n";
  write_file(path, page);
  return means;
}

}  // namespace icolorit::tool
