// LoraAdapter: a low-rank change of a network's weights, in PEFT's files, put into weights and taken out again.
#pragma once

#include <algorithm>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "icolorit/io/file.hpp"
#include "icolorit/io/weights.hpp"
#include "icolorit/models/lora_config.hpp"
#include "icolorit/models/self_check_key.hpp"

namespace icolorit {

/// What PEFT puts in front of the layers' names, and after them.
inline constexpr std::string_view lora_prefix = "base_model.model.", lora_a_ending = ".lora_A.weight",
                                  lora_b_ending = ".lora_B.weight";
/// Where the metadata of an adapter's tensors has its configuration, so that one file is enough.
inline constexpr std::string_view lora_config_key = "icolorit.adapter_config";

/// An adapter of LoraConfig's kind. Immutable.
/// Thread-safety: any number of threads may read one, because it never changes.
class LoraAdapter {
 public:
  /// From tensors `base_model.model.LAYER.lora_A.weight` (r,in) and `....lora_B.weight` (out,r) of any floating type.
  /// Throws WeightsError, naming the tensors, where there are others, or where halves are missing or do not fit.
  LoraAdapter(const TensorFile& file, LoraConfig config) : config_(std::move(config)) {
    NameList unexpected, unfit;
    for (const auto& [name, tensor] : file.tensors) {
      std::string_view layer = name;
      if (layer.starts_with(lora_prefix)) layer.remove_prefix(lora_prefix.size());
      const bool is_a = layer.ends_with(lora_a_ending), is_b = layer.ends_with(lora_b_ending);
      if (!is_a && !is_b) {
        unexpected.add(name);
        continue;
      }
      layer.remove_suffix(lora_a_ending.size());
      const bool fits =
          tensor.shape.rank() == 2 && tensor.shape[is_a ? 0 : 1] == config_.rank && is_floating(tensor.dtype);
      if (!fits) {
        unfit.add(name, " is ", tensor.shape);
        continue;
      }
      Product& product = products_[concat(layer, ".weight")];
      Matrix& matrix = is_a ? product.a : product.b;
      matrix = {tensor.shape, Buffer<double>(tensor.shape.elements())};
      copy_elements(tensor, std::span<double>(matrix.values.data(), static_cast<std::size_t>(matrix.values.size())));
    }
    for (const auto& [name, product] : products_)
      if (product.a.shape.rank() != 2 || product.b.shape.rank() != 2) unfit.add(name, " lacks one of its two halves");
    if (!unexpected.empty())
      throw WeightsError(concat("this is no LoRA adapter of linear layers: it holds ", unexpected.text()));
    if (!unfit.empty()) throw WeightsError(concat("the adapter is of rank ", config_.rank, ", but ", unfit.text()));
    if (products_.empty()) throw WeightsError("this is no LoRA adapter: it holds no tensors");
  }

  const LoraConfig& config() const { return config_; }
  /// How many weights it changes.
  Index layers() const { return std::ssize(products_); }

  /// Every weight W (out,in) that it changes becomes W + strength scale B A, as f32 in the file's own memory, or f64
  /// where it was f64; the sum is made in double and rounded once. Strength 1 is what was trained, -1 takes it out
  /// again, 0 leaves every bit as it is. Throws WeightsError where the network has no such weights.
  void apply(TensorFile& network, double strength = 1) const {
    NameList missing, misshaped;
    for (const auto& [name, product] : products_) {
      const StoredTensor* weight = network.find(name);
      if (weight == nullptr)
        missing.add(name);
      else if (!(weight->shape == Shape{product.b.shape[0], product.a.shape[1]}))
        misshaped.add(name, " is ", weight->shape);
    }
    if (!missing.empty() || !misshaped.empty())
      throw WeightsError(concat("the adapter is of another network: it changes ",
                                missing.empty() ? misshaped.text() : concat(missing.text(), ", which is not there")));
    if (strength == 0) return;
    for (const auto& [name, product] : products_) {
      StoredTensor& weight = network.tensors.find(name)->second;
      if (weight.dtype == DType::f64)
        add<double>(network, weight, product, strength);
      else
        add<float>(network, weight, product, strength);
    }
    network.metadata.erase(std::string(self_check_key));  // that of other weights
  }

