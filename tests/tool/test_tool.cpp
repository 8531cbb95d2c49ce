// The tool on folders under the published evaluation: make-hints and infer.
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "icolorit/io/hint_file.hpp"
#include "icolorit/io/image_file.hpp"
#include "icolorit/models/paper_protocol.hpp"
#include "support/catch.hpp"
#include "support/sandbox.hpp"
#include "support/tool_inputs.hpp"

using namespace icolorit;
using namespace icolorit::test;
namespace fs = std::filesystem;

TEST_CASE("make-hints: nested, and of seed and stem alone", "[tool]") {
  Sandbox box;
  fs::create_directories(box / "one/imgs");
  fs::create_directories(box / "two");
  for (const std::string name : {"one/imgs/b.png", "two/a.png", "two/b.jpg", "two/c.png"})
    write_image(noise(4, 4, 3), box / name);
  box.good("make-hints --images one --out h1 --counts 0 3 10");
  box.good("make-hints --images two --out h2 --counts 10 3 0 --seed 1234");
  box.good("make-hints --images two --out h3 --counts 10 --seed 1235");
  const HintGrid grid(224, 224, 2);
  const auto cells = [&](const std::string& folder, Index count, const std::string& stem) {
    return read_hint_cells(hint_cells_path(box / folder, 2, count, stem), grid);
  };
  const auto ten = cells("h1", 10, "b"), three = cells("h1", 3, "b");
  CHECK(cells("h1", 0, "b").empty());
  CHECK(ten.size() == 10);
  CHECK(three == std::vector(ten.begin(), ten.begin() + 3));
  CHECK(cells("h2", 10, "b") == ten);
  CHECK(cells("h2", 10, "a") != ten);
  CHECK(cells("h3", 10, "b") != ten);
  write_file(box / "two/README.txt", std::string_view("no picture"));
  CHECK_THAT(box.run("make-hints --images two --out h5 --counts 10").err,
             ContainsSubstring("left out of \"two\": README.txt (no ending of a picture)"));
  CHECK(!fs::exists(box / "h5/h2-n10/README.txt"));
  fs::remove(box / "two/README.txt");
  box.good("make-hints --images two --out h4 --counts 5 --size 64 --cell 16");
  CHECK(read_hint_cells(box / "h4/h16-n5/a.txt", HintGrid(64, 64, 16)).size() == 5);

  write_image(noise(4, 4, 3), box / "two/a.jpg");
  CHECK_THAT(box.bad(1, "make-hints --images two --out h5 --counts 1"), ContainsSubstring("rename one"));
}

TEST_CASE("predictions of several networks are not mixed in one folder, nor in one table", "[tool][errors]") {
  Sandbox box;
  fs::create_directories(box / "truth");
  write_image(noise(60, 50, 3), box / "truth/a.png");
  box.good("make-hints --images truth --out hints --counts 1,5 --size 48");
  const std::string infer = "infer --images truth --hints hints --out pred --counts ";
  const std::string network = " --weights " + quoted(checkpoint), other = " --engine optimization --size 48";
  box.good(infer + "1 5" + network);
  CHECK_THAT(box.bad(2, infer + "5" + other),
             ContainsSubstring("pred\" holds predictions by icolorit with checkpoint.pth") &&
                 ContainsSubstring("these are by optimization"));
  box.good(infer + "1" + network);  // the same once more
  fs::create_directories(box / "own/h2-n1");
  write_file(box / "own/h2-n1/a.png", std::string_view("mine"));
  CHECK_THAT(box.bad(2, "infer --images truth --hints hints --out own --counts 1" + network),
             ContainsSubstring("nothing says that infer made it"));
  CHECK(text_of(box / "own/h2-n1/a.png") == "mine");
  write_file(box / "hints/h2-n5/a.txt", std::string_view("0 0\n"));
  CHECK_THAT(box.bad(1, infer + "5 --overwrite" + network), ContainsSubstring("holds 1 hint, expected 5"));
  CHECK_THAT(box.bad(2, "make-hints --images truth --out hints --counts 1,5 --size 48"),
             ContainsSubstring("hints/h2-n5/a.txt holds other hints"));
  box.good("make-hints --images truth --out hints --counts 1,5 --size 48 --overwrite");
  box.good("evaluate --images truth --pred pred");
  box.good(infer + "5 --overwrite" + other);
  CHECK_THAT(box.bad(1, "evaluate --images truth --pred pred"),
             ContainsSubstring("of several makers, h2-n1 by icolorit") && ContainsSubstring("h2-n5 by optimization"));
  box.good("evaluate --images truth --pred pred/h2-n5");
}

TEST_CASE("infer: the published layout and PSNR@k", "[tool]") {
  Sandbox box;
  const std::string engine =
      GENERATE(std::string("--engine optimization --size 48"), "--weights " + quoted(checkpoint));
  CAPTURE(engine);
  fs::create_directories(box / "root/imgs");
  for (const std::string stem : {"a", "b", "c"})
    write_image(noise(70, 50, 3, static_cast<std::uint64_t>(stem[0])), box / ("root/imgs/" + stem + ".png"));
  box.good("make-hints --images root --out hints --counts 1 20 --size 48");
  const std::string table = box.good("infer --images root --hints hints --counts 20 0 1 --out pred " + engine);

  std::istringstream lines(table);
  std::string line;
  std::getline(lines, line);
  CHECK_THAT(line, ContainsSubstring("PSNR@k") && ContainsSubstring("3 pictures"));
  for (const Index count : {0, 1, 20}) {
    Index printed_count = -1;
    double printed = 0, sum = 0;
    lines >> printed_count >> printed;
    CHECK(printed_count == count);
    for (const std::string stem : {"a", "b", "c"}) {
      const fs::path in = box / ("root/imgs/" + stem + ".png");
      const Image result = read_image(box / concat("pred/h2-n", count, "/", stem, ".png"));
      sum += psnr(result, EvaluationPicture(read_image(in), 48, 48).rgb);
      const std::string reveal = count == 0 ? "" : concat("--reveal ", hint_cells_path(box / "hints", 2, count, stem));
      box.run(concat("colorize ", in, " -o single.png --overwrite --protocol paper ", engine, " ", reveal));
      CHECK(read_image(box / "single.png") == result);
    }
    CHECK(printed == Approx(sum / 3).margin(6e-4));  // printed with three digits
  }

  CHECK(box.good("infer --images root --hints hints --counts 0 1 20 --out pred --batch 2 --threads 1 " + engine) ==
        table);
  CHECK_THAT(box.bad(1, "infer --images root --hints hints --counts 1 7 --out pred " + engine),
             ContainsSubstring("h2-n7/a.txt") && ContainsSubstring("icolorit make-hints"));
  CHECK(!fs::exists(box / "pred/h2-n7"));

  write_file(box / "root/imgs/broken.png", std::string_view("broken"));
  write_file(box / "grey.txt", std::string_view("b\nc.png\n"));
  const Outcome outcome = box.run("infer --images root --counts 0 --out pred2 --grey-list grey.txt " + engine);
  CHECK(outcome.code == 0);
  CHECK_THAT(outcome.out, ContainsSubstring("1 picture,"));
  CHECK_THAT(outcome.err, ContainsSubstring("1 unreadable picture left out") && ContainsSubstring("broken.png"));
  CHECK(fs::exists(box / "pred2/h2-n0/a.png"));
  CHECK(!fs::exists(box / "pred2/h2-n0/b.png"));
}
