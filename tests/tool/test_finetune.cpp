// icolorit finetune and --lora: a network tuned on an album, and an adapter put in, taken out and used.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>
#include <string_view>

#include "icolorit/io/image_file.hpp"
#include "icolorit/io/weights.hpp"
#include "support/catch.hpp"
#include "support/pictures.hpp"
#include "support/sandbox.hpp"

using namespace icolorit;
using namespace icolorit::test;
namespace fs = std::filesystem;

namespace {

const fs::path small_network = fs::path(ICOLORIT_GOLDEN_DIR) / "network" / "cnn" / "checkpoint.pth";

/// An album of twelve pictures, two of which are held out.
struct Album : Sandbox {
  Album() {
    fs::create_directories(*this / "album");
    for (Index i = 0; i < 12; ++i)
      write_image(gradient_picture(60 + 3 * i, 50, static_cast<std::uint64_t>(i)), *this / concat("album/", i, ".png"));
  }

  static std::string finetune(const std::string& more) {
    return "finetune --data album --model " + quoted(small_network) + " --threads 1 --workers 1 " + more;
  }
};

Index occurrences(std::string_view text, std::string_view part) {
  Index count = 0;
  for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++count;
  return count;
}

std::vector<std::byte> tensors_of(const fs::path& path) { return format_safetensors(read_weights(path).tensors); }

}  // namespace

TEST_CASE("finetune holds pictures out, stops where nothing is gained, and shows what was gained", "[tool][training]") {
  Album box;
  const std::string said = box.good(box.finetune("--epochs 40 --patience 1 --lr 1e-12"));
  CHECK_THAT(said, ContainsSubstring("10 pictures") && ContainsSubstring("before the first step: PSNR@1 "));
  CHECK_THAT(said, ContainsSubstring("PSNR with 5 hints on 2 pictures not trained on: before "));
  CHECK(occurrences(said, "\nepoch ") < 40);  // its patience ended, at such a learning rate soon
  const std::string page = text_of(box / "album-finetuned/report.html");
  CHECK(occurrences(page, "<img ") == 2 * 4);
  CHECK(occurrences(page, "src=\"data:image/jpeg;base64,") == 2 * 4);
  CHECK(occurrences(page, "http") == 0);  // nothing is fetched
  CHECK_THAT(page, ContainsSubstring("<th>before</th><th>after</th>"));
  CHECK(fs::exists(box / "album-finetuned/best.safetensors"));
  CHECK_THAT(box.good("finetune --resume --epochs 41 --threads 1 -o album-finetuned"),
             ContainsSubstring("PSNR with 5 hints"));
  CHECK_THAT(box.bad(2, "finetune --resume --lora 8 --threads 1 -o album-finetuned"),
             ContainsSubstring("is of a whole network, not of an adapter"));
  CHECK_THAT(box.bad(2, "finetune"), ContainsSubstring("give --data FOLDER"));
  fs::create_directories(box / "few");
  fs::copy_file(box / "album/0.png", box / "few/0.png");
  CHECK_THAT(box.bad(2, "finetune --data few --model " + quoted(small_network)),
             ContainsSubstring("an album of 1 picture is too small"));
  fs::create_directories(box / "grey");
  for (Index i = 0; i < 5; ++i) write_image(Image(20, 20, 1, 8), box / concat("grey/", i, ".png"));
  CHECK_THAT(box.bad(1, "finetune --data grey --model " + quoted(small_network)),
             ContainsSubstring("all 5 pictures are grey"));
}

TEST_CASE("an adapter is trained, used at any strength, merged into weights and taken out again", "[tool][training]") {
  Album box;
  const std::string said = box.good(box.finetune("--lora 4 --epochs 2 --out tuned"));
  CHECK_THAT(said, ContainsSubstring("wrote tuned/weights.safetensors and its adapter, tuned/adapter"));
  CHECK(fs::file_size(box / "tuned/adapter/adapter_model.safetensors") < 20'000);

  const std::string base = " --weights " + quoted(small_network),
                    picture = "colorize album/3.png --reveal-random 9 -o ";
  box.good(picture + "base.png" + base);
  box.good(picture + "tuned.png --weights tuned/weights.safetensors");
  CHECK_THAT(box.report(picture + "adapted.png" + base + " --lora tuned/adapter"),
             ContainsSubstring("checkpoint.pth with adapter"));
  box.good(picture + "none.png" + base + " --lora tuned/adapter:0");
  box.good(picture + "halves.png" + base +
           " --lora tuned/adapter:0.5 --lora tuned/adapter/adapter_model.safetensors:0.5");
  const auto pixels = [&](const std::string& name) { return read_image(box / name); };
  CHECK(pixels("adapted.png") == pixels("tuned.png"));
  CHECK(pixels("none.png") == pixels("base.png"));
  CHECK(pixels("adapted.png") != pixels("base.png"));

  box.good("convert " + quoted(small_network) + " base.safetensors");
  box.good("convert base.safetensors merged.safetensors --lora tuned/adapter");
  CHECK(tensors_of(box / "merged.safetensors") == tensors_of(box / "tuned/weights.safetensors"));
  box.good("inspect merged.safetensors --verify");
  box.good("convert merged.safetensors again.safetensors --lora tuned/adapter:-1");
  const TensorFile first = read_weights(box / "base.safetensors"), again = read_weights(box / "again.safetensors");
  for (const auto& [name, tensor] : first.tensors) {
    const auto* was = reinterpret_cast<const float*>(tensor.bytes.data());
    const auto* is = reinterpret_cast<const float*>(again.find(name)->bytes.data());
    for (Index i = 0; i < tensor.shape.elements(); ++i)  // two roundings of numbers below 4
      REQUIRE(std::abs(was[i] - is[i]) <= 4 * 1.2e-7f);
  }

  CHECK_THAT(box.bad(2, picture + "x.png" + base + " --lora tuned/adapter:much"), ContainsSubstring("FILE:STRENGTH"));
  CHECK_THAT(box.bad(1, picture + "x.png" + base + " --lora base.safetensors"),
             ContainsSubstring("adapter_config.json") && ContainsSubstring("is missing"));
  CHECK_THAT(box.bad(2, box.finetune("--lora-alpha 3 --out other")), ContainsSubstring("give --lora RANK"));
}
