// icolorit bench: how fast a network runs.
#include <string>

#include "icolorit/io/json.hpp"
#include "support/catch.hpp"
#include "support/sandbox.hpp"
#include "support/tool_inputs.hpp"

using namespace icolorit;
using namespace icolorit::test;

TEST_CASE("bench tells time, share of the peak and memory, for people and for programs", "[tool]") {
  Sandbox box;
  const std::string said =
      box.good("bench --weights " + quoted(checkpoint) + " --precision f32 --threads 1 --iterations 3");
  CHECK_THAT(said, ContainsSubstring("checkpoint.pth, 48 x 48 pixels, batch of 1, f32, cpu, 1 thread\n") &&
                       ContainsSubstring("of 3 forward passes") && ContainsSubstring("images/s") &&
                       ContainsSubstring("GFLOP/s") && ContainsSubstring("peak memory"));
  const json::Value result = json::parse(
      box.good("bench --variant icolorit_tiny_4ch_patch32_224 --size 64 --batch 2 --threads 2 --precision f32 "
               "--iterations 4 --json"));
  CHECK(json::as_string(json::at(result, "network")) == "icolorit_tiny_4ch_patch32_224 with random weights");
  CHECK(json::as_string(json::at(result, "device")) == "cpu");
  CHECK(json::as_integer(json::at(result, "iterations")) == 4);
  CHECK(json::as_integer(json::at(result, "batch")) == 2);
  CHECK(json::as_integer(json::at(result, "size")) == 64);
  const double median = json::as_number(json::at(result, "median_ms"));
  CHECK(median >= json::as_number(json::at(result, "least_ms")));
  CHECK(json::as_number(json::at(result, "images_per_second")) == Approx(2000 / median));
  CHECK(json::as_number(json::at(result, "share_of_peak")) > 0);
  CHECK(json::as_number(json::at(result, "share_of_peak")) <= 1.2);  // the peak itself is measured
  CHECK(json::as_integer(json::at(result, "peak_memory_bytes")) > 1'000'000);
  const json::Value rounded = json::parse(
      box.good("bench --variant icolorit_tiny_4ch_patch32_224 --size 64 --precision int8 --iterations 2 --json"));
  CHECK(json::as_string(json::at(rounded, "precision")) == "int8");
  CHECK(json::find(rounded, "share_of_peak") == nullptr);  // the peak is that of floats
  CHECK_THAT(box.good("bench --iterations 1"), ContainsSubstring("icolorit_tiny.safetensors, 224 x 224 pixels"));
  CHECK_THAT(box.bad(2, "bench --variant icolorit_huge"), ContainsSubstring("icolorit_tiny_4ch_patch16_224"));
  CHECK_THAT(box.bad(2, "bench --variant icolorit_tiny_4ch_patch16_224 --size 30"), ContainsSubstring("multiple"));
}
