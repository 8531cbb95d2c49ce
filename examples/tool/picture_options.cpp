#include "picture_options.hpp"

#include <charconv>
#include <cstdlib>
#include <ctime>
#include <utility>
#include <vector>

#include "icolorit/core/config.hpp"
#include "icolorit/io/xmp.hpp"
#include "misuse.hpp"
#include "report.hpp"

namespace icolorit::tool {

namespace {

/// Now, or what reproducible builds set in its place (reproducible-builds.org, SOURCE_DATE_EPOCH).
std::string now_in_utc() {
  const char* const fixed = std::getenv("SOURCE_DATE_EPOCH");
  const std::time_t now = fixed != nullptr ? static_cast<std::time_t>(std::atoll(fixed)) : std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

}  // namespace

void PictureOptions::add_to(OptionGroup& output, OptionGroup& input) {
  output.number("--jpeg-quality", quality, "Of a JPEG or WebP output, 1 to 100; PNG and TIFF lose nothing", 1, 100)
      ->capture_default_str();
  output.flag("--lossless", lossless, "Write WebP without loss");
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
  try {
    const OpenedImage opened = open_image(std::move(bytes), {}, page == 0 ? 1 : page);
    for (const std::string& sentence : opened.notes) note(path, ": ", sentence);
    if (page == 0 && opened.pages > 1) note(path, ": page 1 of ", opened.pages, ", choose another with --page");
    return {opened.decode(1), opened.metadata};
  } catch (const FormatError& error) {
    throw FormatError(concat("cannot read ", path, ": ", error.what()));
  } catch (const ArgumentError& error) {
    throw Misuse(concat("--page ", page, ": ", error.what()));
  }
}

WriteOptions PictureOptions::output(const Image& image, const PictureMetadata& metadata, ImageFormat format,
                                    const std::string& model, Index hints) const {
  WriteOptions options{.quality = quality, .lossless = lossless, .background = parse_color(background)};
  options.keep_profile = profile == "keep";
  if (!strip)
    options.metadata = metadata;
  else if (options.keep_profile)
    options.metadata.profile = metadata.profile;
  options.embed_profile = !strip;
  if (!no_provenance && !strip)
    options.metadata.xmp = with_provenance(std::move(options.metadata.xmp),
                                           {concat("icolorit ", ICOLORIT_VERSION), model, hints, now_in_utc()});
  if (format == ImageFormat::jpeg && image.has_alpha())
    note("JPEG has no transparency: the picture is laid on ", background == "#ffffff" ? "white" : background,
         ", choose with --background");
  for (const std::string& name : too_large_metadata(options.metadata, format))
    note("the ", name, " data are larger than JPEG allows and are left out: PNG and TIFF hold them");
  return options;
}

}  // namespace icolorit::tool
