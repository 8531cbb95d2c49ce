// icolorit train, run as its users run it: from nothing to weights, interrupted in every way, and on every bad input.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "icolorit/io/json.hpp"
#include "icolorit/io/safetensors.hpp"
#include "support/catch.hpp"
#include "support/pictures.hpp"
#include "support/sandbox.hpp"

using namespace icolorit;
using namespace icolorit::test;
namespace fs = std::filesystem;

namespace {

const fs::path golden = ICOLORIT_GOLDEN_DIR;
const fs::path small_network = golden / "network" / "cnn" / "checkpoint.pth";  // 48 x 48 pixels, patch 8

/// A sandbox with pictures to train on, in nested folders, and to validate with.
struct TrainingBox : Sandbox {
  TrainingBox() {
    for (Index i = 0; i < 12; ++i) {
      const fs::path path = *this / concat(i < 10 ? "data/" : "val/", i % 2 == 0 ? "even" : "odd", "/", i, ".png");
      fs::create_directories(path.parent_path());
      write_image(gradient_picture(60 + 3 * i, 50, static_cast<std::uint64_t>(i)), path);
    }
  }

  /// Epochs of five steps on the small network, and more words.
  static std::string train(const std::string& more = "", Index epochs = 2) {
    return "train --data data --val val --out out --init " + quoted(small_network) + concat(" --epochs ", epochs) +
           " --batch 2 --warmup-epochs 1 --num-hints 0 20 --val-counts 1 10 --threads 1 --workers 1 " + more;
  }

  /// The place in the stream that the checkpoint goes on from.
  std::pair<Index, Index> position() const {
    const TensorFile file = read_safetensors(*this / "out/checkpoint.safetensors");
    const json::Value state = json::parse(file.metadata.at("training.state"));
    return {json::as_integer(json::at(state, "epoch")), json::as_integer(json::at(state, "step"))};
  }

  std::vector<std::byte> tensors(const std::string& name) const {
    return format_safetensors(read_safetensors(*this / name).tensors);
  }
};

std::vector<json::Value> log_lines(const fs::path& path) {
  std::vector<json::Value> lines;
  std::istringstream text(text_of(path));
  for (std::string line; std::getline(text, line);) lines.push_back(json::parse(line));
  return lines;
}

}  // namespace

TEST_CASE("train writes weights, a log and events, and its weights colour", "[tool][training]") {
  TrainingBox box;
  const std::string said = box.good(box.train("--keep-every 1 --ema 0.9"));
  CHECK_THAT(said, ContainsSubstring("validation: grey ") && ContainsSubstring(" dB, optimisation at 1 hint ") &&
                       ContainsSubstring(", at 10 hints ") && ContainsSubstring("before the first step: PSNR@1 "));
  CHECK_THAT(said, ContainsSubstring("10 pictures, 2 epochs of 5 steps of 2 pictures"));
  CHECK_THAT(said, ContainsSubstring("epoch 1/2: loss ") && ContainsSubstring("PSNR@10 "));

  const auto lines = log_lines(box / "out/log.txt");
  REQUIRE(lines.size() == 3);  // the first before the first step
  for (std::size_t epoch = 0; epoch < 3; ++epoch) {
    CHECK(json::as_integer(lines[epoch].at("epoch")) == static_cast<Index>(epoch));
    if (epoch > 0) CHECK(json::as_number(lines[epoch].at("train_loss")) > 0);
    CHECK(json::as_number(lines[epoch].at("val_psnr@1")) > 5);
    CHECK(json::as_number(lines[epoch].at("val_psnr@10")) > 5);
  }
  const std::vector<std::string> files = box.files();
  for (const std::string name : {"checkpoint.safetensors", "weights.safetensors", "weights-0001.safetensors",
                                 "weights-0002.safetensors", "validation.svg"})
    CHECK(std::ranges::count(files, "out/" + name) == 1);
  CHECK(std::ranges::any_of(files,
                            [](const std::string& name) { return name.find("events.out.tfevents.") != name.npos; }));
  CHECK(box.tensors("out/weights.safetensors") == box.tensors("out/weights-0002.safetensors"));
  CHECK(box.tensors("out/weights.safetensors") != box.tensors("out/weights-0001.safetensors"));

  CHECK_THAT(box.good("inspect out/weights.safetensors --verify"), ContainsSubstring("self-check"));
  box.good("colorize val/even/10.png -o colored.png --weights out/weights.safetensors --reveal-random 5");
  box.good("convert out/weights.safetensors weights.pth");
  box.good("infer --images val/even --out predictions --counts 0 --weights weights.pth");
}

