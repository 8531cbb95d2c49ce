// Weight files and parameters: reading either format, and moving tensors by name between files and layers.
#pragma once

#include <filesystem>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "icolorit/core/parameters.hpp"
#include "icolorit/io/safetensors.hpp"
#include "icolorit/io/torch_checkpoint.hpp"

namespace icolorit {

/// A safetensors file or a PyTorch checkpoint, told apart by the first bytes. Throws FileError, FormatError.
inline TensorFile read_weights(const std::filesystem::path& path) {
  return parse_file(path, [](std::vector<std::byte> bytes) {
    // Zip archives start with "PK"; a safetensors file starts with a header size, for which that would be over 2^14
    // bytes.
    const bool zip = bytes.size() >= 4 && bytes[0] == std::byte{'P'} && bytes[1] == std::byte{'K'} &&
                     bytes[2] == std::byte{3} && bytes[3] == std::byte{4};
    return zip ? parse_torch_checkpoint(std::move(bytes)) : parse_safetensors(std::move(bytes));
  });
}

/// Copies every parameter of the layer from the file, converting the element type. `ignored(name)` says which other
/// names are welcome. Throws WeightsError with all missing, unexpected and mis-shaped names.
template <class Layer, class T, class Ignored>
void load_parameters(const TensorFile& file, const typename Layer::Config& config,
                     typename Layer::template Params<T>& params, Ignored&& ignored) {
  std::set<std::string, std::less<>> wanted;
  std::string missing, misshaped, unexpected;
  const auto list = [](std::string& names, const auto&... parts) {
    names += (names.empty() ? "" : ", ") + concat(parts...);
  };

  Layer::visit(config, params, "", [&](const std::string& name, auto& view, const auto& extents, Decay) {
    wanted.insert(name);
    const StoredTensor* tensor = file.find(name);
    const Shape expected{std::span<const Index>(extents)};
    if (tensor == nullptr)
      list(missing, name);
    else if (!(tensor->shape == expected))
      list(misshaped, name, " is ", tensor->shape, " instead of ", expected);
    else if (!is_floating(tensor->dtype))
      list(misshaped, name, " holds ", tensor->dtype);
    else
      copy_elements(*tensor, std::span<T>(view.data(), static_cast<std::size_t>(view.elements())));
  });
  for (const auto& [name, tensor] : file.tensors)
    if (!wanted.contains(name) && !ignored(name)) list(unexpected, name);

  if (missing.empty() && misshaped.empty() && unexpected.empty()) return;
  throw WeightsError(concat("the weights do not fit the network;", missing.empty() ? "" : " missing: ", missing,
                            missing.empty() ? "" : ";", misshaped.empty() ? "" : " mis-shaped: ", misshaped,
                            misshaped.empty() ? "" : ";", unexpected.empty() ? "" : " unexpected: ", unexpected));
}

}  // namespace icolorit
