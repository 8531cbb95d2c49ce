// Low-rank adaptation: its gradients, what it can reach, its files, and trainings that stop and go on.
#include <algorithm>
#include <filesystem>

#include "icolorit/models/lora.hpp"
#include "icolorit/training/losses.hpp"
#include "icolorit/training/training_run.hpp"
#include "support/backends.hpp"
#include "support/catch.hpp"
#include "support/gradient_check.hpp"
#include "support/pictures.hpp"
#include "support/training.hpp"

using namespace icolorit;
using namespace icolorit::test;
namespace fs = std::filesystem;

namespace {

const IColoriTConfig small_network{.dim = 8, .heads = 2, .patch = 4, .size = 8, .depth = 1, .head = Stabilizer::linear};

/// A small network in double and an adapter of it, with the loss of one picture.
struct Adapted {
  explicit Adapted(const LoraConfig& config) : network(context, small_network, 1), lora(context, network, config, 5) {
    const auto initial = random_parameters(small_network, 3);
    std::copy_n(initial.flat().data(), initial.flat().extent(0), network.parameters().flat().data());
    lora.set_base(context);
    Random random(4);
    for (Index i = 0; i < lab.size(); ++i) lab.data()[i] = static_cast<float>(random.uniform() - .5);
    for (Index i = 0; i < mask.size(); ++i) mask.data()[i] = i % 3 == 0 ? 0.f : 1.f;
  }

  double loss() {
    lora.merge(context);
    network.clear_gradients(context);
    return network.accumulate(context, std::as_const(lab).view(1, 3, 8, 8), std::as_const(mask).view(1, 16), L2Loss{});
  }

  ReferenceBackend::Context context;
  TrainingNetwork<ReferenceBackend, double> network;
  LoraParameters<ReferenceBackend, double> lora;
  Buffer<float> lab{3 * 64}, mask{16};
};

std::span<double> span_of(TensorView<double, 1> view) {
  return {view.data(), static_cast<std::size_t>(view.extent(0))};
}

using Training = Trainer<CpuBackend, SmoothPictures, HuberLoss>;

Training training_with(LoraConfig lora, Index epochs = 5) {
  TrainerConfig config = small_training();
  config.epochs = epochs;
  config.lora = std::move(lora);
  return Training(pictures, config, small_loader(), HuberLoss(), CpuBackend::Context(1));
}

std::vector<std::byte> tensors_of(const TensorFile& file) { return format_safetensors(file.tensors); }

}  // namespace

TEST_CASE("gradients of an adapter's matrices are those of the loss", "[training][lora]") {
  Adapted adapted({.rank = 3, .alpha = 5});
  const std::span<double> values = span_of(adapted.lora.parameters());
  Random random(6);
  for (double& value : values) value += .2 * (random.uniform() - .5);  // B is no longer zero
  adapted.loss();
  const std::span<double> found = span_of(adapted.lora.gradients(adapted.context));
  std::vector<double> gradients(found.begin(), found.end());
  // Numbers that pad the buffer are no parameters: moving them changes nothing, and their gradients are zero.
  CHECK(gradient_error(values, gradients, [&] { return adapted.loss(); }) < 1e-7);
}

