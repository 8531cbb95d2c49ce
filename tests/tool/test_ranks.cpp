// icolorit train under mpirun: the same training on several processes, and what is lost when one of them dies.
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <thread>
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

const fs::path small_network = fs::path(ICOLORIT_GOLDEN_DIR) / "network" / "cnn" / "checkpoint.pth";

/// Twelve pictures and a network of 48 x 48 pixels.
struct RanksBox : Sandbox {
  RanksBox() {
    fs::create_directory(*this / "data");
    for (Index i = 0; i < 12; ++i)
      write_image(gradient_picture(60 + 3 * i, 50, static_cast<std::uint64_t>(i)), *this / concat("data/", i, ".png"));
  }

  static std::string train(const std::string& out, Index epochs, Index batch = 4) {
    return concat("train --images data --out ", out, " --init ", quoted(small_network), " --epochs ", epochs,
                  " --batch ", batch, " --warmup-epochs 1 --num-hints 0 20 --threads 1 --workers 1 --drop-path 0.1");
  }

  /// More ranks than processors, as root, without another host.
  static std::string mpirun(Index ranks) {
    return concat(
        "env OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_plm_rsh_agent= "
        "OMPI_MCA_mpi_yield_when_idle=1 OMPI_MCA_btl_vader_single_copy_mechanism=none ",
        ICOLORIT_MPIRUN, " --oversubscribe --bind-to none -n ", ranks);
  }

  std::vector<double> losses(const std::string& out) const {
    std::vector<double> values;
    std::istringstream text(text_of(*this / (out + "/log.txt")));
    for (std::string line; std::getline(text, line);)
      values.push_back(json::as_number(json::parse(line).at("train_loss")));
    return values;
  }
};

/// The running tools that were told this.
std::vector<pid_t> processes_of(const std::string& argument) {
  std::vector<pid_t> found;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    std::error_code gone;
    if (fs::read_symlink(entry.path() / "exe", gone) != fs::canonical(ICOLORIT_TOOL)) continue;
    std::ifstream file(entry.path() / "cmdline");
    const std::string words{std::istreambuf_iterator<char>(file), {}};
    if (words.find(argument) != std::string::npos) found.push_back(std::stoi(entry.path().filename().string()));
  }
  return found;
}

/// Runs two ranks, and sends one of them a signal once there is a checkpoint.
struct Signalled {
  Outcome outcome;
  pid_t process = 0;
  double seconds = 0;
};
Signalled two_ranks_with_signal(RanksBox& box, int signal, const std::string& more) {
  const auto start = std::chrono::steady_clock::now();
  const std::string absolute = (box / "out").string();
  Signalled result{};
  std::thread killer([&] {
    while (!fs::exists(box / "out/checkpoint.safetensors") &&
           std::chrono::steady_clock::now() - start < std::chrono::seconds(60))
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    const std::vector<pid_t> ranks = processes_of(absolute);
    if (ranks.empty()) return;
    result.process = ranks.back();
    kill(result.process, signal);
  });
  result.outcome = box.run(box.train(absolute, 10'000) + more, box.mpirun(2));
  killer.join();
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

bool is_missing() {
  if (fs::exists(ICOLORIT_MPIRUN)) return false;
  WARN("SKIPPED: there is no mpirun");
  return true;
}

}  // namespace

TEST_CASE("two and four processes train as one does", "[tool][training][ranks]") {
  if (is_missing()) return;
  RanksBox box;
  box.good(box.train("alone", 3));
  const std::vector<double> alone = box.losses("alone");
  REQUIRE(alone.size() == 3);
  for (const Index ranks : {2, 4}) {
    const std::string out = concat("ranks", ranks);
    const Outcome outcome = box.run(box.train(out, 3), box.mpirun(ranks));
    INFO(outcome.err);
    REQUIRE(outcome.code == 0);
    CHECK_THAT(outcome.out, ContainsSubstring(concat("of 4 pictures in 1 part on each of ", ranks, " ranks")));
    CHECK(outcome.out.find("memory:") == outcome.out.rfind("memory:"));  // told once
    const std::vector<double> losses = box.losses(out);
    REQUIRE(losses.size() == 3);
    for (std::size_t epoch = 0; epoch < 3; ++epoch) CHECK(losses[epoch] == Approx(alone[epoch]).epsilon(1e-5));
  }
}

TEST_CASE("a process that dies ends the others, and the training goes on with another number", "[tool][ranks]") {
  if (is_missing()) return;
  RanksBox box;
  const Signalled killed = two_ranks_with_signal(box, SIGKILL, "");
  CHECK(killed.outcome.code != 0);
  CHECK(killed.seconds < 60);
  const std::size_t done = box.losses("out").size();
  REQUIRE(done >= 1);

  // The checkpoint holds all options.
  const Outcome resumed = box.run(concat("train --out out --resume --epochs ", done + 3), box.mpirun(4));
  INFO(resumed.err);
  CHECK(resumed.code == 0);
  CHECK(box.losses("out").size() == done + 3);
}

TEST_CASE("a process that stands still is named, and the training ends", "[tool][ranks]") {
  if (is_missing()) return;
  RanksBox box;
  const Signalled stopped = two_ranks_with_signal(box, SIGSTOP, " --stall-limit 5");
  for (const pid_t left : processes_of((box / "out").string())) kill(left, SIGKILL);  // mpirun has mostly done so
  INFO(stopped.outcome.err);
  CHECK(stopped.outcome.code != 0);
  CHECK(stopped.seconds < 60);
  CHECK_THAT(stopped.outcome.err, ContainsSubstring("has waited 5 s for rank ") &&
                                      ContainsSubstring(concat("process ", stopped.process, ")")));
}

TEST_CASE("a launcher without MPI is refused, since each of its processes would train alone", "[tool][ranks][errors]") {
  RanksBox box;
  CHECK_THAT(box.bad(2, box.train("out", 1), "env RANK=0 WORLD_SIZE=4"), ContainsSubstring("use mpirun -n 4 instead"));
  CHECK(!fs::exists(box / "out"));
}

TEST_CASE("a batch that does not divide among the processes is refused", "[tool][ranks][errors]") {
  if (is_missing()) return;
  RanksBox box;
  const Outcome outcome = box.run(box.train("out", 1, 5), box.mpirun(2));
  CHECK(outcome.code != 0);  // mpirun's own code
  CHECK_THAT(outcome.err, ContainsSubstring("--batch 5 does not divide among 2 ranks: give a multiple of 2"));
  CHECK(!fs::exists(box / "out"));
}