TEST_CASE("training from random weights, with every option", "[tool][training]") {
  TrainingBox box;
  box.good("pack --images data --out data.shard");
  box.good(
      "train --data data.shard --out out --model icolorit_tiny_4ch_patch32_224 --head linear --input-size 32 "
      "--epochs 1 --batch 4 --accumulate 2 --recompute --loss l1 --lr 1e-4 --min-lr 0 --warmup-epochs 0 "
      "--weight-decay 0.1 --clip-grad 1 --drop-path 0.1 --seed 7 --hint-size 4 --hint-skew 2 --num-hints 1 9 "
      "--crop-area 0.5 1 --mirror 0.5 --folder-weight even=2 --mask-cent --no-avg-hint --pictures-per-epoch 8 "
      "--hint-loss 3 --weight-decay-end 0.2 --val val --no-baseline --val-counts 2");
  CHECK(fs::exists(box / "out/best.safetensors"));
  CHECK(log_lines(box / "out/log.txt").size() == 1);
  const TensorFile weights = read_safetensors(box / "out/weights.safetensors");
  CHECK(weights.metadata.at("icolorit.head") == "linear");
  CHECK(weights.metadata.at("icolorit.size") == "32");
  CHECK(weights.metadata.at("icolorit.centre_mask") == "1");
  CHECK(weights.metadata.at("icolorit.average_hints") == "0");
}

namespace {

/// Goes in front of the tool: a Ctrl-C, or another signal, so many seconds after the training has begun.
std::string interrupted_after(double seconds, const std::string& signal = "INT") {
  // Bit 1 of the caught signals is SIGINT's: before, the signal would be lost, since shells let jobs ignore it.
  return concat(
      "sh -c '\"$0\" \"$@\" & until [ -e out/log.txt ] && grep -q \"^SigCgt:.*[2367abef]$\" /proc/$!/status; do "
      "kill -0 $! || exit 9; sleep 0.01; done; sleep ",
      seconds, "; kill -", signal, " $!; wait $!'");
}

}  // namespace

TEST_CASE("Ctrl-C says so, finishes the step, saves and ends with 130; the rest follows as if nothing had happened",
          "[tool][training]") {
  constexpr Index epochs = 60;
  TrainingBox straight, stopped;
  straight.good(straight.train("", epochs));
  const Outcome outcome = stopped.run(stopped.train("", epochs), interrupted_after(.2));
  CHECK(outcome.code == 130);
  CHECK_THAT(outcome.err, ContainsSubstring("stopping after this step; Ctrl-C again ends without saving"));
  CHECK_THAT(outcome.out, ContainsSubstring("go on with --resume"));
  CHECK(stopped.position() < std::pair<Index, Index>(epochs, 0));
  stopped.good("train --resume --threads 1 --out out");  // all else is in the checkpoint
  CHECK(stopped.position() == std::pair<Index, Index>(epochs, 0));
  CHECK(stopped.tensors("out/weights.safetensors") == straight.tensors("out/weights.safetensors"));
  CHECK(stopped.tensors("out/checkpoint.safetensors") == straight.tensors("out/checkpoint.safetensors"));
}

TEST_CASE("killed at twenty random moments, a training loses nothing but unfinished steps", "[tool][training]") {
  TrainingBox straight, killed;
  const std::string arguments = "--checkpoint-every 1 --resume";
  constexpr Index epochs = 100;
  const auto start = std::chrono::steady_clock::now();
  straight.good(straight.train(arguments, epochs));
  const double whole = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  Random random(20);
  std::pair<Index, Index> reached{0, 0};
  for (int kill = 0; kill < 20; ++kill) {
    const double moment = whole / 5 * random.uniform();
    const Outcome outcome = killed.run(killed.train(arguments, epochs), concat("timeout -s KILL ", moment));
    CAPTURE(kill, moment, outcome.err);
    REQUIRE((outcome.code == 137 || outcome.code == 0));  // 0: it was faster than the killer
    if (!fs::exists(killed / "out/checkpoint.safetensors")) continue;
    const auto position = killed.position();
    REQUIRE(position >= reached);
    reached = position;
  }
  CHECK(reached > std::pair<Index, Index>(0, 0));
  killed.good(killed.train(arguments, epochs));
  CHECK(killed.tensors("out/weights.safetensors") == straight.tensors("out/weights.safetensors"));
  CHECK(killed.tensors("out/checkpoint.safetensors") == straight.tensors("out/checkpoint.safetensors"));
  const auto lines = log_lines(killed / "out/log.txt"), expected = log_lines(straight / "out/log.txt");
  REQUIRE(lines.size() == epochs + 1);
  for (std::size_t i = 1; i < lines.size(); ++i)
    for (const char* key : {"epoch", "train_loss", "train_lr", "val_psnr@10"})
      CHECK(json::as_number(lines[i].at(key)) == json::as_number(expected[i].at(key)));
}

