// icolorit film: a film coloured from hints at key frames.
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <csignal>
#include <filesystem>
#include <future>
#include <iomanip>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "commands.hpp"
#include "ending_signals.hpp"
#include "engines.hpp"
#include "film_keys.hpp"
#include "film_sink.hpp"
#include "film_source.hpp"
#include "film_state.hpp"
#include "flow.hpp"
#include "icolorit/film/film_colorizer.hpp"
#include "icolorit/film/film_window.hpp"
#include "icolorit/io/companion_files.hpp"
#include "misuse.hpp"
#include "option_group.hpp"
#include "output_check.hpp"
#include "progress_bar.hpp"
#include "report.hpp"
#include "standard_streams.hpp"

namespace icolorit::tool {

namespace {

struct Film {
  std::vector<std::filesystem::path> frames;
  std::filesystem::path keys_path;
  FilmOutput output;
  PictureOptions pictures;
  EngineOptions engine;
  std::string flow = "auto", detail = "normal";
  float smoothing = SteadyColorsOptions().smoothing;
  Index window = 24;
  Report report;

  void run();
};

/// With normal detail colours are worked out at about the network's own size, as fast as film needs; with high detail
/// at that of a photograph.
Index pixels_of_detail(const std::string& detail) { return detail == "high" ? 90'000 : 224 * 224; }

/// Says what Ctrl-C has left, by functions that a signal handler may call.
void end_film(int signal) {
  constexpr std::string_view sentence = "\nicolorit: interrupted; the same command with --resume goes on\n";
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, sentence.data(), sentence.size());
  end_without_traces(signal);
}

/// A frame on its way, with the name that its result gets.
struct WaitingFrame {
  FilmFrame frame;
  SourceFrame source;  // without its pixels
};

/// One film from its first frame to its last: a thread reads ahead and measures motion, another writes, and this one
/// colours.
class FilmRun {
 public:
  FilmRun(const Film& film, FilmKeys keys, std::unique_ptr<FilmSource> source, FilmSink& sink,
          std::pair<FlowEstimator, std::string> flow)
      : film_(film),
        keys_(std::move(keys)),
        source_(std::move(source)),
        sink_(sink),
        motion_(std::move(flow.first)),
        flow_name_(std::move(flow.second)),
        window_(film.window + 1) {}

  void run() {
    if (film_.output.resume && !film_.output.overwrite) take_up();
    if (state_ && is_finished())
      return note("all ", counted(source_->count(), "frame"), " are there already: there is nothing to do");
    auto coming = read_ahead();
    for (bool more = true;;) {
      while (more && !window_.is_full()) {
        std::optional<WaitingFrame> next = coming.get();
        more = next.has_value();
        if (!next) break;
        names_.push_back(std::move(next->source));
        window_.add(std::move(next->frame));
        coming = read_ahead();
      }
      if (window_.empty()) break;
      color(window_.take());
    }
    if (writing_.valid()) writing_.get();
    if (read_ == 0) throw FormatError("the film has no frames");
    if (!is_y4m(film_.output.out)) mark_film_complete(film_state_file(film_.output.out), read_);
    sink_.finish();
    tell_end();
  }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr Index frames_between_states = 32;

  std::string settings() const {
    return concat(film_.engine.title(), ", quality ", film_.engine.quality, ", size ", film_.engine.size, ", head ",
                  film_.engine.head, ", smoothing ", film_.smoothing, ", flow ", flow_name_, ", detail ", film_.detail,
                  ", window ", film_.window, ", keys ", keys_.checksum());
  }

  /// Where the film was left, if all frames up to there are still there. Frames before that are read once more as far
  /// as hints of later key frames reach back.
  void take_up() {
    state_ = read_film_state(film_state_file(film_.output.out), settings());
    const auto is_whole = [&] {
      for (Index number = 0; number <= state_->frame; ++number)
        if (!sink_.is_finished(source_->stem(number))) return false;
      return true;
    };
    const bool is_longer = state_ && source_->count() > 0 && state_->frame >= source_->count();  // than the film now
    if (!state_ || is_longer || !is_whole()) return state_.reset();
    const Index first = std::max(Index{0}, state_->frame - film_.window);
    source_->skip(first);
    motion_.begin_at(first);
    first_ = first;
    read_ = first;
  }

