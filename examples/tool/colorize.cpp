// icolorit colorize: one picture, or, by colorize_many.hpp, several.
#include <charconv>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "colorize_many.hpp"
#include "commands.hpp"
#include "engines.hpp"
#include "icolorit/image/fast_color.hpp"
#include "icolorit/io/hint_file.hpp"
#include "icolorit/io/hint_folder.hpp"
#include "icolorit/io/image_file.hpp"
#include "icolorit/io/npy.hpp"
#include "icolorit/studio/session_file.hpp"
#include "misuse.hpp"
#include "option_group.hpp"
#include "output_check.hpp"
#include "picture_folder.hpp"
#include "picture_options.hpp"
#include "progress_bar.hpp"
#include "report.hpp"
#include "session_colors.hpp"
#include "standard_streams.hpp"
#include "wording.hpp"

namespace icolorit::tool {

namespace {

/// X,Y=#RRGGBB. Throws Misuse with the text.
Hint parse_hint(const std::string& text) {
  const auto number = [&](const char* from, char end) {
    Index value = 0;
    const auto [stop, error] = std::from_chars(from, text.data() + text.size(), value);
    require(error == std::errc() && *stop == end, "--hint ", text,
            ": write it as X,Y=#RRGGBB or X,Y=NAME, e.g. 120,80=#c8402e or 120,80=brown");
    return std::pair(value, stop + 1);
  };
  const auto [x, after_x] = number(text.data(), ',');
  const auto [y, after_y] = number(after_x, '=');
  try {
    return make_hint(x, y, parse_color(std::string_view(after_y, text.data() + text.size())));
  } catch (const ArgumentError&) {
    throw Misuse(concat("--hint ", text, ": \"", after_y,
                        "\" is no colour, write #RRGGBB, #RGB or a name, e.g. #c8402e or brown"));
  }
}

struct Colorize {
  std::vector<std::filesystem::path> inputs;
  std::filesystem::path out, hint_file, hints_folder, reveal_file, ab_out, session;
  std::vector<std::string> hint_texts;
  std::optional<Index> reveal_random;
  std::uint64_t seed = 1234;
  Index cell = 2;
  PictureOptions pictures;
  EngineOptions engine;
  std::string upsample, protocol = "full", format;
  bool overwrite = false, resume = false;
  WorkShareOption shard;
  Report report;

  using Clock = std::chrono::steady_clock;

  bool reveals() const { return !reveal_file.empty() || reveal_random; }

  void run() {
    pictures.check();
    expect_no_stray_words();
    std::vector<Hint> given;
    for (const std::string& text : hint_texts) given.push_back(parse_hint(text));
    if (inputs.size() == 1 && !is_there(inputs.front()))
      throw FileError(concat("there is no file or folder ", inputs.front()));
    out = output_of(out);
    if (asks_for_one() && is_folder(out) && (inputs.size() == 1 || (inputs.empty() && !session.empty())))
      out /= result_name(inputs.empty() ? picture_of_session(session) : inputs.front(), format);
    const ManyPictures many{inputs, out,       hints_folder, format, pictures, upsample == "bicubic",
                            resume, overwrite, shard,        report};
    if (many.are_meant()) return run_many(many);
    format_ = output_format();
    expect_no_terminal(out);
    require(!is_standard_stream(out) || !report.as_json, "--json and -o - both write to the standard output");
    if (!inputs.empty()) in_ = inputs.front();
    require(!is_standard_stream(in_) || !is_standard_stream(hint_file),
            "IN and --hints cannot both be the standard input");
    in_ = input_of(in_);
    hint_file = input_of(hint_file);
    require(!in_.empty() || !session.empty(), "IN is required: give a picture to colour");
    if (!session.empty()) return run_session();
    engine.complete(/*published_evaluation=*/protocol == "paper");
    if (protocol == "paper") {
      require(given.empty() && hint_file.empty(),
              "--protocol paper reveals the picture's own colours: use --reveal or --reveal-random");
      require(upsample.empty(), "--protocol paper enlarges nothing: leave out --upsample");
    }
    const InputFiles files{in_, hint_file, reveal_file, engine.weights};
    expect_output(out, files, overwrite);
    if (!ab_out.empty()) {
      require(!is_standard_stream(ab_out), "--ab-out needs the name of a file");
      expect_output(ab_out, files, overwrite);
    }
    require(ab_out.lexically_normal() != out.lexically_normal(), "--out and --ab-out name the same file: ", out);

    InputPicture photo = [&] {
      ProgressBar bar;
      bar.show(0, "reading");
      return pictures.read(in_);
    }();
    tell(photo.notes);
    const Image& picture = photo.image;
    for (std::size_t i = 0; i < given.size(); ++i)
      require(given[i].x >= 0 && given[i].x < picture.width() && given[i].y >= 0 && given[i].y < picture.height(),
              "--hint ", hint_texts[i], " lies outside the picture of ", picture.width(), " x ", picture.height(),
              " pixels: x and y count from 0 at the top left");
    if (reveals() && !has_own_colors(picture))
      throw ArgumentError(
          concat(in_,
                 " is a grey picture, or toned in one hue, and has no colours to reveal: give hints with "
                 "--hint X,Y=#RRGGBB or --hints FILE.json"));
    protocol == "paper" ? run_paper(std::move(photo)) : run_full(std::move(photo), given);
  }

