// --shard and icolorit merge: a job divided among processes that know nothing of each other and may be killed.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <sstream>
#include <string>

#include "icolorit/core/random.hpp"
#include "icolorit/io/image_file.hpp"
#include "icolorit/io/json.hpp"
#include "support/catch.hpp"
#include "support/pictures.hpp"
#include "support/sandbox.hpp"

using namespace icolorit;
using namespace icolorit::test;
namespace fs = std::filesystem;

namespace {

const std::string weights =
    " --weights " + quoted(fs::path(ICOLORIT_GOLDEN_DIR) / "network" / "cnn" / "checkpoint.pth") + " --threads 1";

/// Two dozen pictures.
struct ShardsBox : Sandbox {
  ShardsBox() {
    fs::create_directories(*this / "data");
    for (Index i = 0; i < 24; ++i)
      write_image(gradient_picture(60 + i, 50, static_cast<std::uint64_t>(i)), *this / concat("data/", i, ".png"));
  }

  /// How often each picture is said to be done, in all manifests of the folder.
  std::map<std::string, int> done_in(const std::string& folder) const {
    std::map<std::string, int> times;
    for (const auto& entry : fs::directory_iterator(*this / folder)) {
      if (!entry.path().filename().string().starts_with("share-")) continue;
      std::istringstream lines(text_of(entry.path()));
      for (std::string line; std::getline(lines, line);)
        if (const json::Value value = json::parse(line); value.contains("picture"))
          ++times[json::as_string(value.at("picture"))];
    }
    return times;
  }

  bool is_complete(const std::string& folder, Index share, Index of) const {
    const fs::path path = *this / concat(folder, "/share-", share, "-of-", of, ".jsonl");
    return fs::exists(path) && text_of(path).find("{\"complete\"") != std::string::npos;
  }
};

}  // namespace

TEST_CASE("shares that are killed at random moments lose nothing and do nothing twice", "[tool][shards]") {
  ShardsBox box;
  const std::string infer = "infer --images data --counts 0 --batch 2" + weights + " --out ";
  const auto start = std::chrono::steady_clock::now();
  const std::string table = box.good(infer + "alone");
  const double whole = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  constexpr Index shares = 3;
  Random random(9);
  Index kills = 0;
  constexpr double at_once = .2;  // of the time for all: in the first round no share comes to its end
  const auto run_all = [&](bool killed) {
    std::string script = concat("cd ", box / "", ";");
    for (Index share = 1; share <= shares; ++share) {
      if (killed && box.is_complete("divided", share, shares)) continue;
      if (killed) script += concat(" timeout -s KILL ", whole * (kills < shares ? at_once : random.uniform()));
      script += concat(" ", ICOLORIT_TOOL, " ", infer, "divided --shard ", share, "/", shares, " >/dev/null 2>&1 &");
      ++kills;
    }
    REQUIRE(std::system((script + " wait").c_str()) == 0);
  };
  const auto all_are_complete = [&] {
    for (Index share = 1; share <= shares; ++share)
      if (!box.is_complete("divided", share, shares)) return false;
    return true;
  };
  for (int round = 0; round < 40 && !all_are_complete(); ++round) run_all(true);
  CHECK(kills > shares);
  run_all(false);  // twice is as good as once
  CHECK(box.good("merge divided") == table);
  const std::map<std::string, int> done = box.done_in("divided");
  CHECK(done.size() == 24);
  CHECK(std::ranges::all_of(done, [](const auto& picture) { return picture.second == 1; }));
  for (Index i = 0; i < 24; ++i)
    REQUIRE(read_image(box / concat("divided/h2-n0/", i, ".png")) ==
            read_image(box / concat("alone/h2-n0/", i, ".png")));
  CHECK(std::ranges::count(text_of(box / "divided/merged.jsonl"), '\n') == 24);

  // Scores, divided and joined, are those of one process.
  const std::string evaluate = "evaluate --images data --pred divided --threads 1 ";
  box.good(evaluate + "--csv alone.csv");
  for (const std::string share : {"1/2", "2/2"}) box.good(evaluate + "--shard " + share);
  box.good("merge divided/scores --csv merged.csv");
  CHECK(text_of(box / "merged.csv") == text_of(box / "alone.csv"));
  fs::copy(box / "data", box / "elsewhere");
  const std::string others = "evaluate --images elsewhere --pred divided --threads 1 --shard 2/2";
  CHECK_THAT(box.bad(2, others), ContainsSubstring("is of another job"));
  box.good(others + " --overwrite");
  CHECK_THAT(box.bad(1, "merge divided/scores"), ContainsSubstring("different jobs"));
}

TEST_CASE("a scheduler numbers the shares, and what does not belong together is refused", "[tool][shards]") {
  ShardsBox box;
  fs::create_directories(box / "few");
  for (const std::string name : {"3.png", "4.png", "5.png"})
    fs::copy_file(box / ("data/" + name), box / ("few/" + name));
  write_file(box / "few/broken.png", std::string_view("no picture"));
  const std::string colorize = "colorize few -o colored --engine optimization --threads 1 --shard ";
  const auto task = [](Index id) {
    return concat("env SLURM_ARRAY_TASK_ID=", id, " SLURM_ARRAY_TASK_MIN=5 SLURM_ARRAY_TASK_MAX=7 ",
                  "SLURM_ARRAY_TASK_COUNT=2");
  };
  CHECK(box.run(colorize + "slurm", task(5)).code + box.run(colorize + "slurm", task(7)).code == 1);  // the broken one
  CHECK(fs::exists(box / "colored/share-1-of-2.jsonl"));
  CHECK(fs::exists(box / "colored/share-2-of-2.jsonl"));
  const Outcome merged = box.run("merge colored");
  CHECK(merged.code == 0);
  CHECK_THAT(merged.err, ContainsSubstring("2 shares, 3 pictures") && ContainsSubstring("1 picture could not be used"));
  fs::create_directories(box / "one");
  fs::copy_file(box / "data/3.png", box / "one/3.png");
  std::string said;
  for (const std::string share : {"1/2", "2/2"})
    said += box.run("colorize one -o single --engine optimization --shard " + share).err;
  CHECK_THAT(said, ContainsSubstring("/2 has none of these pictures"));
  CHECK_THAT(box.bad(2, "colorize one -o single --engine optimization --shard 1/3"),
             ContainsSubstring("shares of a job that was divided otherwise"));
  // Again, by ranks: what is done is left as it is.
  const auto before = fs::last_write_time(box / "colored/3.png");
  for (const std::string rank : {"RANK=0", "RANK=1"}) box.run(colorize + "ranks", "env WORLD_SIZE=2 " + rank);
  CHECK(fs::last_write_time(box / "colored/3.png") == before);

  CHECK_THAT(box.bad(2, colorize + "3/2"), ContainsSubstring("--shard 3/2: expected I/N"));
  CHECK_THAT(box.bad(2, colorize + "slurm"), ContainsSubstring("sbatch --array=1-N"));
  CHECK_THAT(box.bad(2, colorize + "ranks"), ContainsSubstring("mpirun or srun"));
  CHECK_THAT(box.bad(2, colorize + "1/2 --upsample bicubic"), ContainsSubstring("of another job"));
  CHECK_THAT(box.bad(1, "merge few"), ContainsSubstring("no manifests in \"few\""));
  fs::remove(box / "colored/share-2-of-2.jsonl");
  CHECK_THAT(box.bad(1, "merge colored"), ContainsSubstring("not all shares are complete: run 2/2 again"));
}