  bool is_finished() const {
    if (complete_film(film_state_file(film_.output.out)) != source_->count()) return false;
    for (Index number = 0; number < source_->count(); ++number)
      if (!sink_.is_finished(source_->stem(number))) return false;
    return true;
  }

  std::future<std::optional<WaitingFrame>> read_ahead() {
    return std::async(std::launch::async, [this]() -> std::optional<WaitingFrame> {
      std::optional<SourceFrame> source = source_->next();
      if (!source) return std::nullopt;
      Image picture = std::move(source->picture.image);
      if (width_ == 0) {
        width_ = picture.width();
        height_ = picture.height();
      }
      if (picture.width() != width_ || picture.height() != height_)
        throw FormatError(concat("frame ", read_, ", ", source->stem, ", has ", picture.width(), " x ",
                                 picture.height(), " pixels, those before it ", width_, " x ", height_,
                                 ": a film has frames of one size"));
      std::optional<std::vector<Hint>> key = keys_.of(read_, source->stem, width_, height_);
      ++read_;
      return WaitingFrame{motion_.add(std::move(picture), std::move(key)), std::move(*source)};
    });
  }

  void color(FilmFrame frame) {
    const SourceFrame source = std::move(names_.front());
    names_.erase(names_.begin());
    if (!colorizer_)
      colorizer_.emplace(make_color_engine(film_.engine, pixels_of_detail(film_.detail)), frame.picture.width(),
                         frame.picture.height(), SteadyColorsOptions{.smoothing = film_.smoothing});
    if (state_ && frame.number <= state_->frame) {  // is done
      if (frame.number == state_->frame) colorizer_->restore(*state_);
      lost_ = state_->lost;
      return;
    }
    const Clock::time_point start = Clock::now();
    ColoredFrame colored = colorizer_->color(frame);
    const double time = std::chrono::duration<double, std::milli>(Clock::now() - start).count();
    ++colored_;
    if (frame.is_cut) ++cuts_;
    if (!frame.continues() && !frame.key && frame.from_ahead.empty()) shots_without_key_.push_back(frame.number);
    if (colored.flicker) flicker_ += *colored.flicker;
    if (colored.lost > lost_ && first_loss_.empty()) first_loss_ = source.stem;
    lost_ = colored.lost;
    tell(frame, source, colored, time);
    write(source, std::move(colored), frame.number);
    show(frame.number + 1);
  }

  /// While the next frame is coloured.
  void write(const SourceFrame& source, ColoredFrame colored, Index number) {
    if (writing_.valid()) writing_.get();
    std::optional<FilmState> state;
    if (!is_y4m(film_.output.out) && (number == 0 || number % frames_between_states == frames_between_states - 1))
      state = colorizer_->state();
    writing_ = std::async(std::launch::async, [this, source, done = std::move(colored), state = std::move(state)] {
      if (state_ || !sink_.is_finished(source.stem))  // what lies behind the state may be of a film before
        sink_.write(source, done.image, done.hints);
      if (state) write_film_state(film_state_file(film_.output.out), *state, settings());
    });
  }

  void tell(const FilmFrame& frame, const SourceFrame& source, const ColoredFrame& colored, double time) {
    if (!film_.report.as_json) return;
    ResultLine line(sink_.place_of(source.stem));
    line.add("frame", frame.number).add("key", frame.key.has_value()).add("cut", frame.is_cut);
    line.add("hints", colored.hints).add("lost", colored.lost);
    line.add("flicker", colored.flicker ? json::Value(colored.flicker->mean()) : json::Value());
    film_.report.write(line.milliseconds(time));
    std::cout << std::flush;
  }