 private:
  /// Whether options are given that are about one picture.
  bool asks_for_one() const {
    return !hint_texts.empty() || !hint_file.empty() || reveals() || !session.empty() || protocol != "full" ||
           !ab_out.empty();
  }

  static bool is_there(const std::filesystem::path& input) {
    std::error_code error;
    return is_standard_stream(input) || std::filesystem::exists(input, error);
  }

  /// A blank within a hint makes its rest another picture.
  void expect_no_stray_words() const {
    if (inputs.size() < 2 || hint_texts.empty()) return;
    const auto stray = std::ranges::find_if_not(inputs, is_there);
    if (stray != inputs.end())
      throw Misuse(concat("there is no picture ", *stray,
                          ": write a hint as one word, without blanks, e.g. --hint 120,80=#c8402e"));
  }

  ImageFormat output_format() const {
    if (!format.empty())  // the choices are endings, too
      return from_command_line([&] { return image_format_of("out." + format); });
    require(!is_standard_stream(out), "-o - has no ending that tells the format: give --format, e.g. --format png");
    try {
      return image_format_of(out);
    } catch (const ArgumentError& error) {
      throw Misuse(concat(error.what(), ", or in / for a folder"));
    }
  }

  void run_many(const ManyPictures& many) {
    require(
        !asks_for_one(),
        "several pictures get their hints from NAME.hints.json beside each, or in the folder --hints-dir: leave out "
        "--hint, --hints, --reveal, --session, --protocol and --ab-out");
    require(!inputs.empty(), "IN is required: give pictures to colour, or a folder of them");
    require(!is_standard_stream(out) && std::ranges::none_of(inputs, is_standard_stream),
            "several pictures come from files and go into a folder: - is for one picture");
    colorize_many(many, engine);
  }

  /// What the studio exports, from its session.
  void run_session() {
    require(hint_texts.empty() && hint_file.empty() && !reveals() && protocol == "full" && upsample.empty() &&
                ab_out.empty(),
            "--session says all about the colours: leave out hints, --upsample, --protocol and --ab-out");
    const std::filesystem::path picture = in_.empty() ? picture_of_session(session) : in_;
    expect_output(out, {picture, session, engine.weights}, overwrite);
    ProgressBar bar;
    bar.show(0, "reading");
    const Clock::time_point start = Clock::now();
    SessionColors colors = color_session(session, picture, engine, pictures, bar.callback());
    const Clock::duration time = Clock::now() - start;
    bar.clear();
    tell(colors.notes);
    write(*colors.image, std::move(colors.metadata), colors.model, colors.hints);
    ResultLine line(out);
    line.add("engine", colors.model, colors.model).count("hints", colors.hints, "hint");
    report.write(line.milliseconds(std::chrono::duration<double, std::milli>(time).count()));
  }

  void write(const Image& result, PictureMetadata metadata, const std::string& model, Index hints) const {
    std::vector<std::string> notes;
    const WriteOptions options = pictures.output(result, std::move(metadata), format_, model, hints, notes);
    tell(notes);
    ProgressBar bar;
    bar.show(1, "writing");
    write_output(out, encode_image(result, format_, options));
  }

