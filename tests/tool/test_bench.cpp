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
  const std::string said = box.good("bench --weights " + quoted(checkpoint) + " --threads 1 --iterations 3");
  CHECK_THAT(said, ContainsSubstring("checkpoint.pth, 48 x 48 pixels, batch of 1, f32, cpu, 1 thread\n") &&
                       ContainsSubstring("of 3 forward passes") && ContainsSubstring("images/s") &&
                       ContainsSubstring("GFLOP/s") && ContainsSubstring("peak memory"));
  const json::Value result = json::parse(
      box.good("bench --variant icolorit_tiny_4ch_patch32_224 --size 64 --batch 2 --threads 2 --iterations 4 --json"));
  CHECK(result.at("network").as_string() == "icolorit_tiny_4ch_patch32_224 with random weights");
  CHECK(result.at("device").as_string() == "cpu");
  CHECK(result.at("iterations").as_integer() == 4);
  CHECK(result.at("batch").as_integer() == 2);
  CHECK(result.at("size").as_integer() == 64);
  const double median = result.at("median_ms").as_number();
  CHECK(median >= result.at("least_ms").as_number());
  CHECK(result.at("images_per_second").as_number() == Approx(2000 / median));
  CHECK(result.at("share_of_peak").as_number() > 0);
  CHECK(result.at("share_of_peak").as_number() <= 1.2);  // the peak itself is measured
  CHECK(result.at("peak_memory_bytes").as_integer() > 1'000'000);
  const json::Value rounded = json::parse(
      box.good("bench --variant icolorit_tiny_4ch_patch32_224 --size 64 --precision int8 --iterations 2 --json"));
  CHECK(rounded.at("precision").as_string() == "int8");
  CHECK_THAT(box.good("bench --iterations 1"), ContainsSubstring("icolorit_tiny.safetensors, 224 x 224 pixels"));
  CHECK_THAT(box.bad(2, "bench --variant icolorit_huge"), ContainsSubstring("icolorit_tiny_4ch_patch16_224"));
  CHECK_THAT(box.bad(2, "bench --variant icolorit_tiny_4ch_patch16_224 --size 30"), ContainsSubstring("multiple"));
}
