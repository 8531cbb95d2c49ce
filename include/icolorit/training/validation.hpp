// Validation while training: PSNR@k under the published protocol, with the hints that `icolorit make-hints` writes.
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "icolorit/models/paper_protocol.hpp"
#include "icolorit/training/dataset.hpp"
#include "icolorit/training/skip_report.hpp"

namespace icolorit {

struct ValidationOptions {
  std::vector<Index> counts{1, 10, 100};  ///< of hints, published
  std::uint64_t seed = 1234;              ///< of the hints
  Index cell = 2;                         ///< side of a hint in network pixels
  Index batch = 8;                        ///< pictures that the network takes at a time
};

/// The mean PSNR in dB over the pictures with this many hints.
struct ValidationScore {
  Index hints = 0;
  double psnr = 0;
};

/// Told about every picture: its index, the number of hints, the picture as the network sees it, and the result.
using PictureCallback = std::function<void(Index index, Index hints, const Image& truth, const Image& result)>;

/// The scores of a model, one for each count, over the pictures that can be read; the others are listed in `skipped`.
/// Throws FileError where none can be, ArgumentError for more hints than cells, Cancelled.
template <class B, class T, Dataset D>
std::vector<ValidationScore> validate(std::shared_ptr<const Model<B, T>> model, const D& pictures,
                                      const ValidationOptions& options, SkipReport& skipped,
                                      const PictureCallback& on_picture = {}, const ProgressCallback& progress = {},
                                      typename B::Context context = typename B::Context()) {
  PaperProtocol<B, T> protocol(std::move(model), options.batch, std::move(context), options.cell);
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
    report(progress, static_cast<double>(i) / static_cast<double>(pictures.size()), "validation");
    try {
      const std::string stem = std::filesystem::path(std::string(pictures.name(i))).stem().string();
      loaded.push_back(
          {i, protocol.prepare(pictures.load(i)), evaluation_hint_cells(options.seed, stem, protocol.cells(), most)});
    } catch (const FileError& error) {
      skipped.add(i, pictures.name(i), error.what());
    } catch (const FormatError& error) {
      skipped.add(i, pictures.name(i), error.what());
    }
    if (std::ssize(loaded) == options.batch) score();
  }
  if (!loaded.empty()) score();
  if (scored == 0) throw FileError(concat("none of the ", pictures.size(), " validation pictures can be read"));
  for (ValidationScore& result : scores) result.psnr /= static_cast<double>(scored);
  return scores;
}

}  // namespace icolorit
