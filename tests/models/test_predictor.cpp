// Predictors: batches and reports of progress, in 16 bits and where a backend replays recorded passes.
#include "icolorit/models/predictor.hpp"

#include <cmath>
#include <filesystem>
#include <vector>

#include "icolorit/io/npy.hpp"
#include "support/backends.hpp"
#include "support/catch.hpp"

using namespace icolorit;
using namespace icolorit::test;

namespace {

const std::filesystem::path folder = std::filesystem::path(ICOLORIT_GOLDEN_DIR) / "network" / "cnn";

using PredictingBackends = std::tuple<CpuFloat, On<CudaOnHost, f16>, On<CudaOnHost, bf16>>;

}  // namespace

TEMPLATE_LIST_TEST_CASE("a predictor answers the same for every batch, again and again, watched or not", "[predictor]",
                        PredictingBackends) {
  using B = typename TestType::Backend;
  using T = typename TestType::Element;
  const auto lab = read_npy<float>(folder / "lab.npy"), mask = read_npy<float>(folder / "mask.npy"),
             expected = read_npy<float>(folder / "ab.npy");
  const Index side = lab.shape[3], cells = mask.shape[1], samples = side * side;
  constexpr Index most = 3;
  // The same picture three times, the second and third lighter.
  std::vector<float> labs, masks;
  for (Index i = 0; i < most; ++i) {
    labs.insert(labs.end(), lab.values.begin(), lab.values.end());
    masks.insert(masks.end(), mask.values.begin(), mask.values.end());
    for (Index k = 0; k < samples; ++k)
      labs[static_cast<std::size_t>(3 * samples * i + k)] += .05f * static_cast<float>(i);
  }
  const auto model = Model<B, T>::load(folder / "checkpoint.pth");
  Predictor<B, T> predict(model, most);
  CHECK(predict.memory_bytes() == (Predictor<B, T>::memory_required(*model, most)));
  const auto predicted = [&](Index first, Index count, const ProgressCallback& progress = {}) {
    std::vector<float> ab(static_cast<std::size_t>(2 * samples * count), std::nanf(""));
    predict({ab.data(), {count, 2, side, side}}, {labs.data() + 3 * samples * first, {count, 3, side, side}},
            {masks.data() + cells * first, {count, cells}}, progress);
    return ab;
  };
  const auto one_by_one = [&] {
    std::vector<float> all;
    for (Index i = 0; i < most; ++i) {
      const std::vector<float> ab = predicted(i, 1);
      all.insert(all.end(), ab.begin(), ab.end());
    }
    return all;
  };
  const std::vector<float> alone = one_by_one();
  double squares = 0;
  for (std::size_t i = 0; i < expected.values.size(); ++i)
    squares += std::pow(static_cast<double>(alone[i]) - static_cast<double>(expected.values[i]), 2);
  // 45 dB of ab's range, 2 network units: the bound for 16 bits, docs/specification.md.
  CHECK(10 * std::log10(4 * static_cast<double>(expected.values.size()) / squares) >= 45);

  CHECK(predicted(0, most) == alone);
  CHECK(one_by_one() == alone);
  CHECK(predicted(0, most) == alone);
  std::vector<double> reports;
  CHECK(predicted(0, most, [&](const Progress& progress) {
          reports.push_back(progress.fraction);
          return true;
        }) == alone);
  CHECK(std::ssize(reports) == predict.model().config().depth);
  CHECK_THROWS_AS(predicted(0, 1, [](const Progress&) { return false; }), Cancelled);
  CHECK(one_by_one() == alone);
}