  void run_full(InputPicture photo, std::span<const Hint> given) const {
    const Image& picture = photo.image;
    ProgressBar bar;
    FullColors colors = make_full_colors(engine, upsample == "bicubic");
    std::vector<Hint> hints;  // of several in one place the last counts
    std::optional<FittedHints> listed;
    if (reveals()) {
      expect_cells(colors.reveal_size, cell);
      hints = reveal(picture, HintGrid(colors.reveal_size, colors.reveal_size, cell));
    }
    if (!hint_file.empty()) {
      listed = read_fitted_hints(hint_file, picture.width(), picture.height());
      hints.insert(hints.end(), listed->hints.begin(), listed->hints.end());
    }
    hints.insert(hints.end(), given.begin(), given.end());

    const Clock::time_point start = Clock::now();
    const Image result = colors.colorizer.colorize(picture, hints, bar.callback());
    const Clock::duration time = Clock::now() - start;
    bar.clear();
    write(result, std::move(photo.metadata), engine.title(), std::ssize(hints));
    if (!ab_out.empty()) write_ab(colors.colorizer.ab(), 110);
    const bool stretched = listed && !listed->keeps_proportions();
    report_result(std::ssize(hints), colors.colorizer.lost_hints(), time, stretched);
    note_lost_hints(colors.colorizer, std::ssize(hints));
    if (stretched)
      note("the hints in ", hint_file, " were made on a picture of ", listed->made_width, " x ", listed->made_height,
           " pixels and are stretched to ", picture.width(), " x ", picture.height(),
           ": check that they belong to this picture");
    note_missing_hints(hints.empty());
    if (hints.empty()) note_work_beside(in_);
  }

  void run_paper(InputPicture photo) const {
    ProgressBar bar;
    const auto evaluation = make_evaluation(engine, 1, cell);
    const HintGrid& grid = evaluation->grid();
    const EvaluationPicture squashed(photo.image, grid.width(), grid.height());
    const std::vector<Index> cells = revealed_cells(grid);
    const EvaluationPicture* const one_picture = &squashed;
    const std::vector<Index>* const one_list = &cells;
    const Clock::time_point start = Clock::now();
    const auto ab = evaluation->predict({&one_picture, 1}, {&one_list, 1}, bar.callback())[0];
    const Clock::duration time = Clock::now() - start;
    bar.clear();
    write(squashed.with_colors(ab), std::move(photo.metadata), engine.title(), std::ssize(cells));
    if (!ab_out.empty()) write_ab(ab, 1);
    report_result(std::ssize(cells), 0, time);
    note_missing_hints(cells.empty());
  }

  void report_result(Index hints, Index lost, Clock::duration time, bool stretched = false) const {
    ResultLine line(out);
    engine.describe(line);
    line.count("hints", hints, "hint").add("lost", lost, lost > 0 ? concat(lost, " lost") : "");
    line.add("stretched", stretched);
    report.write(line.milliseconds(std::chrono::duration<double, std::milli>(time).count()));
  }

  /// Hints that do not count, and why.
  static void note_lost_hints(const AnyColorizer& colorizer, Index hints) {
    const Index lost = colorizer.lost_hints();
    if (lost == 0) return;
    const auto [width, height] = colorizer.hint_cell();
    const std::string place = width > 1 || height > 1 ? concat("a cell (", std::lround(width), " x ",
                                                               std::lround(height), " pixels here) with")
                                                      : "";
    note(lost, " of ", counted(hints, "hint"),
         place.empty() ? (lost == 1 ? " lies" : " lie") : (lost == 1 ? " shares " : " share "),
         place.empty() ? " in the same pixel as" : place, " a later one and ", lost == 1 ? "does" : "do", " not count");
  }

  std::vector<Index> revealed_cells(const HintGrid& grid) const {
    if (!reveal_file.empty()) return read_revealed_cells(reveal_file, grid);
    Random random(seed);
    return from_command_line([&] { return random_hint_cells(random, grid, reveal_random.value_or(0)); });
  }

  std::vector<Hint> reveal(const Image& picture, const HintGrid& grid) const {
    Buffer<float> lab(3 * grid.height() * grid.width());
    const auto planes = lab.view(3, grid.height(), grid.width());
    image_to_lab(planes, EvaluationPicture(picture, grid.width(), grid.height()).rgb);
    return reveal_hints(planes, grid, revealed_cells(grid), picture.width(), picture.height());
  }