  void show(Index done) {
    const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
    const double rate = static_cast<double>(colored_) / seconds;
    std::ostringstream speed;
    speed << std::fixed << std::setprecision(1) << rate << " frames/s";
    const Index count = source_->count();
    if (count == 0) return bar_.show(0, concat(counted(done, "frame"), ", ", speed.str()));
    bar_.show(static_cast<double>(done) / static_cast<double>(count),
              concat(done, " of ", counted(count, "frame"), ", ", speed.str(), ", ",
                     hours_minutes_seconds(static_cast<double>(count - done) / rate), " left"));
  }

  void tell_end() {
    bar_.clear();
    if (keys_.count() > 0 && !shots_without_key_.empty())
      note(counted(std::ssize(shots_without_key_), "shot"), shots_without_key_.size() == 1 ? " has" : " have",
           " no key frame near its beginning, the first at frame ", shots_without_key_.front(),
           ": no hint says how to colour it from there");
    if (keys_.count() == 0) note("there are no key frames, so that no hint says how to colour the film: give --keys");
    if (const NameList unused = keys_.unused(); !unused.empty() && first_ == 0)
      note(unused.text(), unused.count() == 1 ? " is no key frame" : " are no key frames", " of this film and ",
           unused.count() == 1 ? "does" : "do", " not count: its first frame is ", source_->stem(0), ", its number 0");
    if (const auto& [key, stem] = keys_.misleading(); !key.empty())
      note(key, " was taken for ", stem, ", because numbers count from 0: name it ", stem, hint_file_ending,
           " if that is right");
    const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
    ResultLine line(film_.output.out);
    film_.engine.describe(line);
    const auto rounded = [](double value) {
      std::ostringstream text;
      text << std::fixed << std::setprecision(2) << value;
      return text.str();
    };
    const double rate = static_cast<double>(colored_) / seconds;
    line.count("frames", colored_, "frame").add("flow", flow_name_).count("keys", keys_.count(), "key frame");
    line.count("cuts", cuts_, "cut")
        .add("lost", lost_,
             lost_ > 0
                 ? concat(counted(lost_, "hint"), " lost", first_loss_.empty() ? "" : ", the first at ", first_loss_)
                 : "");
    line.add("first_lost", first_loss_.empty() ? json::Value() : json::Value(printable(first_loss_)));
    const bool is_measured = flicker_.pixels > 0;
    line.add("flicker", is_measured ? json::Value(flicker_.mean()) : json::Value(),
             is_measured ? concat("flicker ", rounded(flicker_.mean())) : "");
    if (colored_ > 0) line.add("frames_per_second", rate, concat(rounded(rate), " frames/s"));
    film_.report.write(line);
  }