 private:
  struct Matrix {
    Shape shape;
    Buffer<double> values;
  };
  /// a (r,in), b (out,r).
  struct Product {
    Matrix a, b;
  };

  template <class T>
  void add(TensorFile& network, StoredTensor& weight, const Product& product, double strength) const {
    const Index out = weight.shape[0], in = weight.shape[1], r = config_.rank;
    std::vector<std::byte>& memory = network.memory.emplace_back(static_cast<std::size_t>(out * in) * sizeof(T));
    const std::span<T> sums(reinterpret_cast<T*>(memory.data()), static_cast<std::size_t>(out * in));
    copy_elements(weight, sums);
    std::vector<double> row(static_cast<std::size_t>(in));
    for (Index o = 0; o < out; ++o) {
      T* const own = sums.data() + o * in;
      std::copy_n(own, in, row.begin());
      for (Index k = 0; k < r; ++k) {
        const double factor = strength * config_.scale() * product.b.values.data()[o * r + k];
        const double* const a = product.a.values.data() + k * in;
        for (Index i = 0; i < in; ++i) row[static_cast<std::size_t>(i)] += factor * a[i];
      }
      std::ranges::transform(row, own, [](double value) { return static_cast<T>(value); });
    }
    weight = stored(std::span<const T>(sums), weight.shape);
  }

  LoraConfig config_;
  std::map<std::string, Product> products_;  // by the name of the weight
};

/// Where a folder that PEFT or `write_adapter` wrote has the tensors and the configuration.
inline std::filesystem::path adapter_tensors_path(const std::filesystem::path& folder) {
  return folder / "adapter_model.safetensors";
}
inline std::filesystem::path adapter_config_path(const std::filesystem::path& folder) {
  return folder / "adapter_config.json";
}

/// From such a folder, or its tensors alone where their metadata holds the configuration or adapter_config.json lies
/// beside them. Throws FileError, FormatError, WeightsError.
[[nodiscard]] inline LoraAdapter read_adapter(const std::filesystem::path& path) {
  std::error_code error;
  const std::filesystem::path tensors = std::filesystem::is_directory(path, error) ? adapter_tensors_path(path) : path;
  const TensorFile file = read_safetensors(tensors);
  const std::filesystem::path beside = adapter_config_path(tensors.parent_path());
  const auto kept = file.metadata.find(lora_config_key);
  if (kept == file.metadata.end() && !std::filesystem::exists(beside, error))
    throw FormatError(
        concat("cannot use ", tensors, " as a LoRA adapter: ", beside, ", which says how strong it is, is missing"));
  const auto parse = [](std::string_view text) { return parse_lora_config(json::parse(text)); };
  LoraConfig config =
      kept != file.metadata.end()
          ? with_path(tensors, [&] { return parse(kept->second); })
          : parse_file(beside, [&](const std::vector<std::byte>& bytes) { return parse(as_text(bytes)); });
  try {
    return LoraAdapter(file, std::move(config));
  } catch (const WeightsError& problem) {
    throw WeightsError(concat("cannot use ", tensors, ": ", problem.what()));
  }
}

/// Both files into the folder, which must exist. Throws FileError.
inline void write_adapter(const std::filesystem::path& folder, const StoredTensors& tensors, const LoraConfig& config) {
  const std::string text = json::write(describe(config));
  write_file(adapter_config_path(folder), text + "\n");
  write_safetensors(adapter_tensors_path(folder), tensors, {{"format", "pt"}, {std::string(lora_config_key), text}});
}

}  // namespace icolorit