  /// ab (2,h,w), divided into network units.
  void write_ab(TensorView<const float, 3> ab, float unit) const {
    Buffer<float> scaled(ab.elements());
    std::ranges::transform(std::span(ab.data(), static_cast<std::size_t>(ab.elements())), scaled.data(),
                           [unit](float value) { return value / unit; });
    write_npy(ab_out, scaled.view(2, ab.extent(1), ab.extent(2)));
  }

  /// Hints that the user may have meant.
  static void note_work_beside(const std::filesystem::path& picture) {
    std::error_code error;
    const std::filesystem::path session = studio::session_path_for(picture);
    if (std::filesystem::exists(session, error))
      note("the studio's work on this picture lies beside it: --session ", session, " renders that");
    else if (const auto hints = hints_path_for(picture); std::filesystem::exists(hints, error))
      note("hints for this picture lie beside it: --hints ", hints, " uses them");
  }

  void note_missing_hints(bool none) const {
    if (none && !engine.uses_network())
      note("without hints the optimisation leaves the picture grey: give some with --hint X,Y=#RRGGBB");
  }

  std::filesystem::path in_;               // the only input, if there is one
  ImageFormat format_ = ImageFormat::png;  // what --format or --out says
};

}  // namespace

void add_colorize(CLI::App& app) {
  CLI::App& command = *app.add_subcommand("colorize", "Colourise a picture from hints, at its own size and depth");
  for (const char* spelling : {"colourise", "colorise", "colourize"}) command.alias(spelling);
  command.footer(
      "Hints may be combined; of several in one place the last counts: revealed ones, those of --hints, those of "
      "--hint.\nExample: icolorit colorize grey.png -o colored.png --hint 120,80=#c8402e --hint 300,40=#6b9dd2");
  const auto options = std::make_shared<Colorize>();
  command
      .add_option("IN", options->inputs,
                  "A picture (PNG, JPEG, WebP, TIFF; JPEG XL and AVIF where the program has them), - for the standard "
                  "input, or several pictures and folders; only --reveal and --reveal-random look at its colours")
      ->type_name("FILE");
  OptionGroup output(command, "Output");
  output
      .file("-o,--out", options->out,
            "The coloured picture, whose ending tells the format; - is the standard output; or a folder for several")
      ->required();
  output.choice("--format", options->format,
                "Of the output: png, jpeg, webp, tiff, and jxl and avif where the program has them [that of the ending "
                "of --out]",
                {"png", "jpeg", "webp", "tiff", "jxl", "avif"});
  output.file("--ab-out", options->ab_out, "Also write ab as float32 [2,H,W] in network units to this .npy");
  OptionGroup input(command, "Input");
  options->pictures.add_to(output, input);
  add_overwrite(output, options->overwrite);
  output.flag("--resume", options->resume, "Of several pictures, leave those whose results are there already");
  options->shard.add_to(output);
  options->report.add_to(command);

  OptionGroup hints(command, "Hints");
  hints
      .add("--hint", options->hint_texts, "X,Y=COLOR",
           "The pixel in column X, row Y has this colour: #RRGGBB or a name like brown")
      ->allow_extra_args(false);
  hints.file("--hints", options->hint_file, "A JSON file of hints");
  hints.folder("--hints-dir", options->hints_folder,
               "Of several pictures: holds NAME.hints.json for each, if not beside it");
  hints.file("--session", options->session,
             "A session of icolorit studio, or .iclr of demo_icolorit_lora, whose colours are rendered; IN is its "
             "picture unless given");
  CLI::Option* const file = hints.file("--reveal", options->reveal_file,
                                       "A text file of cells whose colours are taken from IN (published layout)");
  CLI::Option* const random = hints
                                  .number("--reveal-random", options->reveal_random,
                                          "Take the colours of so many random cells from IN", Index{0}, Index{1} << 22)
                                  ->excludes(file);
  hints.seed(options->seed, "Other seeds choose other cells")->needs(random);
  hints.hint_size(options->cell);

  options->engine.add_to(command);
  options->pictures.share_quality(*command.get_option("--quality"));
  OptionGroup full_size(command, "Full size");
  full_size.choice("--upsample", options->upsample, "guided (along the edges of the picture) or bicubic [guided]",
                   {"guided", "bicubic"});
  full_size.choice("--protocol", options->protocol,
                   "full, or paper: the published evaluation, squashed to the network's size", {"full", "paper"});
  command.callback([options] { options->run(); });
}

}  // namespace icolorit::tool