TEST_CASE("a full disk ends a training and keeps its old checkpoint", "[tool][training][errors]") {
  TrainingBox box;
  REQUIRE(box.run(box.train("", 1000), interrupted_after(.1)).code == 130);
  const auto before = box.tensors("out/checkpoint.safetensors");
  // A limit on the size of files, in blocks of 512 bytes, stands for the full disk.
  const Outcome outcome = box.run(box.train("--resume --checkpoint-every 1", 1000), "ulimit -f 40;");
  CHECK(outcome.code == 1);
  // The first file to be written is the checkpoint, or the weights where the epoch was complete.
  CHECK_THAT(outcome.err,
             ContainsSubstring("cannot write \"out/") && ContainsSubstring(".safetensors\": File too large"));
  CHECK(box.tensors("out/checkpoint.safetensors") == before);
  for (const std::string& name : box.files()) CHECK(name.find(".safetensors.") == name.npos);
}

TEST_CASE("pictures that cannot be used are skipped, counted and listed", "[tool][training]") {
  TrainingBox box;
  write_file(box / "data/even/broken.jpg", std::string_view("no picture"));
  write_image(grey_picture(40, 40, 3), box / "data/odd/grey.png");
  write_file(box / "val/even/broken.png", std::string_view("no picture"));
  const std::string said = box.good(box.train("", 6));
  CHECK_THAT(said, ContainsSubstring("2 training pictures were skipped, see out/skipped-training.txt: ") &&
                       ContainsSubstring("even/broken.jpg, odd/grey.png"));
  CHECK_THAT(said, ContainsSubstring("1 validation picture was skipped"));
  CHECK_THAT(text_of(box / "out/skipped-training.txt"),
             ContainsSubstring("even/broken.jpg: ") && ContainsSubstring("odd/grey.png: the picture is grey"));
}