TEST_CASE("an adapter of full rank reaches what full fine-tuning reaches", "[training][lora]") {
  // With A the identity and r = in, a step of gradient descent on B alone is a step on W: W - rate dW.
  constexpr Index r = 8;
  constexpr double rate = .1;
  Adapted adapted({.rank = r, .alpha = r, .targets = {"attn.qkv", "attn.proj", "mlp.fc1"}});  // in = 8
  const Lora::Config& config = adapted.lora.config();
  ParameterBuffer<Lora, double> values(config);
  Lora::visit(config, values.views(), "", [&](const std::string& name, auto& view, const auto&, Decay) {
    std::fill_n(view.data(), view.elements(), 0.0);
    if (name.ends_with(lora_a_ending))
      for (Index i = 0; i < r; ++i) view(i, i) = 1;
  });
  const auto set = [&] {
    ReferenceBackend::upload(adapted.context, adapted.lora.parameters(), std::as_const(values).flat());
  };
  set();
  adapted.loss();
  // What full fine-tuning makes of the adapted weights.
  std::vector<double> wanted;
  auto& weights = adapted.network.parameters().views();
  auto& slopes = adapted.network.gradients().views();
  std::vector<double> slope;
  Lora::visit_weights(config, slopes, [&](const auto&, auto& view, const auto&) {
    slope.insert(slope.end(), view.data(), view.data() + view.elements());
  });
  Lora::visit_weights(config, weights, [&](const auto&, auto& view, const auto&) {
    wanted.insert(wanted.end(), view.data(), view.data() + view.elements());
  });
  for (std::size_t i = 0; i < wanted.size(); ++i) wanted[i] -= rate * slope[i];

  ParameterBuffer<Lora, double> gradients(config);
  ReferenceBackend::download(adapted.context, gradients.flat(),
                             TensorView<const double, 1>(adapted.lora.gradients(adapted.context)));
  auto from = gradients.views().pairs.begin();
  for (auto& pair : values.views().pairs) {
    for (Index i = 0; i < pair.b.elements(); ++i) pair.b.data()[i] -= rate * from->b.data()[i];
    ++from;
  }
  set();
  adapted.lora.merge(adapted.context);
  std::vector<double> reached;
  Lora::visit_weights(config, weights, [&](const auto&, auto& view, const auto&) {
    reached.insert(reached.end(), view.data(), view.data() + view.elements());
  });
  REQUIRE(reached.size() == wanted.size());
  double worst = 0, moved = 0;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    worst = std::max(worst, std::abs(reached[i] - wanted[i]));
    moved = std::max(moved, std::abs(rate * slope[i]));
  }
  CHECK(moved > 1e-4);
  CHECK(worst < 1e-14);
}

TEST_CASE("a training with an adapter changes the adapted weights only, and its weights are base and adapter",
          "[training][lora]") {
  Training training = training_with({.rank = 4, .alpha = 8});
  const TensorFile before = training.weights();
  const std::vector<double> losses = losses_of(training, 10);
  CHECK(losses.back() < losses.front());
  const TensorFile after = training.weights(), tensors = training.adapter();
  Index changed = 0;
  for (const auto& [name, tensor] : before.tensors) {
    const bool same = std::ranges::equal(tensor.bytes, after.find(name)->bytes);
    const bool adapted = LoraConfig{}.adapts(name.substr(0, name.rfind('.'))) && name.ends_with(".weight");
    CAPTURE(name);
    CHECK(same != adapted);
    changed += !same;
  }
  CHECK(changed == 4 * 3);

  const LoraAdapter adapter(tensors, {.rank = 4, .alpha = 8});
  CHECK(adapter.layers() == 4 * 3);
  TensorFile merged = parse_safetensors(tensors_of(before));
  adapter.apply(merged, 0);
  CHECK(tensors_of(merged) == tensors_of(before));  // bit for bit
  adapter.apply(merged);
  CHECK(tensors_of(merged) == tensors_of(after));
  adapter.apply(merged, -1);
  for (const auto& [name, tensor] : before.tensors) {
    const auto* was = reinterpret_cast<const float*>(tensor.bytes.data());
    const auto* is = reinterpret_cast<const float*>(merged.find(name)->bytes.data());
    // The sum was rounded once in each direction, to half a unit of numbers of at most 1.
    for (Index i = 0; i < tensor.shape.elements(); ++i) REQUIRE(std::abs(is[i] - was[i]) <= 1.2e-7f);
  }
}

TEST_CASE("a training with an adapter goes on from its checkpoint as if it had not stopped", "[training][lora]") {
  const LoraConfig lora{.rank = 2, .alpha = 4};
  Training straight = training_with(lora), stopped = training_with(lora), goes_on = training_with(lora);
  losses_of(straight, 6);
  losses_of(stopped, 3);
  const TensorFile checkpoint = stopped.checkpoint();
  CHECK(load_weights<float>(checkpoint, straight.config().network).flat().extent(0) > 0);  // serves as weights
  goes_on.restore(checkpoint);
  losses_of(goes_on, 3);
  CHECK(bytes_of(goes_on) == bytes_of(straight));
  Training full = training_with({});
  CHECK_THROWS_WITH(full.restore(checkpoint), ContainsSubstring("rank of the adapter is 0 and was 2"));
}

