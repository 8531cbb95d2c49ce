// The whole network against golden files of the executable specification.
#include <algorithm>
#include <filesystem>

#include "icolorit/io/npy.hpp"
#include "icolorit/models/model.hpp"
#include "support/backends.hpp"
#include "support/catch.hpp"
#include "support/counting_allocator.hpp"
#include "support/synthetic.hpp"

using namespace icolorit;
using namespace icolorit::test;

namespace {

const std::filesystem::path golden = ICOLORIT_GOLDEN_DIR;

/// ab (B,2,H,W) as numbers, from lab (B,3,H,W) and mask (B,L).
template <class B, class T>
std::vector<double> run(const IColoriT::Prepared<B, T>& prepared, std::span<const float> lab,
                        std::span<const float> mask, Index batch = 1, int threads = 2) {
  auto context = [&] {
    if constexpr (std::is_constructible_v<typename B::Context, int>)
      return typename B::Context(threads);
    else
      return typename B::Context();
  }();
  const Index H = prepared.height(), W = prepared.width();
  const auto upload_all = [&](std::span<const float> values) {
    Buffer<T> host(std::ssize(values));
    std::copy(values.begin(), values.end(), host.data());
    return upload<B>(context, host);
  };
  const auto lab_device = upload_all(lab), mask_device = upload_all(mask);
  Buffer<T, typename B::Memory> ab(batch * 2 * H * W);
  const auto take = [&](Arena& arena) { return IColoriT::take_scratch<B, T>(context, prepared, batch, arena); };
  Workspace<typename B::Memory> workspace(take);
  const auto forward = [&] {
    Arena arena = workspace.arena();
    const IColoriT::Inputs<T> inputs{lab_device.view(batch, 3, H, W),
                                     mask_device.view(batch, mask_device.size() / batch)};
    IColoriT::forward<B, T>(context, ab.view(batch, 2, H, W), inputs, prepared, take(arena), [](Index, Index) {});
  };
  forward();
  const Index before = allocations();
  forward();
  CHECK(allocations() == before);
  Buffer<T> host(ab.size());
  B::download(context, host.view(), std::as_const(ab).view());
  return {host.data(), host.data() + host.size()};
}

double max_error(const std::vector<double>& a, std::span<const float> b) {
  REQUIRE(a.size() == b.size());
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(a[i] - static_cast<double>(b[i])));
  return largest;
}

/// What a checkpoint cannot say of the golden case.
IColoriTConfig config_of(const std::string& name, const TensorFile& file) {
  IColoriTConfig config = infer_config(file);
  if (name == "no_average_centred_mask") config.encoding = {false, true};
  if (name == "no_position_bias_cell1") config.heads = 3, config.size = 32;
  return config;
}

std::vector<std::string> golden_cases() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(golden / "network"))
    names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

TEMPLATE_TEST_CASE("the network equals the executable specification", "[network]", ReferenceFloat, CpuFloat,
                   CpuDouble) {
  using B = typename TestType::Backend;
  using T = typename TestType::Element;
  REQUIRE(golden_cases().size() == 8);
  for (const std::string& name : golden_cases()) {
    CAPTURE(name);
    const TensorFile file = read_weights(golden / "network" / name / "checkpoint.pth");
    const Model<B, T> model(file, {.config = config_of(name, file)});
    const auto lab = read_npy<float>(golden / "network" / name / "lab.npy"),
               mask = read_npy<float>(golden / "network" / name / "mask.npy");
    const auto ab = read_npy<float>(golden / "network" / name / "ab.npy");
    // The golden output was computed in double and stored as float: rounding of the file alone for double; for float
    // the bound of docs/specification.md.
    CHECK(max_error(run<B, T>(model.prepared(), lab.values, mask.values), ab.values) <=
          (std::is_same_v<T, double> ? 1e-6 : 2e-5));
  }
}

