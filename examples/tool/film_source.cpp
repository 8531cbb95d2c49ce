#include "film_source.hpp"

#include <glob.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <iomanip>
#include <regex>
#include <sstream>

#include "icolorit/io/image_file.hpp"
#include "icolorit/io/y4m_pixels.hpp"
#include "report.hpp"
#include "standard_streams.hpp"

namespace icolorit::tool {

namespace {

namespace fs = std::filesystem;

/// "frame_2" before "frame_10": runs of digits are compared as numbers.
bool comes_before(const fs::path& a, const fs::path& b) {
  const std::string x = a.filename().string(), y = b.filename().string();
  const auto digit = [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; };
  std::size_t i = 0, j = 0;
  while (i < x.size() && j < y.size()) {
    if (digit(x[i]) && digit(y[j])) {
      const auto number = [&](const std::string& text, std::size_t& at) {
        const std::size_t first = std::min(text.find_first_not_of('0', at), text.size());
        std::size_t end = at;
        while (end < text.size() && digit(text[end])) ++end;
        at = end;
        return first < end ? text.substr(first, end - first) : std::string();
      };
      const std::string m = number(x, i), n = number(y, j);
      if (m.size() != n.size()) return m.size() < n.size();
      if (m != n) return m < n;
    } else {
      if (x[i] != y[j]) return x[i] < y[j];
      ++i;
      ++j;
    }
  }
  return x.size() - i < y.size() - j;
}

/// The pictures of a folder whose names match.
std::vector<fs::path> pictures_named(const fs::path& folder, const std::regex& name) {
  std::vector<fs::path> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder.empty() ? fs::path(".") : folder, error))
    if (entry.is_regular_file(error) && image_format_named(entry.path()) &&
        std::regex_match(entry.path().filename().string(), name))
      found.push_back(folder / entry.path().filename());
  if (error) throw FileError(concat("cannot read the folder ", folder, ": ", error.message()));
  std::ranges::sort(found, comes_before);
  return found;
}

/// frame_%04d.png as the regular expression of the names that it makes.
std::regex regex_of(const std::string& pattern) {
  std::string expression;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    std::size_t end = i + 1;
    while (pattern[i] == '%' && end < pattern.size() && std::isdigit(static_cast<unsigned char>(pattern[end]))) ++end;
    if (pattern[i] == '%' && end < pattern.size() && pattern[end] == 'd') {
      expression += "[0-9]+";
      i = end;
    } else {
      if (std::string_view(R"(.^$|()[]{}*+?\)").find(pattern[i]) != std::string_view::npos) expression += '\\';
      expression += pattern[i];
    }
  }
  return std::regex(expression);
}

std::vector<fs::path> files_of(const std::vector<fs::path>& frames) {
  if (frames.size() > 1) {
    if (!std::ranges::is_sorted(frames, comes_before))
      note(
          "the frames come in the order in which they are given, and the numbers in their names do not ascend: give "
          "their folder, or a pattern in quotes, to have them in order");
    return frames;
  }
  const fs::path& path = frames.front();
  std::error_code error;
  if (fs::is_directory(path, error)) return pictures_named(path, std::regex(".*"));
  if (fs::exists(path, error)) return {path};
  const std::string name = path.filename().string();
  if (name.find('%') != std::string::npos) return pictures_named(path.parent_path(), regex_of(name));
  std::vector<fs::path> found;
  glob_t matches{};
  if (glob(path.c_str(), 0, nullptr, &matches) == 0)
    for (std::size_t i = 0; i < matches.gl_pathc; ++i) found.emplace_back(matches.gl_pathv[i]);
  globfree(&matches);
  std::ranges::sort(found, comes_before);
  return found;
}

class PictureFiles : public FilmSource {
 public:
  PictureFiles(std::vector<fs::path> files, const PictureOptions& options)
      : files_(std::move(files)), options_(options) {}

  std::optional<SourceFrame> next() override {
    if (at_ == files_.size()) return std::nullopt;
    const fs::path& path = files_[at_++];
    return SourceFrame{path.stem().string(), options_.read(path)};
  }
  void skip(Index count) override { at_ = std::min(at_ + static_cast<std::size_t>(count), files_.size()); }
  std::string stem(Index number) const override { return files_[static_cast<std::size_t>(number)].stem().string(); }
  Index count() const override { return std::ssize(files_); }
  std::vector<fs::path> files() const override { return files_; }

 private:
  std::vector<fs::path> files_;
  const PictureOptions& options_;
  std::size_t at_ = 0;
};

class Y4mFilm : public FilmSource {
  /// What f returns; a complaint names the film.
  template <class F>
  auto in_naming(F&& f) const {
    try {
      return f();
    } catch (const FormatError& error) {
      throw FormatError(
          concat("cannot read ", is_standard_stream(name_) ? "the standard input" : concat(name_), ": ", error.what()));
    }
  }

 public:
  explicit Y4mFilm(const fs::path& path) : name_(path), in_(input_of(path), std::ios::binary) {
    if (!in_) throw FileError(concat("cannot open ", path));
    in_naming([&] { reader_.emplace(in_); });
    if (header()->interlacing != 'p' && header()->interlacing != '?')
      note("the film is interlaced, which disturbs its colours: let ffmpeg deinterlace it first, with -vf bwdif");
  }

  std::optional<SourceFrame> next() override {
    return in_naming([&]() -> std::optional<SourceFrame> {
      const auto luma = reader_->next();
      if (!luma) return std::nullopt;
      return SourceFrame{stem(number_++), {picture_of_luma(*luma, *header()), {}, {}}};
    });
  }
  std::string stem(Index number) const override {
    std::ostringstream text;
    text << "frame_" << std::setfill('0') << std::setw(6) << number;
    return text.str();
  }
  void skip(Index count) override {
    while (count-- > 0 && in_naming([&] { return reader_->next(); })) ++number_;
  }
  const Y4mHeader* header() const override { return &reader_->header(); }

 private:
  fs::path name_;
  std::ifstream in_;
  std::optional<Y4mReader> reader_;
  Index number_ = 0;
};

}  // namespace

bool is_y4m(const fs::path& path) { return is_standard_stream(path) || path.extension() == ".y4m"; }

bool is_video(const fs::path& path) {
  std::string ending = path.extension().string();
  std::ranges::transform(ending, ending.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  constexpr std::array<std::string_view, 13> endings{".mp4",  ".m4v", ".mkv", ".mov", ".avi", ".webm", ".mpg",
                                                     ".mpeg", ".wmv", ".gif", ".ogv", ".mxf", ".ts"};
  return std::ranges::find(endings, ending) != endings.end();
}

std::unique_ptr<FilmSource> open_film(const std::vector<fs::path>& frames, const PictureOptions& options) {
  if (frames.size() == 1 && is_y4m(frames.front())) return std::make_unique<Y4mFilm>(frames.front());
  std::vector<fs::path> files = files_of(frames);
  if (files.empty())
    throw FileError(concat("there are no frames ", frames.front(),
                           ": give a folder of pictures, a pattern like frame_%04d.png, or a .y4m file"));
  if (frames.size() == 1 && files.front() == frames.front() && is_video(frames.front()))
    throw FileError(concat("cannot decode ", frames.front(), ": let ffmpeg do it, with ffmpeg -i ",
                           frames.front().filename(), " -pix_fmt yuv420p -f yuv4mpegpipe - | icolorit film - ..."));
  return std::make_unique<PictureFiles>(std::move(files), options);
}

}  // namespace icolorit::tool