TEST_CASE("adapters are written and read as PEFT does", "[training][lora]") {
  TrainerConfig config = small_training();
  config.lora = {.rank = 4, .alpha = 6};
  config.epochs = 30;
  Training training(pictures, config, small_loader(), HuberLoss(), CpuBackend::Context(1));
  const TemporaryFolder temporary;
  const fs::path folder = temporary.path();
  TrainingRunOptions options;
  options.folder = folder;
  options.score_baseline = false;
  options.score_start = true;
  options.patience = 2;
  options.validation.counts = {1};
  TrainingRun<CpuBackend, SmoothPictures, HuberLoss, float, SmoothPictures> run(training, &pictures, options, {},
                                                                                [] { return CpuBackend::Context(1); });
  CHECK(run.run() == TrainingOutcome::finished);
  const Index epochs = std::ssize(training.state().history);
  CHECK(epochs == std::min<Index>(30, training.state().best()->epochs + 2));  // its patience ended

  const TensorFile file = read_safetensors(folder / "adapter" / "adapter_model.safetensors");
  CHECK(file.find("base_model.model.blocks.0.attn.qkv.lora_A.weight")->shape == Shape{4, 32});
  CHECK(file.find("base_model.model.blocks.2.mlp.fc2.lora_B.weight")->shape == Shape{32, 4});
  CHECK(file.tensors.size() == 2 * 4 * 3);
  const std::vector<std::byte> text = read_file(folder / "adapter" / "adapter_config.json");
  const json::Value written = json::parse(as_text(text));
  CHECK(written["peft_type"] == "LORA");
  CHECK(written["r"] == 4);
  CHECK(written["lora_alpha"] == 6.0);
  CHECK(written["target_modules"] == json::Value({"attn.qkv", "attn.proj", "mlp.fc1", "mlp.fc2"}));
  CHECK(json::parse(file.metadata.at("icolorit.adapter_config")) == written);
  CHECK(read_adapter(folder / "adapter").config().scale() == 1.5);
  CHECK(read_adapter(folder / "adapter" / "adapter_model.safetensors").layers() == 12);

  // As PEFT writes it: the configuration beside the tensors only, some layers, another kind of scale.
  fs::create_directories(folder / "peft");
  StoredTensors some = file.tensors;
  std::erase_if(some, [](const auto& tensor) { return tensor.first.find("blocks.0.attn.qkv") == std::string::npos; });
  write_safetensors(folder / "peft" / "adapter_model.safetensors", some, {{"format", "pt"}});
  const auto configure = [&](std::string_view more, std::string_view bias = "none") {
    write_file(folder / "peft" / "adapter_config.json",
               concat(R"({"peft_type": "LORA", "r": 4, "lora_alpha": 6, "bias": ")", bias,
                      R"(", "alpha_pattern": {}, )", more, "\"target_modules\": \"blocks.0.attn.qkv\"}"));
  };
  configure("\"use_rslora\": true, ");
  const LoraAdapter read = read_adapter(folder / "peft");
  CHECK(read.layers() == 1);
  CHECK(read.config().scale() == 3);

  const auto refusal = [&](std::string_view more, std::string_view bias = "none") -> std::string {
    configure(more, bias);
    try {
      static_cast<void>(read_adapter(folder / "peft"));
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  CHECK_THAT(refusal("\"use_dora\": true, "), ContainsSubstring("use_dora is set"));
  CHECK_THAT(refusal("", "all"), ContainsSubstring("changes biases"));
  CHECK_THAT(refusal("\"init_lora_weights\": \"pissa_niter_4\", "), ContainsSubstring("init_lora_weights is pissa"));
  some.emplace("base_model.model.norm.weight", file.tensors.begin()->second);
  write_safetensors(folder / "peft" / "adapter_model.safetensors", some);
  CHECK_THAT(refusal(""), ContainsSubstring("it holds base_model.model.norm.weight"));
  some.erase("base_model.model.norm.weight");
  some.erase("base_model.model.blocks.0.attn.qkv.lora_B.weight");
  write_safetensors(folder / "peft" / "adapter_model.safetensors", some);
  CHECK_THAT(refusal(""), ContainsSubstring("blocks.0.attn.qkv.weight lacks one of its two halves"));
  fs::remove(folder / "peft" / "adapter_config.json");
  CHECK_THROWS_WITH(read_adapter(folder / "peft"), ContainsSubstring("adapter_config.json"));

  TensorFile other;  // of a network without such layers
  CHECK_THROWS_WITH(read.apply(other), ContainsSubstring("blocks.0.attn.qkv.weight, which is not there"));
}
