// Validation while training: PSNR@k under the published protocol, with the hints that `icolorit make-hints` writes.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "icolorit/image/own_colors.hpp"
#include "icolorit/io/json.hpp"
#include "icolorit/models/paper_protocol.hpp"
#include "icolorit/training/dataset.hpp"
#include "icolorit/training/skip_report.hpp"

namespace icolorit {

struct ValidationOptions {
  std::vector<Index> counts{1, 10, 100};  ///< of hints, published
  std::uint64_t seed = 1234;              ///< of the hints
  Index cell = 2;                         ///< side of a hint in network pixels
  Index batch = 8;                        ///< pictures that the network takes at a time
  /// That the optimisation runs on, see ReferenceScores; the network's are those of its context.
  Index threads = std::max(1u, std::thread::hardware_concurrency());
};

/// The mean PSNR in dB over the pictures with this many hints.
struct ValidationScore {
  Index hints = 0;
  double psnr = 0;
};

/// The mean over the counts, by which the best epoch is chosen; NaN for no scores.
inline double mean_psnr(const std::vector<ValidationScore>& scores) {
  double sum = 0;
  for (const ValidationScore& score : scores) sum += score.psnr;
  return sum / static_cast<double>(scores.size());
}

/// As JSON: an object with a member for each count. What is not finite becomes null: JSON has no such numbers.
inline json::Value describe(const std::vector<ValidationScore>& scores) {
  json::Value members = json::Value::object();
  for (const auto& [hints, psnr] : scores)
    members[concat("val_psnr@", hints)] = std::isfinite(psnr) ? json::Value(psnr) : json::Value();
  return members;
}

/// Those that `describe` has written among the members of an object. Throws FormatError.
inline std::vector<ValidationScore> parse_scores(const json::Value& object) {
  constexpr std::string_view prefix = "val_psnr@";
  std::vector<ValidationScore> scores;
  for (const auto& [name, value] : json::as_object(object))
    if (name.starts_with(prefix))
      scores.push_back({std::strtoll(name.c_str() + prefix.size(), nullptr, 10),
                        value.is_null() ? std::numeric_limits<double>::quiet_NaN() : json::as_number(value)});
  return scores;
}

/// Told about every picture: its index, the number of hints, the picture as the network sees it, and the result.
using PictureCallback = std::function<void(Index index, Index hints, const Image& truth, const Image& result)>;

/// The scores of a protocol (PaperProtocol or OptimizationProtocol), one for each count, over the pictures that can be
/// read and have colours; the others are listed in `skipped`. `stage`, a string literal, is what the progress calls it.
/// Throws FileError where no picture can be used, ArgumentError for more hints than cells, Cancelled.
template <class Protocol, Dataset D>
std::vector<ValidationScore> score_pictures(Protocol& protocol, const D& pictures, const ValidationOptions& options,
                                            SkipReport& skipped, const PictureCallback& on_picture,
                                            const ProgressCallback& progress, const char* stage) {
  const Index most = options.counts.empty() ? 0 : std::ranges::max(options.counts);
  std::vector<ValidationScore> scores;
  for (const Index count : options.counts) scores.push_back({count, 0});

  struct Entry {
    Index index;
    EvaluationPicture picture;
    std::vector<Index> cells;
  };
  std::vector<Entry> loaded;
  Index scored = 0;
  const auto score = [&] {
    std::vector<const EvaluationPicture*> batch;
    for (const Entry& entry : loaded) batch.push_back(&entry.picture);
    for (ValidationScore& result : scores) {
      std::vector<std::vector<Index>> cells;
      for (const Entry& entry : loaded) cells.emplace_back(entry.cells.begin(), entry.cells.begin() + result.hints);
      std::vector<const std::vector<Index>*> lists;
      for (const std::vector<Index>& list : cells) lists.push_back(&list);
      const TensorView<const float, 4> ab = protocol.predict(batch, lists);  // (B,2,h,w)
      for (std::size_t i = 0; i < loaded.size(); ++i) {
        const Image colored = loaded[i].picture.with_colors(ab[static_cast<Index>(i)]);
        result.psnr += psnr(colored, loaded[i].picture.rgb);
        if (on_picture) on_picture(loaded[i].index, result.hints, loaded[i].picture.rgb, colored);
      }
    }
    scored += std::ssize(loaded);
    loaded.clear();
  };

  for (Index i = 0; i < pictures.size(); ++i) {
    report(progress, static_cast<double>(i) / static_cast<double>(pictures.size()), stage);
    try {
      const Image picture = pictures.load(i);
      if (!has_own_colors(picture)) {
        skipped.add(i, pictures.name(i), "the picture is grey or toned in one hue");
        continue;
      }
      const std::string stem = std::filesystem::path(std::string(pictures.name(i))).stem().string();
      loaded.push_back(
          {i, protocol.prepare(picture), evaluation_hint_cells(options.seed, stem, protocol.cells(), most)});
    } catch (const FileError& error) {
      skipped.add(i, pictures.name(i), error.what());
    } catch (const FormatError& error) {
      skipped.add(i, pictures.name(i), error.what());
    }
    if (std::ssize(loaded) == options.batch) score();
  }
  if (!loaded.empty()) score();
  if (scored == 0)
    throw FileError(concat("none of the ", pictures.size(),
                           " validation pictures can be used: they are unreadable, or without colours"));
  for (ValidationScore& result : scores) result.psnr /= static_cast<double>(scored);
  return scores;
}

/// The scores of a model. Throws as above.
template <class B, class T, Dataset D>
std::vector<ValidationScore> validate(std::shared_ptr<const Model<B, T>> model, const D& pictures,
                                      const ValidationOptions& options, SkipReport& skipped,
                                      const PictureCallback& on_picture = {}, const ProgressCallback& progress = {},
                                      typename B::Context context = typename B::Context()) {
  PaperProtocol<B, T> protocol(std::move(model), options.batch, std::move(context), options.cell);
  return score_pictures(protocol, pictures, options, skipped, on_picture, progress, "validation");
}

}  // namespace icolorit
