// What of a photograph besides its colours goes through `icolorit colorize`.
#include <string>
#include <vector>

#include "icolorit/image/background.hpp"
#include "icolorit/io/image_file.hpp"
#include "support/bytes.hpp"
#include "support/catch.hpp"
#include "support/picture_files.hpp"
#include "support/sandbox.hpp"

using namespace icolorit;
using namespace icolorit::test;

namespace {

const std::string hinted = " --engine optimization --hint '5,5=#c04020'";

PictureMetadata facts() {
  PictureMetadata metadata;
  metadata.profile =
      icc_profile({CurveSpace::srgb_curve, codec::srgb_white, {{.680, .320, 1}, {.265, .690, 1}, {.150, .060, 1}}},
                  ColorModel::rgb);
  metadata.exif = exif_block(1, false);
  codec::TiffEditor(metadata.exif).add_to_first({codec::bytes_field(271, 2, to_bytes(std::string("ScanCo\0", 7)))});
  metadata.texts = {{"Comment", "found in an attic"}};
  metadata.resolution = Resolution{600, 600};
  return metadata;
}

}  // namespace

TEST_CASE("metadata and profile of a photograph go into the coloured one", "[tool]") {
  Sandbox box;
  WriteOptions options;
  options.metadata = facts();
  options.keep_profile = true;
  write_image(gradient_picture(40, 30), box / "in.png", options);
  const auto result = [&](const std::string& out, const std::string& more) {
    REQUIRE(box.run("colorize in.png -o " + out + hinted + more).code == 0);
    return open_image(read_file(box / out)).metadata;
  };
  const PictureMetadata plain = result("out.jpg", "");
  CHECK(plain.profile == srgb_profile());
  CHECK(as_text(plain.exif).find("ScanCo") != std::string_view::npos);
  CHECK(plain.texts == options.metadata.texts);
  CHECK(plain.resolution == options.metadata.resolution);
  CHECK_THAT(plain.xmp, ContainsSubstring("optimisation from 1 colour hint<") &&
                            ContainsSubstring("digitalsourcetype/algorithmicallyEnhanced<"));
  // a profile without a way back is refused before anything is coloured
  Bytes one_way = encode_tiff(gradient_picture(40, 30));
  codec::TiffEditor(one_way).add_to_first({codec::bytes_field(
      codec::tiff_tag::profile, 7, Bytes(options.metadata.profile.begin(), options.metadata.profile.begin() + 300))});
  write_file(box / "one_way.tif", one_way);
  CHECK_THAT(box.bad(1, "colorize one_way.tif -o x.png --profile keep --engine optimization"),
             ContainsSubstring("--profile keep: \"one_way.tif\": the colour profile cannot be written to"));
  const PictureMetadata kept = result("out.tif", " --profile keep --no-provenance");
  CHECK(kept.profile == options.metadata.profile);
  CHECK(kept.xmp.find("icolorit") == std::string::npos);
  CHECK(result("out.webp", " --strip") == PictureMetadata());
}

TEST_CASE("transparency, pages and unusable profiles are said in a line each", "[tool]") {
  Sandbox box;
  Image picture = gradient_picture(40, 30, 1, 4);
  for (Index y = 0; y < 30; ++y) picture.samples<std::uint8_t>()(y, 39, 3) = 0;
  write_image(picture, box / "cut.png");
  const auto corner = [&](const std::string& more) {
    const Outcome outcome = box.run("colorize cut.png -o out.jpg --overwrite" + hinted + more);
    REQUIRE(outcome.code == 0);
    CHECK_THAT(outcome.err, ContainsSubstring("note: JPEG has no transparency"));
    return int{read_image(box / "out.jpg").samples<std::uint8_t>()(15, 39, 2)};
  };
  CHECK(corner("") > 245);
  CHECK(corner(" --background black") < 10);
  CHECK_THAT(box.bad(2, "colorize cut.png -o out.jpg --background nosuch" + hinted), ContainsSubstring("nosuch"));

  Bytes file = encode_tiff(gradient_picture(40, 30));
  codec::TiffEditor edit(file);
  edit.add_to_first({codec::bytes_field(codec::tiff_tag::profile, 7, Bytes(300, std::byte{1}))});
  const auto block = codec::TiffBlock::open(file);
  const auto first = block->directory(block->first());
  std::vector<codec::TiffField> fields;
  for (const auto& entry : first.entries) fields.push_back(block->field(entry));
  const std::size_t next_position = first.next_position;
  const std::size_t second = edit.append_directory(fields);
  edit.put(next_position, second, 4);
  write_file(box / "two.tif", file);
  const Outcome two = box.run("colorize two.tif -o out.png" + hinted);
  CHECK(two.code == 0);
  CHECK_THAT(two.err, ContainsSubstring("the colour profile in the file cannot be used") &&
                          ContainsSubstring("page 1 of 2, choose another with --page"));
  CHECK(box.run("colorize two.tif -o out.png --overwrite --page 2" + hinted).err.find("page 1 of") ==
        std::string::npos);
  CHECK_THAT(box.bad(2, "colorize two.tif -o out.png --overwrite --page 3" + hinted),
             ContainsSubstring("the file has 2 of them"));

  CHECK(box.run("colorize cut.png -o small.webp --quality 20" + hinted).code == 0);
  CHECK(box.run("colorize cut.png -o exact.webp --lossless" + hinted).code == 0);
  CHECK(box.run("colorize cut.png -o exact.png" + hinted).code == 0);
  CHECK(read_image(box / "exact.webp") == read_image(box / "exact.png"));
  CHECK(read_file(box / "small.webp").size() < read_file(box / "exact.webp").size());
}
