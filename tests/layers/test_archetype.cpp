// The whole network on a backend that has the required operations, a context that cannot be copied, and memory that the
// host cannot touch: layers, network, model and predictor use nothing else.
#include "support/archetype.hpp"

#include <csignal>
#include <filesystem>
#include <memory>

#include <sys/wait.h>
#include <unistd.h>

#include "icolorit/io/npy.hpp"
#include "icolorit/models/predictor.hpp"
#include "support/catch.hpp"

using namespace icolorit;
using icolorit::test::Archetype;

static_assert(Backend<Archetype, float> && Backend<Archetype, double> && Backend<Archetype, bf16>);
static_assert(!FusesLinear<Archetype, float> && !FusesAttention<Archetype, float>);
static_assert(!TrainingBackend<Archetype, float>);
static_assert(!std::is_copy_constructible_v<Archetype::Context>);
static_assert(!std::is_same_v<Archetype::Memory, HostMemory>);

TEST_CASE("a host that touches the archetype's memory crashes, an operation does not", "[layers]") {
  Archetype::Context context;
  Buffer<float, Archetype::Memory> there(1);
  const Buffer<float> here(1);
  Archetype::upload(context, there.view(), here.view());
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    std::signal(SIGSEGV, SIG_DFL);
    const volatile float* const value = there.data();
    _exit(value[0] == value[0] ? 0 : 1);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGSEGV);
}

TEMPLATE_TEST_CASE("the network runs on the archetype backend", "[layers][network]", float, double) {
  const std::string name = GENERATE("cnn", "linear_cell4", "locattn_cell8");  // each head once
  CAPTURE(name);
  const std::filesystem::path folder = std::filesystem::path(ICOLORIT_GOLDEN_DIR) / "network" / name;
  const auto lab = read_npy<float>(folder / "lab.npy"), mask = read_npy<float>(folder / "mask.npy"),
             expected = read_npy<float>(folder / "ab.npy");
  Predictor<Archetype, TestType> predict(Model<Archetype, TestType>::load(folder / "checkpoint.pth"));
  Buffer<float> ab(std::ssize(expected.values));
  const Index side = lab.shape[3];
  predict(ab.view(1, 2, side, side), lab.template view<4>(), mask.template view<2>());

  double error = 0;
  for (std::size_t i = 0; i < expected.values.size(); ++i)
    error = std::max(error, std::abs(static_cast<double>(ab.data()[i]) - static_cast<double>(expected.values[i])));
  // The golden output was computed in double and stored as float, as is ours: two roundings of numbers below 1; the
  // project's demand of 2e-5 for float.
  CHECK(error <= (std::is_same_v<TestType, double> ? 0x1p-23 : 2e-5));
}