TEST_CASE("train refuses what cannot work, with a sentence", "[tool][training][errors]") {
  TrainingBox box;
  fs::create_directories(box / "empty");
  fs::create_directories(box / "broken");
  for (Index i = 0; i < 4; ++i) write_file(box / concat("broken/", i, ".png"), std::string_view("no picture"));
  const auto with = [](const std::string& data, const std::string& more) {
    return "train --data " + data + " --out out --epochs 1 --batch 2 --threads 1 " + more;
  };
  const std::string init = "--init " + quoted(small_network) + " --num-hints 0 5 ";
  CHECK_THAT(box.bad(1, with("empty", init)), ContainsSubstring("no pictures in \"empty\""));
  CHECK_THAT(box.bad(1, with("nowhere", init)), ContainsSubstring("cannot read the folder \"nowhere\""));
  CHECK_THAT(box.run(with("broken", init)).err, ContainsSubstring("none of the 4 pictures can be used"));
  fs::remove_all(box / "out");  // the pictures are first read in the first step
  CHECK_THAT(box.bad(1, with("data", "--init " + quoted(golden / "crops.txt"))), ContainsSubstring("crops.txt"));
  CHECK_THAT(box.bad(2, with("data", init + "--model icolorit_tiny_4ch_patch16_224")),
             ContainsSubstring("cannot begin with") && ContainsSubstring("leave out --model"));
  CHECK_THAT(box.bad(2, with("data", "")), ContainsSubstring("give --model NAME") && ContainsSubstring("--init FILE"));
  CHECK_THAT(box.bad(2, with("data", "--model icolorit_huge")), ContainsSubstring("icolorit_tiny_4ch_patch16_224"));
  CHECK_THAT(box.bad(2, with("data", init + "--accumulate 3")), ContainsSubstring("does not divide --batch 2"));
  CHECK_THAT(box.bad(2, with("data", init + "--input-size 50")), ContainsSubstring("not a multiple of patch 8"));
  CHECK_THAT(box.bad(2, with("data", init + "--folder-weight even")), ContainsSubstring("expected FOLDER=NUMBER"));
  CHECK_THAT(box.bad(2, with("data", init + "--folder-weight none=1")), ContainsSubstring("no picture lies in"));
  CHECK_THAT(box.bad(2, with("data", "--init " + quoted(small_network) + " --num-hints 9 3")),
             ContainsSubstring("give the smaller first"));
  CHECK_THAT(box.bad(2, with("data", init + "--loss l3")), ContainsSubstring("--loss"));
  CHECK_THAT(box.bad(2, with("data", init + "--device tpu")), ContainsSubstring("--device"));

  CHECK_THAT(box.bad(2, "train --out out " + init), ContainsSubstring("give --images FOLDER"));
  CHECK_THAT(box.bad(2, "train --resume --out out"), ContainsSubstring("there is no training in \"out\""));
  CHECK_THAT(box.bad(2, "train --images data --out out --batch 256 " + init),
             ContainsSubstring("--batch 256 is more than the 10 pictures in data: give --batch 10 or less"));
  CHECK_THAT(box.bad(2, with("data", init + "--pictures-per-epoch 1")),
             ContainsSubstring("--batch 2 is more than --pictures-per-epoch 1"));
  CHECK_THAT(box.bad(2, with("data", init + "--warmup-epochs 3")), ContainsSubstring("--warmup-epochs 3"));
  CHECK_THAT(box.bad(2, with("data", init + "--hint-size 5")), ContainsSubstring("--hint-size 5 does not divide"));
  CHECK_THAT(box.bad(2, with("data", "--init " + quoted(small_network) + " --num-hints 0 600")),
             ContainsSubstring("--num-hints 0 600") && ContainsSubstring("576 hint cells"));
  CHECK_THAT(box.bad(2, with("data", init + "--val-counts 600")), ContainsSubstring("--val-counts"));
  CHECK_THAT(box.bad(2, with("data", "--config dim=20,heads=8")),
             ContainsSubstring("--config") && ContainsSubstring("not a multiple of 8 heads"));
  CHECK_THAT(box.bad(2, with("data", "--config dim=64 --model icolorit_tiny_4ch_patch16_224")),
             ContainsSubstring("leave one out"));
  CHECK(!fs::exists(box / "out"));  // each of them came before anything was made

  box.good(with("data", init));
  CHECK_THAT(box.bad(1, with("data", init)), ContainsSubstring("there is a training in \"out\" already"));
  CHECK_THAT(box.bad(2, with("data", "--model icolorit_tiny_4ch_patch16_224 --resume")),
             ContainsSubstring("goes on with its own network (dim 24, ") && ContainsSubstring("leave out --model"));
  CHECK_THAT(box.bad(2, "train --resume --out out --lr 1e-3 --batch 4"),
             ContainsSubstring("leave out --batch (4, was 2), --lr (0.001, was ") && !ContainsSubstring("warm-up"));
  CHECK_THAT(box.bad(2, "train --resume --out out --images val"),
             ContainsSubstring("val holds 2 pictures and held 10 when the training began") &&
                 ContainsSubstring("begin another training with --init out/weights.safetensors and --out another"));
  fs::create_directory(box / "lone");
  write_image(gradient_picture(60, 50, 1), box / "lone/a.png");
  CHECK_THAT(box.bad(2, "train --resume --out out --images lone"), ContainsSubstring("lone holds 1 picture and held"));
  CHECK_THAT(box.bad(2, "train --resume --out out --init out/weights.safetensors"),
             ContainsSubstring("goes on with its own weights, and not with --init \"out/weights.safetensors\""));
  fs::remove(box / "out/weights.safetensors");
  fs::remove(box / "out/best.safetensors");
  CHECK_THAT(box.bad(2, "train --resume --out out --lr 1e-3"),
             ContainsSubstring("or begin another training with --out another folder"));
  CHECK_THAT(box.good(with("data", init + "--resume")),
             ContainsSubstring("all 1 epoch is done"));  // the same command again
  write_file(box / "out/checkpoint.safetensors", std::string_view("damaged"));
  CHECK_THAT(box.bad(1, with("data", init + "--resume")), ContainsSubstring("checkpoint.safetensors"));
}

