// A network's pass on every executor: the same numbers, without an allocation where the library's threads do it.
#include <vector>

#include "icolorit/cpu/backend.hpp"
#include "icolorit/models/icolorit.hpp"
#include "support/counting_allocator.hpp"
#include "support/executors.hpp"
#include "support/synthetic.hpp"

using namespace icolorit;
using namespace icolorit::test;

namespace {

/// ab (B,2,S,S) of the same picture in a batch.
std::vector<float> colors(CpuBackend::Context context, const IColoriT::Prepared<CpuBackend, float>& prepared,
                          Index batch, bool allocates = true) {
  const Index S = prepared.height();
  const SyntheticInput input(S, 5);
  std::vector<float> lab, mask, ab(static_cast<std::size_t>(batch * 2 * S * S));
  for (Index b = 0; b < batch; ++b) {
    lab.insert(lab.end(), input.lab.data(), input.lab.data() + input.lab.size());
    mask.insert(mask.end(), input.mask.data(), input.mask.data() + input.mask.size());
  }
  const auto take = [&](Arena& arena) {
    return IColoriT::take_scratch<CpuBackend, float>(context, prepared, batch, arena);
  };
  Workspace<HostMemory> workspace(take);
  Arena arena = workspace.arena();
  const auto scratch = take(arena);
  const IColoriT::Inputs<float> inputs{{lab.data(), {batch, 3, S, S}}, {mask.data(), {batch, input.mask.size()}}};
  const Index before = allocations();
  IColoriT::forward<CpuBackend, float>(context, {ab.data(), {batch, 2, S, S}}, inputs, prepared, scratch,
                                       [](Index, Index) {});
  if (!allocates) CHECK(allocations() == before);
  return ab;
}

}  // namespace

TEST_CASE("results are the same, bit for bit, on every executor and any number of threads", "[network][cpu]") {
  // Widths that are no multiples of a panel, and an MLP deeper than one block of a product's inner dimension.
  const IColoriTConfig config{.dim = 200, .heads = 4, .patch = 8, .size = 112, .depth = 1};
  CpuBackend::Context alone(1);
  const auto weights = synthetic_weights(config);
  for (const Precision precision : {Precision::full, Precision::int8}) {
    const IColoriT::Prepared<CpuBackend, float> prepared(alone, config, config.trained(), weights.views(), precision);
    const std::vector<float> once = colors(CpuBackend::Context(1), prepared, 1),
                             batch = colors(CpuBackend::Context(1), prepared, 3);
    CHECK(std::equal(once.begin(), once.end(), batch.end() - std::ssize(once)));
    for (const int threads : {1, 2, 3, 5})
      with_each_executor(threads, [&](auto executor) {
        CpuBackend::Context context(std::move(executor));
        REQUIRE(context.threads() == threads);
        CHECK(colors(std::move(context), prepared, threads == 3 ? 3 : 1) == (threads == 3 ? batch : once));
      });
    CHECK(colors(CpuBackend::Context(3), prepared, 1, false) == once);
  }
}
