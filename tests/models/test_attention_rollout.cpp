#include <filesystem>
#include <fstream>
#include <numeric>
#include <sstream>
#include <string>
#include <vector>

#include "icolorit/cpu/backend.hpp"
#include "icolorit/io/npy.hpp"
#include "icolorit/models/attention_rollout.hpp"
#include "icolorit/models/traced_prediction.hpp"
#include "icolorit/models/weights.hpp"
#include "icolorit/reference/backend.hpp"
#include "support/catch.hpp"

using namespace icolorit;

namespace {

const std::filesystem::path golden = ICOLORIT_GOLDEN_DIR;
const std::filesystem::path folder = golden / "network" / "cnn";

HeadFusion parse_fusion(const std::string& name) {
  return name == "mean" ? HeadFusion::mean : name == "max" ? HeadFusion::max : HeadFusion::min;
}

}  // namespace

TEMPLATE_TEST_CASE("a traced prediction and its rollout equal the executable specification", "[rollout]",
                   ReferenceBackend, CpuBackend) {
  const TensorFile file = read_weights(folder / "checkpoint.pth");
  const IColoriTConfig config = infer_config(file);
  const auto parameters = load_weights<float>(file, config);
  const auto lab = read_npy<float>(folder / "lab.npy"), mask = read_npy<float>(folder / "mask.npy"),
             ab = read_npy<float>(folder / "ab.npy");
  typename TestType::Context context;
  const TracedPrediction<TestType> prediction(context, config, parameters.views(), {lab.values.data(), {3, 48, 48}},
                                              {mask.values.data(), {std::ssize(mask.values)}});
  REQUIRE(prediction.ab().elements() == std::ssize(ab.values));
  for (Index i = 0; i < prediction.ab().elements(); ++i)  // 2e-5: docs/specification.md
    REQUIRE(prediction.ab().data()[i] == Approx(ab.values[static_cast<std::size_t>(i)]).margin(2e-5).epsilon(0));

  const auto attention = prediction.attention();
  REQUIRE(attention.size() == 2);
  std::ifstream in(golden / "rollout.txt");
  int lines = 0;
  for (std::string line; std::getline(in, line); ++lines) {
    std::istringstream words(line);
    std::string name;
    Index token = 0;
    words >> name >> token;
    CAPTURE(name, token);
    const std::vector<float> rollout = attention_rollout(attention, parse_fusion(name), token);
    REQUIRE(rollout.size() == 36);
    CHECK(std::accumulate(rollout.begin(), rollout.end(), 0.) == Approx(1).margin(1e-6));
    for (const float value : rollout) {
      double expected = 0;
      words >> expected;
      CHECK(value == Approx(expected).margin(1e-6));  // weights of attention agree to a few float roundings of 1
    }
  }
  REQUIRE(lines == 6);
}

TEST_CASE("attention rollout of weights that are known", "[rollout]") {
  // Every token attends to token 0 in one head and to itself in the other.
  const std::vector<float> weights{1, 0, 1, 0, 1, 0, 0, 1};
  const std::vector<TensorView<const float, 3>> blocks(2, {weights.data(), {2, 2, 2}});
  // mean: [[1,0],[.5,.5]] + 1, rows halved: [[1,0],[.25,.75]]; squared: row 1 is [.4375,.5625].
  CHECK(attention_rollout(blocks, HeadFusion::mean, 1) == std::vector<float>{.4375f, .5625f});
  CHECK(attention_rollout(blocks, HeadFusion::mean, 0) == std::vector<float>{1, 0});
  // min: only [[1,0],[0,0]] is left, so that token 1 keeps to itself.
  CHECK(attention_rollout(blocks, HeadFusion::min, 1) == std::vector<float>{0, 1});
  // max: [[1,0],[1,1]] + 1, divided by 2 and 3: [[1,0],[1/3,2/3]]; squared: row 1 is [5/9,4/9].
  const std::vector<float> rollout = attention_rollout(blocks, HeadFusion::max, 1);
  CHECK(rollout[0] == Approx(5. / 9).margin(1e-6));
  CHECK(rollout[1] == Approx(4. / 9).margin(1e-6));

  REQUIRE_THROWS_AS(attention_rollout(blocks, HeadFusion::mean, 2), ArgumentError);
  REQUIRE_THROWS_WITH(attention_rollout(blocks, HeadFusion::mean, 2), ContainsSubstring("token is 2"));
  REQUIRE_THROWS_AS(attention_rollout({}, HeadFusion::mean, 0), ArgumentError);
  const std::vector<TensorView<const float, 3>> odd{{weights.data(), {2, 2, 1}}};
  REQUIRE_THROWS_AS(attention_rollout(odd, HeadFusion::mean, 0), ShapeError);
}