  const Film& film_;
  FilmKeys keys_;
  std::unique_ptr<FilmSource> source_;
  FilmSink& sink_;
  FilmMotion motion_;
  std::string flow_name_;
  FilmWindow window_;
  std::vector<SourceFrame> names_;  // of the frames in the window
  std::optional<FilmState> state_;
  std::optional<FilmColorizer<AnyColorEngine>> colorizer_;
  Index width_ = 0, height_ = 0, read_ = 0, first_ = 0;
  Index colored_ = 0, cuts_ = 0, lost_ = 0;
  std::string first_loss_;  // the frame
  std::vector<Index> shots_without_key_;
  Flicker flicker_;
  ProgressBar bar_;
  Clock::time_point start_ = Clock::now();
  std::future<void> writing_;  // last: it ends before what it uses goes
};

void Film::run() {
  pictures.check();
  require(!is_standard_stream(output.out) || !report.as_json, "--json and -o - both write to the standard output");
  require(frames.size() == 1 || std::ranges::none_of(frames, is_y4m),
          "several frames are pictures: a film in Y4M is one");
  require(!(frames.size() == 1 && is_standard_stream(frames.front()) && output.resume),
          "--resume needs a film that can be read again: give files, not the standard input");
  engine.complete();
  require(engine.fuses() || detail == Film().detail, "--detail ", detail, " is of fusion, not of --engine ",
          engine.engine, ", which works at a size of its own: leave out one of them");
  auto estimator = make_flow(flow);
  FilmKeys keys = keys_path.empty() ? FilmKeys() : FilmKeys(keys_path);
  auto source = open_film(frames, pictures);
  output.model = engine.title();
  InputFiles inputs{keys_path, engine.weights};
  for (const auto& file : source->files()) inputs.add(file);
  for (const auto& file : frames) inputs.add(file);
  const auto sink = make_film_sink(output, *source, inputs, pictures);
  const bool can_go_on = !is_y4m(output.out) && !output.overwrite && !is_standard_stream(frames.front());
  if (can_go_on && std::signal(SIGINT, end_film) == SIG_IGN) std::signal(SIGINT, SIG_IGN);
  FilmRun(*this, std::move(keys), std::move(source), *sink, std::move(estimator)).run();
}

}  // namespace

void add_film(CLI::App& app) {
  CLI::App& command = *app.add_subcommand("film", "Colourise a film from hints at key frames");
  command.footer(
      "Example: icolorit film frames -o colored --keys hints\nwhere frames/shot_0001.png is a frame and "
      "hints/shot_0001.hints.json has its hints. Or by pipes: ffmpeg -i film.mkv -pix_fmt yuv420p -f yuv4mpegpipe - | "
      "icolorit film - "
      "-o - --keys keys.json | ffmpeg -i - -i film.mkv -map 0:v -map '1:a?' -c:a copy colored.mkv");
  const auto options = std::make_shared<Film>();
  command
      .add_option("FRAMES", options->frames,
                  "A folder of pictures, a pattern like frame_%04d.png, pictures in their order, a .y4m file, or - for "
                  "Y4M from the standard input")
      ->type_name("FILE")
      ->required();
  OptionGroup output(command, "Output");
  output
      .file("-o,--out", options->output.out,
            "A folder for the frames, a .y4m file, or - for Y4M to the standard output")
      ->required();
  output.choice(
      "--format", options->output.format,
      "Of frames in a folder: png, jpeg, webp, tiff, and jxl and avif where the program has them [that of the "
      "input, or png]",
      {"png", "jpeg", "webp", "tiff", "jxl", "avif"});
  output.choice("--chroma", options->output.chroma,
                "Of Y4M: 444, or 420 with a quarter of the colours [that of the input]", {"420", "444"});
  output.choice("--matrix", options->output.matrix, "Of Y4M: ITU-R BT.601 or BT.709, as the film's player expects it",
                {"601", "709"});
  output.add("--rate", options->output.rate, "N:D",
             "Of Y4M: frames a second as a fraction [that of the input, or 25:1]");
  OptionGroup input(command, "Input");
  options->pictures.add_to(output, input);
  add_overwrite(output, options->output.overwrite);
  output.flag("--resume", options->output.resume, "Go on with a film that was interrupted");
  options->report.add_to(command);
  OptionGroup hints(command, "Hints");
  hints.file("--keys", options->keys_path,
             "A folder with FRAME.hints.json for each key frame, or a JSON file with the hints of them all");
  hints
      .number("--window", options->window, "How many frames before a key frame its hints may reach back", Index{1},
              Index{1000})
      ->capture_default_str();
  OptionGroup time(command, "Time");
  time.choice("--flow", options->flow, "How motion is measured: dis (by OpenCV) or blocks [dis where it is there]",
              {"auto", "dis", "blocks"});
  time.number("--smoothing", options->smoothing, "How much of a colour comes from the frame before; 0: none", 0.f, .99f)
      ->capture_default_str();
  options->engine.add_to(command);
  OptionGroup(command, "Engine")
      .choice("--detail", options->detail, "high: colours have more detail, at about half the speed",
              {"normal", "high"});
  options->pictures.share_quality(*command.get_option("--quality"));
  command.callback([options] { options->run(); });
}

}  // namespace icolorit::tool
