// Which backend offers what, for which elements: what layers compose where it is not offered.
#include "icolorit/core/backend.hpp"
#include "support/backends.hpp"
#include "support/catch.hpp"

using namespace icolorit;
using icolorit::test::CudaOnHost;

static_assert(TrainingBackend<ReferenceBackend, float> && TrainingBackend<ReferenceBackend, bf16>);
static_assert(!FusesLinear<ReferenceBackend, float> && !FusesRawLinear<ReferenceBackend, float>);
static_assert(!FusesAttention<ReferenceBackend, float> && !FusesAttentionGradient<ReferenceBackend, float>);
static_assert(QuantizesLinear<ReferenceBackend, float> && QuantizesLinear<ReferenceBackend, bf16>);

static_assert(TrainingBackend<CpuBackend, float> && TrainingBackend<CpuBackend, double>);
static_assert(FusesLinear<CpuBackend, float> && FusesLinear<CpuBackend, double>);
static_assert(FusesRawLinear<CpuBackend, float>);
static_assert(FusesAttention<CpuBackend, float> && FusesAttention<CpuBackend, double>);
static_assert(!FusesAttentionGradient<CpuBackend, float>);
static_assert(QuantizesLinear<CpuBackend, float> && !QuantizesLinear<CpuBackend, double>);
static_assert(RunsLoops<CpuBackend> && !ReplaysWork<CpuBackend>);

static_assert(TrainingBackend<CudaOnHost, float> && TrainingBackend<CudaOnHost, f16>);
static_assert(ReplaysWork<CudaOnHost> && RunsKernels<CudaOnHost> && !RunsKernels<CpuBackend>);
static_assert(FusesAttentionGradient<CudaOnHost, bf16> && FusesAttentionGradient<CudaOnHost, f16>);
static_assert(!FusesAttention<CudaOnHost, float> && !FusesAttention<CudaOnHost, double>);

TEST_CASE("fused attention is offered for heads and grids that fit a block", "[layers]") {
  CHECK(CudaOnHost::fuses_attention<bf16>(196, 64));
  CHECK(CudaOnHost::fuses_attention<f16>(256, 16));
  CHECK(!CudaOnHost::fuses_attention<bf16>(257, 64));
  CHECK(!CudaOnHost::fuses_attention<bf16>(196, 24));
  CHECK(!CudaOnHost::fuses_attention<float>(196, 64));
}