TEST_CASE("a few pictures train without another option, and the settings that suit them are told", "[tool][training]") {
  TrainingBox box;
  const std::string said = box.good("train --images data --val val --out out --init " + quoted(small_network));
  CHECK_THAT(said, ContainsSubstring("10 pictures: batch 4, 25 epochs, learning rate 5e-05, 2 epochs of warm-up (") &&
                       ContainsSubstring("25 epochs of 2 steps of 4 pictures in 1 part\n"));
  CHECK_THAT(said, ContainsSubstring("each epoch leaves out 2 pictures"));

  // Explicit options win, and the others are left to them.
  const std::string other = box.good("train --images data --out other --init " + quoted(small_network) +
                                     " --epochs 1 --batch 10 --lr 1e-3 --size 32");
  CHECK_THAT(other, ContainsSubstring("10 pictures: 1 epoch of warm-up (") &&
                        ContainsSubstring("1 epoch of 1 step of 10 pictures"));
  CHECK_THAT(other, ContainsSubstring("position tables are interpolated to 32 x 32") &&
                        ContainsSubstring(" at 32 x 32 pixels: "));
}

TEST_CASE("random weights get the published recipe, with no more pictures in a batch than there are",
          "[tool][training]") {
  TrainingBox box;
  const std::string said = box.good("train --images data --out out --config dim=16,depth=1,size=16,patch=8 --epochs 2");
  CHECK_THAT(said,
             ContainsSubstring("10 pictures: batch 10, learning rate 0.0005, 2 epochs of warm-up (the published"));
  CHECK_THAT(said, ContainsSubstring("1 step an epoch will hardly train a network from random weights"));
}

TEST_CASE("a network of one's own sizes trains, says them in its file, and colours", "[tool][training]") {
  TrainingBox box;
  box.good(
      "train --images data --out out --config dim=48,heads=3,depth=2,patch=8,mlp=2,size=32,head=linear --epochs 1");
  const TensorFile weights = read_safetensors(box / "out/weights.safetensors");
  for (const auto& [key, value] : {std::pair("dim", "48"),
                                   {"heads", "3"},
                                   {"depth", "2"},
                                   {"patch", "8"},
                                   {"mlp_ratio", "2"},
                                   {"size", "32"},
                                   {"head", "linear"}})
    CHECK(weights.metadata.at(concat("icolorit.", key)) == value);
  box.good("colorize val/even/10.png -o colored.png --weights out/weights.safetensors --reveal-random 5");
  CHECK(fs::exists(box / "colored.png"));
}

TEST_CASE("resuming with more epochs follows the schedule planned over all of them", "[tool][training]") {
  TrainingBox box;
  box.good(box.train("", 2));
  const std::string said = box.good("train --resume --out out --epochs 4");
  CHECK_THAT(said, ContainsSubstring("4 epochs instead of 2: the learning rate is planned anew") &&
                       ContainsSubstring("epoch 3/4: ") && ContainsSubstring("epoch 4/4: "));
  const auto lines = log_lines(box / "out/log.txt");
  REQUIRE(lines.size() == 5);
  CHECK(json::as_number(lines[3].at("train_lr")) >
        json::as_number(lines[2].at("train_lr")));  // up again, as the help says
  CHECK(json::as_number(lines[4].at("train_lr")) < json::as_number(lines[3].at("train_lr")));
  CHECK_THAT(box.bad(2, "train --resume --out out --epochs 3"), ContainsSubstring("--epochs 3 is less than the 4"));
  CHECK_THAT(box.good("train --resume --out out"), ContainsSubstring("all 4 epochs are done: give --epochs 8"));
}

TEST_CASE("SIGTERM ends a training with 143, and a checkpoint without remarks needs its pictures again",
          "[tool][training]") {
  TrainingBox box;
  const Outcome outcome = box.run(box.train("--pictures-per-epoch 1000000", 1), interrupted_after(.3, "TERM"));
  CHECK(outcome.code == 143);
  CHECK_THAT(outcome.err, ContainsSubstring("another signal ends without saving"));
  CHECK_THAT(outcome.out, ContainsSubstring("stopped after epoch 1, step ") &&
                              ContainsSubstring("out/checkpoint.safetensors serves as --weights, too"));
  box.good("colorize val/even/10.png -o colored.png --weights out/checkpoint.safetensors --reveal-random 5");

  // As version 0.1 wrote them.
  TensorFile checkpoint = read_safetensors(box / "out/checkpoint.safetensors");
  checkpoint.metadata.erase("training.remarks");
  write_safetensors(box / "out/checkpoint.safetensors", checkpoint.tensors, checkpoint.metadata);
  CHECK_THAT(box.bad(2, "train --resume --out out"), ContainsSubstring("does not say where its pictures are"));
  const Outcome again = box.run("train --resume --out out --images data", interrupted_after(.1));
  CHECK(again.code == 130);
}