TEST_CASE("every published variant and head equals the executable specification", "[network]") {
  const auto [name, head] =
      GENERATE(table<std::string, Stabilizer>({{"icolorit_tiny_4ch_patch8_224", Stabilizer::convolution},
                                               {"icolorit_tiny_4ch_patch16_224", Stabilizer::convolution},
                                               {"icolorit_tiny_4ch_patch16_224", Stabilizer::linear},
                                               {"icolorit_tiny_4ch_patch16_224", Stabilizer::local_attention},
                                               {"icolorit_tiny_4ch_patch32_224", Stabilizer::convolution},
                                               {"icolorit_small_4ch_patch16_224", Stabilizer::convolution},
                                               {"icolorit_base_4ch_patch16_224", Stabilizer::convolution}}));
  CAPTURE(name, name_of(head));
  IColoriTConfig config = ModelRegistry::published().find(name);
  config.head = head;
  CpuBackend::Context context(2);
  const IColoriT::Prepared<CpuBackend, float> prepared(
      context, config, config.trained(),
      std::as_const(*std::make_unique<ParameterBuffer<IColoriT, float>>(synthetic_weights(config))).views());
  const SyntheticInput input(224, 10);
  const auto ab = run<CpuBackend, float>(prepared, {input.lab.data(), 3 * 224 * 224}, {input.mask.data(), 112 * 112});
  std::vector<double> sample;
  for (Index c = 0; c < 2; ++c)
    for (Index y = 3; y < 224; y += 11)
      for (Index x = 5; x < 224; x += 11) sample.push_back(ab[static_cast<std::size_t>((c * 224 + y) * 224 + x)]);
  const auto expected = read_npy<float>(golden / "variants" / concat(name, "_", name_of(head), ".npy"));
  CHECK(max_error(sample, expected.values) <= 2e-5);
}

TEST_CASE("published parameter counts", "[network]") {
  const auto registry = ModelRegistry::published();
  CHECK(registry.variants().size() == 5);
  CHECK(count_parameters<IColoriT>(registry.find("icolorit_tiny_4ch_patch16_224")) == 6444740);
  CHECK(count_parameters<IColoriT>(registry.find("icolorit_small_4ch_patch16_224")) == 23505800);
  CHECK(count_parameters<IColoriT>(registry.find("icolorit_base_4ch_patch16_224")) == 89478416);
}

TEST_CASE("results do not depend on threads, runs or the batch", "[network]") {
  const IColoriTConfig config{.dim = 48, .heads = 3, .patch = 8, .size = 64, .depth = 2};
  CpuBackend::Context context(1);
  const auto weights = synthetic_weights(config);
  const IColoriT::Prepared<CpuBackend, float> prepared(context, config, config.trained(), weights.views());
  const SyntheticInput input(64, 5), other(64, 0);
  const std::span<const float> lab(input.lab.data(), 3 * 64 * 64), mask(input.mask.data(), 32 * 32);
  const auto once = run<CpuBackend, float>(prepared, lab, mask, 1, 1);
  for (const int threads : {1, 2, 3, 7}) CHECK(run<CpuBackend, float>(prepared, lab, mask, 1, threads) == once);

  std::vector<float> labs(lab.begin(), lab.end()), masks(other.mask.data(), other.mask.data() + 32 * 32);
  labs.insert(labs.end(), lab.begin(), lab.end());
  masks.insert(masks.end(), mask.begin(), mask.end());
  const auto both = run<CpuBackend, float>(prepared, labs, masks, 2, 2);
  CHECK(std::vector(both.begin() + std::ssize(once), both.end()) == once);
  CHECK(std::vector(both.begin(), both.begin() + std::ssize(once)) != once);
}

TEST_CASE("int8 blocks come close, on any number of threads and in any batch", "[network][int8]") {
  const IColoriTConfig config{.dim = 48, .heads = 3, .patch = 8, .size = 64, .depth = 2};
  CpuBackend::Context context(1);
  const auto weights = synthetic_weights(config);
  const IColoriT::Prepared<CpuBackend, float> full(context, config, config.trained(), weights.views());
  const IColoriT::Prepared<CpuBackend, float> rounded(context, config, config.trained(), weights.views(),
                                                      Precision::int8);
  const SyntheticInput input(64, 5);
  const std::span<const float> lab(input.lab.data(), 3 * 64 * 64), mask(input.mask.data(), 32 * 32);
  const auto exact = run<CpuBackend, float>(full, lab, mask), once = run<CpuBackend, float>(rounded, lab, mask, 1, 1);
  for (const int threads : {2, 3, 7, 40}) CHECK(run<CpuBackend, float>(rounded, lab, mask, 1, threads) == once);
  std::vector<float> labs(lab.begin(), lab.end()), masks(mask.begin(), mask.end());
  labs.insert(labs.end(), lab.begin(), lab.end());
  masks.insert(masks.end(), mask.begin(), mask.end());
  const auto both = run<CpuBackend, float>(rounded, labs, masks, 2, 2);
  CHECK(std::vector(both.begin() + std::ssize(once), both.end()) == once);

  double squares = 0;
  for (std::size_t i = 0; i < once.size(); ++i) squares += (once[i] - exact[i]) * (once[i] - exact[i]);
  // The network's output has a peak of 1, its hidden layers 8 bits.
  CHECK(10 * std::log10(static_cast<double>(once.size()) / squares) >= 42);
  CHECK(once != exact);
}

