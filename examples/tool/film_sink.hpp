// Film sink: where the coloured frames go.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "film_source.hpp"
#include "output_check.hpp"

namespace icolorit::tool {

/// How a film is written.
struct FilmOutput {
  std::filesystem::path out;         ///< a folder, a .y4m file, or -
  std::string format;                ///< of picture files; empty: that of the frames, or png
  std::string chroma;                ///< of Y4M: 420 or 444; empty: that of a Y4M input of 420, else 444
  std::string matrix = "601", rate;  ///< of Y4M; an empty rate: that of the input, or 25:1
  bool overwrite = false, resume = false;
  std::string model;  ///< what coloured them, for their metadata
};

class FilmSink {
 public:
  virtual ~FilmSink() = default;

  /// Where the frame of this stem goes, and whether it is there already and shall stay.
  virtual std::filesystem::path place_of(const std::string& stem) const = 0;
  virtual bool is_finished(const std::string& /*stem*/) const { return false; }
  /// Frames in order; `colored` is the result, `hints` their number.
  virtual void write(const SourceFrame& frame, const Image& colored, Index hints) = 0;
  /// After the last one.
  virtual void finish() {}
};

/// Throws Misuse where the output cannot be made, or would cost the user a file.
std::unique_ptr<FilmSink> make_film_sink(const FilmOutput& output, const FilmSource& source, const InputFiles& inputs,
                                         const PictureOptions& pictures);

}  // namespace icolorit::tool