TEST_CASE("best.safetensors is the network of the best epoch, also of one before an interruption", "[tool][training]") {
  TrainingBox box;
  box.good(box.train("--keep-every 1 --lr 1e-2", 3));
  box.good("train --resume --out out --epochs 5");
  double best = -1;
  std::size_t at = 0;
  const auto lines = log_lines(box / "out/log.txt");
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const double mean = (json::as_number(lines[i].at("val_psnr@1")) + json::as_number(lines[i].at("val_psnr@10"))) / 2;
    if (mean > best) {
      best = mean;
      at = i;
    }
  }
  CAPTURE(at);
  const std::string begun = box.good("train --resume --out out");
  if (begun.find("that the training began with") == begun.npos)
    CHECK(box.tensors("out/best.safetensors") == box.tensors(concat("out/weights-000", at, ".safetensors")));
  else
    CHECK(read_safetensors(box / "out/best.safetensors").metadata.at("icolorit.epoch") == "0");
}

TEST_CASE("grey validation pictures are left out of the scores, and listed", "[tool][training]") {
  TrainingBox with, without;
  write_image(grey_picture(40, 40, 3), with / "val/odd/grey.png");
  const std::string said = with.good(with.train("", 1));
  without.good(without.train("", 1));
  CHECK_THAT(said, ContainsSubstring("1 validation picture was skipped") && ContainsSubstring("odd/grey.png"));
  CHECK_THAT(text_of(with / "out/skipped-validation.txt"), ContainsSubstring("grey or toned in one hue"));
  const auto lines = log_lines(with / "out/log.txt"), expected = log_lines(without / "out/log.txt");
  for (std::size_t i = 0; i < lines.size(); ++i)
    CHECK(json::as_number(lines[i].at("val_psnr@10")) == json::as_number(expected[i].at("val_psnr@10")));
}

TEST_CASE("a training goes on with the pictures that it began with, and is scored on those of before",
          "[tool][training][errors]") {
  TrainingBox box;
  box.good(box.train());
  fs::create_directories(box / "other/even");
  for (Index i = 0; i < 10; ++i)
    write_image(gradient_picture(60, 50, static_cast<std::uint64_t>(i)), box / concat("other/", i, ".png"));
  const std::string best = text_of(box / "out/best.safetensors");
  const std::string resume = "train --resume --out out --epochs 3 ";
  CHECK_THAT(box.bad(2, resume + "--val other"),
             ContainsSubstring("--val other: the epochs before were scored on other pictures") &&
                 ContainsSubstring("--init out/weights.safetensors"));
  CHECK_THAT(box.bad(2, resume + "--val-counts 5"), ContainsSubstring("numbers of hints"));
  CHECK_THAT(box.bad(2, resume + "--images other"),
             ContainsSubstring("other holds pictures of other names than when the training began"));
  CHECK(text_of(box / "out/best.safetensors") == best);
  fs::rename(box / "val", box / "moved");
  fs::rename(box / "data", box / "pictures");
  CHECK_THAT(box.good(resume + "--val moved --images pictures"), !ContainsSubstring("in --images, too"));  // moved
  CHECK_THAT(
      box.run("train --out again --images pictures --val pictures/even --epochs 1 --init " + quoted(small_network)).out,
      ContainsSubstring("note: pictures of --val are in --images, too"));
}

TEST_CASE("a training whose steps are all made, but not its last validation, ends in good order", "[tool][training]") {
  TrainingBox box;
  box.good(box.train());
  // As an interruption of the last validation leaves it, of a training that was planned longer.
  TensorFile checkpoint = read_safetensors(box / "out/checkpoint.safetensors");
  json::Value state = json::parse(checkpoint.metadata.at("training.state"));
  state["history"].erase(1);
  checkpoint.metadata["training.state"] = json::write(state);
  json::Value settings = json::parse(checkpoint.metadata.at("training.settings"));
  settings["epochs"] = 4;
  checkpoint.metadata["training.settings"] = json::write(settings);
  write_safetensors(box / "out/checkpoint.safetensors", checkpoint.tensors, checkpoint.metadata);
  CHECK_THAT(box.good("train --resume --out out --epochs 2"), ContainsSubstring("epoch 2/2: "));
  CHECK_THAT(box.good("train --resume --out out --epochs 2"), ContainsSubstring("all 2 epochs are done"));
}
