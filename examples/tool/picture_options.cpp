#include "picture_options.hpp"

#include <charconv>
#include <utility>
#include <vector>

#include "icolorit/io/result_options.hpp"
#include "misuse.hpp"
#include "report.hpp"

namespace icolorit::tool {

namespace {

/// Throws FormatError where --profile keep cannot be obeyed.
void expect_writable(std::span<const std::byte> profile, const std::filesystem::path& path) {
  try {
    static_cast<void>(ProfileWriter(profile));
  } catch (const FormatError& error) {
    throw FormatError(concat("--profile keep: ", path, ": ", error.what(), "; leave it out to write sRGB"));
  }
}

}  // namespace

void tell(const std::vector<std::string>& notes) {
  for (const std::string& sentence : notes) note(sentence);
}

void PictureOptions::add_to(OptionGroup& output, OptionGroup& input) {
  output
      .number("--jpeg-quality", quality, "Of a JPEG, WebP, JPEG XL or AVIF output, 1 to 100; PNG and TIFF lose nothing",
              1, 100)
      ->capture_default_str();
  output.flag("--lossless", lossless, "Write WebP, JPEG XL or AVIF without loss");
  output.add("--background", background, "COLOR", "What shows through a transparent picture in a JPEG")
      ->capture_default_str();
  output.choice("--profile", profile, "srgb, or keep: write in the colour profile of IN, where that is one of RGB",
                {"srgb", "keep"});
  output.flag("--strip", strip, "Leave out dates, places, texts and all other metadata of IN");
  output.flag("--no-provenance", no_provenance, "Do not state in the output that, and by what, it was coloured");
  input.number("--page", page, "Of a TIFF file with several pages, from 1 [the first]", Index{1}, Index{65536});
}

void PictureOptions::share_quality(CLI::Option& engine_quality) {
  engine_quality.description(engine_quality.get_description() + "; a number is one of --jpeg-quality");
  engine_quality.transform([this](const std::string& text) -> std::string {
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return text;
    if (number < 1 || number > 100)
      throw CLI::ValidationError(concat(text, " is neither normal nor high nor from 1 to 100"));
    quality = number;
    return "normal";
  });
}

void PictureOptions::check() const {
  try {
    parse_color(background);
  } catch (const ArgumentError&) {
    throw Misuse(concat("--background ", background, ": it is no colour, write #RRGGBB, #RGB or a name, e.g. white"));
  }
}

InputPicture PictureOptions::read(const std::filesystem::path& path) const { return decode(path, read_file(path)); }

InputPicture PictureOptions::decode(const std::filesystem::path& path, std::vector<std::byte> bytes) const {
  const auto about_file = [&](auto&& f) {
    try {
      return f();
    } catch (const FormatError& error) {
      throw FormatError(concat("cannot read ", path, ": ", error.what()));
    }
  };
  OpenedImage opened = about_file([&] {
    try {
      return open_image(std::move(bytes), {}, page == 0 ? 1 : page);
    } catch (const ArgumentError& error) {
      throw Misuse(concat("--page ", page, ": ", error.what()));
    }
  });
  if (profile == "keep" && is_rgb_profile(opened.metadata.profile)) expect_writable(opened.metadata.profile, path);
  if (page == 0 && opened.pages > 1)
    opened.notes.push_back(concat("page 1 of ", opened.pages, ", choose another with --page"));
  for (std::string& sentence : opened.notes) sentence = concat(path, ": ", sentence);
  return {about_file([&] { return opened.decode(1); }), std::move(opened.metadata), std::move(opened.notes)};
}

WriteOptions PictureOptions::output(const Image& image, PictureMetadata metadata, ImageFormat format,
                                    const std::string& model, Index hints, std::vector<std::string>& notes) const {
  WriteOptions options =
      result_options(std::move(metadata), model, hints,
                     {.metadata = !strip, .provenance = !no_provenance, .profile = profile == "keep"},
                     {.quality = quality, .lossless = lossless, .background = parse_color(background)});
  if (format == ImageFormat::jpeg && image.has_alpha())
    notes.push_back(concat("JPEG has no transparency: the picture is laid on ",
                           background == "#ffffff" ? "white" : background, ", choose with --background"));
  for (const std::string& name : too_large_metadata(options.metadata, format))
    notes.push_back(concat("the ", name, " data are larger than JPEG allows and are left out: PNG and TIFF hold them"));
  return options;
}

}  // namespace icolorit::tool
