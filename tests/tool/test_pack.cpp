// icolorit pack: the pictures of a folder in one file.
#include <filesystem>
#include <string>

#include "icolorit/io/image_file.hpp"
#include "icolorit/training/shard_dataset.hpp"
#include "support/catch.hpp"
#include "support/sandbox.hpp"
#include "support/tool_inputs.hpp"

using namespace icolorit;
using namespace icolorit::test;
namespace fs = std::filesystem;

TEST_CASE("pack: the usable pictures of a folder in one file", "[tool]") {
  Sandbox box;
  fs::create_directories(box / "in/deep");
  write_image(noise(40, 30, 3, 1), box / "in/a.png");
  write_image(noise(90, 60, 4, 2), box / "in/deep/b.webp");
  write_image(noise(20, 20, 1), box / "in/grey.png");
  write_file(box / "in/text.jpg", std::string_view("no picture"));
  write_file(box / "in/deep/letter.txt", std::string_view("Dear aunt"));
  write_file(box / "in/._a.png", std::string_view("what some systems put beside a file"));

  const Outcome outcome = box.run("pack --images in --out files");
  REQUIRE(outcome.code == 0);
  REQUIRE_THAT(outcome.err, ContainsSubstring("2 pictures packed, 2 left out") && ContainsSubstring("grey.png: ") &&
                                ContainsSubstring("text.jpg: ") &&
                                ContainsSubstring("left out of \"in\": deep/letter.txt (no ending of a picture)"));
  const ShardDataset files(box / "files");
  REQUIRE(files.size() == 2);
  REQUIRE(files.name(1) == "deep/b.webp");
  REQUIRE(files.read(0) == read_file(box / "in/a.png"));

  box.run("pack --images in --out pixels --decoded --short-side 30");
  const ShardDataset pixels(box / "pixels");
  REQUIRE(pixels.load(0) == read_image(box / "in/a.png"));
  REQUIRE(pixels.load(1).width() == 45);
  REQUIRE(pixels.load(1).height() == 30);
  REQUIRE(pixels.load(1).channels() == 3);

  box.run("pack --images in --out small --short-side 15");
  REQUIRE(ShardDataset(box / "small").load(0).width() == 20);

  REQUIRE_THAT(box.bad(1, "pack --images missing --out x"), ContainsSubstring("missing"));
  REQUIRE_THAT(box.bad(1, "pack --images in --out none/x"), ContainsSubstring("there is no folder"));
  REQUIRE_THAT(box.bad(2, "pack --images in --out x --short-side 0"), ContainsSubstring("--short-side"));
  fs::remove_all(box / "in/deep");
  fs::remove(box / "in/a.png");
  REQUIRE_THAT(box.bad(1, "pack --images in --out files --overwrite"), ContainsSubstring("none of the 2 pictures"));
  REQUIRE(ShardDataset(box / "files").size() == 2);  // the old file survives
}
