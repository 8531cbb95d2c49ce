// Files as users have them: pipes, links, protected ones, names of all kinds, and downloads that went wrong.
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "icolorit/io/image_file.hpp"
#include "icolorit/io/utf8.hpp"
#include "icolorit/io/weights.hpp"
#include "support/catch.hpp"
#include "support/sandbox.hpp"
#include "support/tool_inputs.hpp"

using namespace icolorit;
using namespace icolorit::test;
namespace fs = std::filesystem;

namespace {

const std::string engine = " --engine optimization --hint 1,1=red --no-provenance ";  // which holds the time

}  // namespace

TEST_CASE("a picture comes from the standard input and goes to the standard output", "[tool]") {
  Sandbox box;
  write_image(noise(20, 10, 1), box / "in.png");
  box.good("colorize in.png -o usual.png" + engine);
  const Outcome piped = box.run("colorize - -o - --format png" + engine, "cat in.png |");
  CHECK(piped.code == 0);
  CHECK(piped.out == text_of(box / "usual.png"));
  // the sandbox sends it into a file
  CHECK(box.run("colorize in.png -o /dev/stdout --format png" + engine).out == text_of(box / "usual.png"));
  CHECK_THAT(box.run("inspect -", "cat in.png |").out, ContainsSubstring("20 x 10 pixels"));
  CHECK_THAT(box.run("inspect /dev/stdin", "cat " + quoted(checkpoint) + " |").out, ContainsSubstring("dim 24"));
  CHECK_THAT(box.bad(2, "colorize in.png -o -" + engine), ContainsSubstring("give --format, e.g. --format png"));
  CHECK_THAT(box.bad(2, "colorize in.png -o - --format png --json" + engine), ContainsSubstring("--json"));
  CHECK_THAT(box.bad(1, "colorize - -o out.png" + engine, "echo text |"),
             ContainsSubstring("\"/dev/stdin\": not a PNG"));
}

TEST_CASE("JPEG XL and AVIF are written where the program has them, and elsewhere the missing library is named",
          "[tool]") {
  Sandbox box;
  write_image(noise(20, 10, 1), box / "in.png");
  const std::vector<ImageFormat> present = image_formats();
  for (const ImageFormat format : {ImageFormat::jxl, ImageFormat::avif}) {
    const std::string command = concat("colorize in.png -o - --format ", word_for(format), engine);
    if (std::ranges::find(present, format) == present.end()) {
      CHECK_THAT(box.bad(2, command), ContainsSubstring("was built without lib"));
      continue;
    }
    const Outcome outcome = box.run(command);
    CHECK(outcome.code == 0);
    CHECK(image_format_of(std::as_bytes(std::span(outcome.out))) == format);
    box.good(concat("colorize in.png -o ", word_for(format), ending_of(format), engine));
    CHECK_THAT(box.good(concat("inspect ", word_for(format), ending_of(format))), ContainsSubstring("20 x 10 pixels"));
  }
}

TEST_CASE("a named pipe as output stays a pipe", "[tool]") {
  Sandbox box;
  write_image(noise(20, 10, 1), box / "in.png");
  REQUIRE(mkfifo((box / "pipe").c_str(), 0600) == 0);
  for (const std::string format : {"tiff", "png"}) {
    box.good("colorize in.png -o usual." + format + engine);
    const Outcome outcome = box.run("colorize in.png -o pipe --format " + format + engine,
                                    R"(sh -c 'cat pipe >got & "$0" "$@"; code=$?; wait; exit $code')");
    CHECK(outcome.code == 0);
    CHECK(fs::is_fifo(box / "pipe"));
    CHECK(text_of(box / "got") == text_of(box / ("usual." + format)));
  }
}

TEST_CASE("an output through a link changes its target, which keeps its mode; a protected one is refused", "[tool]") {
  Sandbox box;
  write_image(noise(20, 10, 1), box / "in.png");
  fs::create_directory(box / "there");
  write_file(box / "there/target.png", std::string_view("old"));
  fs::permissions(box / "there/target.png", fs::perms::owner_read | fs::perms::owner_write);
  fs::create_symlink("there/target.png", box / "link.png");
  CHECK_THAT(box.bad(2, "colorize in.png -o link.png" + engine), ContainsSubstring("exists already"));
  box.good("colorize in.png -o link.png --overwrite" + engine);
  CHECK(fs::is_symlink(box / "link.png"));
  CHECK(read_image(box / "there/target.png").width() == 20);
  CHECK(fs::status(box / "there/target.png").permissions() == (fs::perms::owner_read | fs::perms::owner_write));

  fs::permissions(box / "there/target.png", fs::perms::owner_read);
  const std::string before = text_of(box / "there/target.png");
  CHECK_THAT(box.bad(1, "colorize in.png -o link.png --overwrite" + engine), ContainsSubstring("write-protected"));
  CHECK(text_of(box / "there/target.png") == before);

  const std::string longest = std::string(251, 'n') + ".png";  // as long as a name may be
  box.good("colorize in.png -o " + longest + engine);
  CHECK(read_image(box / longest).width() == 20);
}

TEST_CASE("the endings that JPEG files have besides .jpg are known", "[tool]") {
  Sandbox box;
  fs::create_directory(box / "in");
  write_image(noise(20, 10, 3), box / "in.png");
  for (const std::string ending : {"jfif", "jpe", "JIF"}) {
    box.good("colorize in.png -o in/" + ending + "." + ending + engine);
    CHECK_THAT(box.good("inspect in/" + ending + "." + ending), ContainsSubstring("JPEG"));
  }
}