TEST_CASE("hidden ab do not leak into the result", "[network]") {
  const IColoriTConfig config{.dim = 48, .heads = 3, .patch = 8, .size = 64, .depth = 1};
  CpuBackend::Context context(1);
  const auto weights = synthetic_weights(config);
  const IColoriT::Prepared<CpuBackend, float> prepared(context, config, config.trained(), weights.views());
  const SyntheticInput input(64, 0);
  std::vector<float> lab(input.lab.data(), input.lab.data() + 3 * 64 * 64);
  const auto colored = run<CpuBackend, float>(prepared, lab, {input.mask.data(), 32 * 32});
  std::fill(lab.begin() + 64 * 64, lab.end(), 0.f);
  CHECK(run<CpuBackend, float>(prepared, lab, {input.mask.data(), 32 * 32}) == colored);
}

TEST_CASE("weights run on other input sizes", "[network]") {
  const IColoriTConfig config{.dim = 48, .heads = 3, .patch = 8, .size = 64, .depth = 2};
  CpuBackend::Context context(2);
  const auto weights = synthetic_weights(config);
  const auto size = GENERATE(table<Index, Index>({{48, 48}, {128, 128}, {40, 96}, {8, 8}}));
  const Index height = std::get<0>(size), width = std::get<1>(size);
  CAPTURE(height, width);
  const IColoriT::Prepared<CpuBackend, float> prepared(context, config, {height / 8, width / 8}, weights.views());
  const IColoriT::Prepared<ReferenceBackend, float> reference = [&] {
    ReferenceBackend::Context reference_context;
    return IColoriT::Prepared<ReferenceBackend, float>(reference_context, config, {height / 8, width / 8},
                                                       weights.views());
  }();
  std::vector<float> lab(static_cast<std::size_t>(3 * height * width)),
      mask(static_cast<std::size_t>(height * width / 4), 1.f);
  Random random(7);
  for (float& value : lab) value = static_cast<float>(random.uniform() - .5);
  mask[mask.size() / 2] = 0;
  const auto expected = run<ReferenceBackend, float>(reference, lab, mask);
  const std::vector<float> rounded(expected.begin(), expected.end());
  CHECK(max_error(run<CpuBackend, float>(prepared, lab, mask), rounded) <= 2e-5);
}

TEST_CASE("wrong shapes are named", "[network][errors]") {
  const IColoriTConfig config{.dim = 16, .heads = 2, .patch = 8, .size = 16, .depth = 1};
  CpuBackend::Context context(1);
  const auto weights = synthetic_weights(config);
  const IColoriT::Prepared<CpuBackend, float> prepared(context, config, config.trained(), weights.views());
  Buffer<float> ab(2 * 16 * 16), lab(3 * 16 * 16), mask(64);
  const auto take = [&](Arena& arena) {
    return IColoriT::take_scratch<CpuBackend, float>(context, prepared, 1, arena);
  };
  Workspace<HostMemory> workspace(take);
  const auto forward = [&](Index cells) {
    Arena arena = workspace.arena();
    IColoriT::forward<CpuBackend, float>(context, ab.view(1, 2, 16, 16), {lab.view(1, 3, 16, 16), mask.view(1, cells)},
                                         prepared, take(arena), [](Index, Index) {});
  };
  REQUIRE_THROWS_AS(forward(63), ShapeError);
  REQUIRE_THROWS_WITH(forward(63), ContainsSubstring("mask is (1,63)") && ContainsSubstring("16 x 16"));
  REQUIRE_NOTHROW(forward(64));
  REQUIRE_NOTHROW(forward(1));
  workspace = Workspace<HostMemory>(workspace.bytes() - 64);
  REQUIRE_THROWS_AS(forward(64), ShapeError);
}
