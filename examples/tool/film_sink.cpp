#include "film_sink.hpp"

#include <optional>
#include <set>
#include <utility>

#include "icolorit/core/name_list.hpp"
#include "icolorit/image/convert.hpp"
#include "icolorit/io/image_file.hpp"
#include "icolorit/io/y4m_pixels.hpp"
#include "report.hpp"

namespace icolorit::tool {

namespace {

namespace fs = std::filesystem;

class FolderSink : public FilmSink {
 public:
  FolderSink(const FilmOutput& output, const FilmSource& source, const InputFiles& inputs,
             const PictureOptions& pictures)
      : output_(output), pictures_(pictures) {
    std::error_code error;
    require(!fs::exists(output.out, error) || fs::is_directory(output.out, error), "frames go into a folder: --out ",
            output.out, " is a file; to write Y4M, name it NAME.y4m");
    require(!codec::format_of_extension(output.out) || fs::is_directory(output.out, error),
            "frames go into a folder, or into NAME.y4m: --out ", output.out, " is named like a picture");
    require(!is_video(output.out) || fs::is_directory(output.out, error), "--out ", output.out,
            " needs an encoder: write Y4M to ffmpeg, with -o - | ffmpeg -i - ", output.out.filename());
    const std::vector<fs::path> files = source.files();
    ending_ = !output.format.empty() ? "." + output.format
              : files.empty()        ? ".png"
                                     : files.front().extension().string();
    if (ending_ == ".jpeg") ending_ = ".jpg";
    from_command_line([&] { return image_format_of("frame" + ending_); });  // which this program may lack
    NameList existing, replaced;
    std::set<fs::path> places;
    for (const fs::path& file : files) {
      const fs::path place = place_of(file.stem().string());
      require(places.insert(place).second, "two frames would be written as ", place, ": frames need different names");
      if (const fs::path* const input = inputs.find(place)) replaced.add(input->string());
      if (fs::exists(place, error)) existing.add(place.string());
    }
    require(replaced.empty(), "the results would replace what they are made from, ", replaced.text(),
            ": give --out another folder");
    if (files.empty() && fs::is_directory(output.out, error))  // of Y4M the frames' number is not known
      for (const auto& entry : fs::directory_iterator(output.out, error))
        if (image_format_named(entry.path())) existing.add(entry.path().string());
    require(existing.empty() || output.resume || output.overwrite, counted(existing.count(), "frame"), " of before ",
            existing.count() == 1 ? "is" : "are", " there, ", existing.text(),
            ": --resume keeps them and colours the rest, --overwrite replaces them");
    fs::create_directories(output.out);
  }

  fs::path place_of(const std::string& stem) const override { return output_.out / (stem + ending_); }
  bool is_finished(const std::string& stem) const override {
    std::error_code error;
    return output_.resume && !output_.overwrite && fs::exists(place_of(stem), error);
  }
  void write(const SourceFrame& frame, const Image& colored, Index hints) override {
    const fs::path place = place_of(frame.stem);
    std::vector<std::string> notes = frame.picture.notes;
    write_image(colored, place,
                pictures_.output(colored, frame.picture.metadata, image_format_of(place), output_.model, hints, notes));
    if (!notes.empty() && !std::exchange(has_told_, true)) tell(notes);  // one frame's stand for those of all
  }

 private:
  const FilmOutput& output_;
  const PictureOptions& pictures_;
  std::string ending_;
  bool has_told_ = false;
};

class Y4mSink : public FilmSink {
 public:
  Y4mSink(const FilmOutput& output, const FilmSource& source, const InputFiles& inputs, const PictureOptions& pictures)
      : output_(output) {
    require(pictures.profile == PictureOptions().profile && !pictures.lossless,
            pictures.lossless ? "--lossless" : "--profile", " is about picture files, and --out ", output.out,
            " is Y4M, which is lossless and has no profile");
    expect_no_terminal(output.out);
    expect_output(output.out, inputs, output.overwrite);
    require(!output.resume, "--resume needs frames in a folder: a film in one file is written from its beginning");
    require(output.format.empty(), "--format is about picture files, and --out ", output.out, " is Y4M");
    if (source.header() != nullptr) header_ = *source.header();
    const bool keeps_420 = source.header() != nullptr && header_.chroma != Y4mChroma::c444 &&
                           header_.chroma != Y4mChroma::c422 && header_.chroma != Y4mChroma::mono;
    if (output.chroma == "444" || (output.chroma.empty() && !keeps_420)) header_.chroma = Y4mChroma::c444;
    if (output.chroma == "420" && !keeps_420) header_.chroma = Y4mChroma::c420jpeg;
    if (!output.rate.empty()) header_.rate = output.rate;
    given_ = source.header() != nullptr;
  }

  fs::path place_of(const std::string&) const override { return output_.out; }
  void write(const SourceFrame&, const Image& colored, Index) override {
    if (!file_) begin(colored);
    const Image rgb = colored.channels() == 3 ? Image() : converted(colored, 3, colored.bits());
    file_->write(format_y4m_frame(rgb.empty() ? colored : rgb, header_, output_.matrix == "709" ? bt709 : bt601));
  }
  void finish() override {
    if (file_) file_->commit();
  }

 private:
  void begin(const Image& first) {
    if (!given_) {
      header_.width = first.width();
      header_.height = first.height();
      header_.bits = first.bits();
    }
    if (header_.bits > 8 && header_.chroma == Y4mChroma::c420jpeg) header_.chroma = Y4mChroma::c420mpeg2;
    is_standard_stream(output_.out) ? file_.emplace(STDOUT_FILENO, "the standard output") : file_.emplace(output_.out);
    const std::string line = format_y4m_header(header_);
    file_->write(std::as_bytes(std::span(line)));
  }

  const FilmOutput& output_;
  Y4mHeader header_;
  bool given_ = false;  // the header is that of the input
  std::optional<FileWriter> file_;
};

}  // namespace

std::unique_ptr<FilmSink> make_film_sink(const FilmOutput& output, const FilmSource& source, const InputFiles& inputs,
                                         const PictureOptions& pictures) {
  require(output.rate.empty() || y4m::is_ratio(output.rate), "--rate ", output.rate,
          ": write it as two whole numbers, e.g. 25:1 or 30000:1001");
  if (is_y4m(output.out)) return std::make_unique<Y4mSink>(output, source, inputs, pictures);
  require(output.chroma.empty() && output.rate.empty() && output.matrix == "601",
          "--chroma, --matrix and --rate are about Y4M, and --out ", output.out, " is a folder");
  return std::make_unique<FolderSink>(output, source, inputs, pictures);
}

}  // namespace icolorit::tool