TEST_CASE("a signal leaves no half-written file", "[tool]") {
  Sandbox box;
  fs::create_directory(box / "in");
  for (int i = 0; i < 12; ++i) write_image(noise(700, 700, 3), box / concat("in/", i, ".png"));
  const Outcome outcome = box.run(
      "pack --images in --out all.pack --decoded",
      R"(sh -c '"$0" "$@" & until ls -A | grep -q .icolorit-; do kill -0 $! || exit 9; sleep 0.005; done; kill -TERM $!; wait $!')");
  CHECK(outcome.code == 143);
  CHECK(box.files().size() == 12);
}

TEST_CASE("downloads that went wrong are called what they are, with what to do", "[tool][errors]") {
  Sandbox box;
  write_image(noise(20, 10, 3), box / "in.png");
  const auto refused = [&](const std::string& content) {
    write_file(box / "model.pth", std::string_view(content));
    box.bad(1, "inspect model.pth");
    return box.bad(1, "colorize in.png -o out.png --model model.pth");
  };
  CHECK_THAT(refused("version https://git-lfs.github.com/spec/v1\noid sha256:aaaa\nsize 25783148\n"),
             ContainsSubstring("a pointer of Git LFS") && ContainsSubstring("git lfs pull"));
  CHECK_THAT(refused("\n<!DOCTYPE html><html><head><title>Virus scan warning</title></head></html>"),
             ContainsSubstring("a web page") && ContainsSubstring("browser"));
  for (const std::string kind : {"pth", "safetensors", "png", "pack", "json"}) {
    write_file(box / ("empty." + kind), std::string_view());
    CHECK_THAT(box.bad(1, "inspect empty." + kind), ContainsSubstring("the file is empty: download or copy it again"));
  }
  for (const std::string option : {"--model empty.pth", "--hints empty.json"})
    CHECK_THAT(box.bad(1, "colorize in.png -o out.png " + option), ContainsSubstring("the file is empty"));

  box.good(concat("convert ", checkpoint, " whole.safetensors"));
  const std::string whole = text_of(box / "whole.safetensors");
  CHECK_THAT(refused(whole.substr(0, whole.size() / 2)), ContainsSubstring("the file is cut off, download or copy it"));
  CHECK_THAT(refused(whole.substr(0, 100)), ContainsSubstring("the file is cut off, download or copy it"));
  const std::string archive = text_of(checkpoint);
  CHECK_THAT(refused(archive.substr(0, archive.size() / 2)), ContainsSubstring("the file is cut off"));
}

TEST_CASE("the prefixes of PyTorch's wrappers are taken off the names in safetensors, too", "[tool]") {
  Sandbox box;
  write_image(noise(20, 10, 3), box / "in.png");
  const TensorFile file = read_weights(checkpoint);
  StoredTensors wrapped;
  for (const auto& [name, tensor] : file.tensors) wrapped.emplace("_orig_mod.module." + name, tensor);
  write_safetensors(box / "wrapped.safetensors", wrapped);
  box.good("colorize in.png -o out.png --model wrapped.safetensors");
  wrapped.emplace("norm.bias", file.tensors.at("norm.bias"));
  write_safetensors(box / "twice.safetensors", wrapped);
  CHECK_THAT(box.bad(1, "inspect twice.safetensors"), ContainsSubstring("comes twice"));
}

TEST_CASE("what Windows editors put in front of a text is no part of it, and UTF-16 is called so", "[tool]") {
  Sandbox box;
  write_image(noise(20, 10, 1), box / "in.png");
  const std::string mark(byte_order_mark), hints = R"({"hints":[{"x":1,"y":1,"color":"#c04020"}]})";
  write_file(box / "bom.json", std::string_view(mark + hints));
  write_file(box / "bom.txt", std::string_view(mark + "2 4\r\n"));
  std::string wide = "\xff\xfe";
  for (const char c : hints) wide += {c, '\0'};
  write_file(box / "wide.json", std::string_view(wide));
  box.good("colorize in.png -o out.png --engine optimization --hints bom.json");
  CHECK_THAT(box.good("inspect bom.json"), ContainsSubstring("1 hint that"));
  CHECK_THAT(box.good("inspect bom.txt"), ContainsSubstring("1 cell that"));
  for (const std::string command : {"inspect wide.json", "colorize in.png -o other.png --hints wide.json"})
    CHECK_THAT(box.bad(1, command), ContainsSubstring("UTF-16") && ContainsSubstring("save it as UTF-8"));
}

TEST_CASE("names that come out of files and folders cannot command the terminal", "[tool][errors]") {
  Sandbox box;
  const std::string name = "a\x1b[31m\xff.png";
  CHECK_THAT(box.bad(1, "colorize '" + name + "' -o out.png"), ContainsSubstring("a\\x1b[31m\\xff.png"));
  write_image(noise(20, 10, 1), box / name);
  const Outcome outcome = box.run("colorize '" + name + "' -o '2" + name + "'" + engine);
  CHECK(outcome.code == 0);
  CHECK_THAT(outcome.err, ContainsSubstring("2a\\x1b[31m\\xff.png: optimisation"));
  CHECK(box.run("colorize '" + name + "' -o '3" + name + "' --json" + engine).code == 0);

  TensorFile file = read_weights(checkpoint);
  file.metadata["epoch"] = "\x1b[2J";
  write_safetensors(box / "w.safetensors", file.tensors, file.metadata);
  CHECK_THAT(box.good("inspect w.safetensors"), ContainsSubstring("epoch = \\x1b[2J"));
}
