// The page that icolorit finetune leaves: what the album gained, in numbers and in pictures.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "engine_options.hpp"
#include "training_pictures.hpp"

namespace icolorit::tool {

/// A network on the same pictures as another. Both need complete engine options.
struct Comparison {
  const TrainingPictures& pictures;  ///< that neither has learned from
  const EngineOptions &before, &after;
  std::vector<Index> counts;  ///< of hints, ascending; the pictures are shown with `shown` of them
  Index shown = 5;
};

/// Mean PSNR in dB of both, for each count, over the pictures that can be read and have colours.
struct ComparedScores {
  Index pictures = 0;
  std::vector<double> before, after;
};

/// One HTML file with all pictures in it: a table of scores, and the grey picture, both results and the truth for the
/// pictures that gained most, least and in between. Throws FileError where it cannot be written or no picture can be
/// used.
ComparedScores write_finetune_report(const std::filesystem::path& path, const std::string& title,
                                     const Comparison& comparison);

}  // namespace icolorit::tool
