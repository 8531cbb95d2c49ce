// examples/quickstart.sh: what it says of a photograph before it installs or builds anything.
#include <string>

#include "icolorit/io/image_file.hpp"
#include "support/catch.hpp"
#include "support/sandbox.hpp"
#include "support/tool_inputs.hpp"

using namespace icolorit;
using namespace icolorit::test;

TEST_CASE("quickstart refuses what it cannot colour before it builds", "[tool][errors]") {
  Sandbox box;
  write_image(noise(40, 30, 1), box / "grey.png");
  write_image(noise(40, 30, 2), box / "grey_alpha.png");
  write_image(noise(40, 30, 1), box / "grey.jpg");
  write_file(box / "notes.png", std::string_view("no picture"));
  const auto [arguments, complaint] = GENERATE(table<std::string, std::string>({
      {"none.jpg", "there is no file none.jpg"},
      {"grey.png none.json", "there is no file none.json"},
      {"notes.png", "notes.png is not a PNG, JPEG, WebP or TIFF picture"},
      {"grey.png", "grey.png is grey: write some colours into a file"},
      {"grey_alpha.png", "grey_alpha.png is grey"},
      {"grey.jpg", "grey.jpg is grey: write some colours into a file"},
  }));
  const Outcome outcome = box.run(arguments, "", examples / "quickstart.sh");
  INFO(arguments << ": " << outcome.out << outcome.err);
  CHECK(outcome.code == 2);
  CHECK(outcome.out.empty());  // nothing was built
  CHECK_THAT(outcome.err, ContainsSubstring(complaint));
}
