// Weight files and parameters: reading either format, and moving tensors by name between files and layers.
#pragma once

#include <cstdint>
#include <filesystem>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "icolorit/core/name_list.hpp"
#include "icolorit/core/parameters.hpp"
#include "icolorit/io/download_mistakes.hpp"
#include "icolorit/io/safetensors.hpp"
#include "icolorit/io/torch_checkpoint.hpp"

namespace icolorit {

/// Whether these are the bytes of a safetensors file rather than of a PyTorch checkpoint: a JSON object follows the
/// eight bytes of its length.
inline bool is_safetensors(std::span<const std::byte> bytes) {
  return bytes.size() > 8 && bytes[8] == std::byte{'{'} && !ZipArchive::is_zip(bytes);
}

/// A safetensors file or a PyTorch checkpoint, told apart by the first bytes. Other files are parsed as a PyTorch
/// checkpoint, so that the error names the actual format where it is recognised.
/// Throws FileError, FormatError.
[[nodiscard]] inline TensorFile read_weights(const std::filesystem::path& path) {
  return parse_file(path, [](std::vector<std::byte> bytes) {
    refuse_download_mistakes(bytes);
    return is_safetensors(bytes) ? parse_safetensors(std::move(bytes)) : parse_torch_checkpoint(std::move(bytes));
  });
}

/// The same from memory, without a copy: the tensors point into `bytes`, which must outlive them. Throws FormatError,
/// whose sentence begins with `source`.
template <class Source = std::string_view>
[[nodiscard]] TensorFile parse_weights(std::span<const std::byte> bytes,
                                       const Source& source = "the weights in memory") {
  return with_source(source, [&] {
    refuse_download_mistakes(bytes);
    return is_safetensors(bytes) ? view_safetensors(bytes) : view_torch_checkpoint(bytes);
  });
}

/// The same from a file that is mapped into memory and never copied; MappedFile says which files may be. Throws
/// FileError, FormatError.
[[nodiscard]] inline TensorFile map_weights(const std::filesystem::path& path) {
  MappedFile mapping(path);
  TensorFile file = parse_weights(mapping.bytes(), path);
  file.mapping = std::move(mapping);
  return file;
}

/// Throws WeightsError with the missing, unexpected and mis-shaped names, of each kind the first few and the number of
/// the others, unless the file holds the layer's parameters and nothing else. `ignored(name)` says which other names
/// are welcome. Looks at no element.
template <class Layer, class Ignored>
void expect_parameters(const TensorFile& file, const typename Layer::Config& config, Ignored&& ignored) {
  std::set<std::string, std::less<>> wanted;
  NameList missing, misshaped, unexpected;
  typename Layer::template Params<float> unused;
  Layer::visit(config, unused, "", [&](const std::string& name, auto&, const auto& extents, Decay) {
    wanted.insert(name);
    const StoredTensor* tensor = file.find(name);
    const Shape expected{std::span<const Index>(extents)};
    if (tensor == nullptr)
      missing.add(name);
    else if (!(tensor->shape == expected))
      misshaped.add(name, " is ", tensor->shape, " instead of ", expected);
    else if (!is_floating(tensor->dtype))
      misshaped.add(name, " holds ", tensor->dtype);
  });
  for (const auto& [name, tensor] : file.tensors)
    if (!wanted.contains(name) && !ignored(name)) unexpected.add(name);

  if (missing.empty() && misshaped.empty() && unexpected.empty()) return;
  std::string complaints;
  const auto complain = [&](const char* kind, const NameList& names) {
    if (!names.empty()) complaints += concat(complaints.empty() ? " " : "; ", kind, ": ", names.text());
  };
  complain("missing", missing);
  complain("mis-shaped", misshaped);
  complain("unexpected", unexpected);
  throw WeightsError(concat("the weights do not fit the network;", complaints));
}

/// The numbers of a ParameterBuffer, (size) of its layout, as named tensors in the same memory. Throws ShapeError where
/// the layer has another number of them.
template <class Layer, Element T>
StoredTensors stored_parameters(std::span<const T> flat, const typename Layer::Config& config) {
  const ParameterLayout<Layer> layout(config);
  if (std::ssize(flat) != layout.size())
    throw ShapeError(concat("stored_parameters: ", flat.size(), " numbers, expected ", layout.size()));
  StoredTensors tensors;
  auto place = layout.places().begin();
  typename Layer::template Params<T> unused;
  Layer::visit(config, unused, "", [&](const std::string& name, auto&, const auto& extents, Decay) {
    const auto values = flat.subspan(static_cast<std::size_t>(place->first), static_cast<std::size_t>(place->count));
    tensors.emplace(name, stored(values, Shape{std::span<const Index>(extents)}));
    ++place;
  });
  return tensors;
}

/// The layer's parameters from the file, the element type converted. Memory is asked for only when everything fits, so
/// that no file can ask for more than it has itself. Throws WeightsError as above.
template <class Layer, class T, class Ignored>
ParameterBuffer<Layer, T> load_parameters(const TensorFile& file, const typename Layer::Config& config,
                                          Ignored&& ignored) {
  expect_parameters<Layer>(file, config, ignored);
  ParameterBuffer<Layer, T> parameters(config);
  Layer::visit(config, parameters.views(), "", [&](const std::string& name, auto& view, const auto&, Decay) {
    copy_elements(*file.find(name), std::span<T>(view.data(), static_cast<std::size_t>(view.elements())));
  });
  return parameters;
}

/// The layer's parameters as views: into the file's own memory where its elements are of type T, else into copies. The
/// file must live on.
template <class Layer, class T>
class ParameterViews {
 public:
  /// Throws WeightsError as above.
  template <class Ignored>
  ParameterViews(const TensorFile& file, const typename Layer::Config& config, Ignored&& ignored) {
    expect_parameters<Layer>(file, config, ignored);
    Layer::visit(config, views_, "", [&](const std::string& name, auto& view, const auto& extents, Decay) {
      view = {place(*file.find(name)), extents};
    });
  }

  const typename Layer::template Params<const T>& views() const { return views_; }

 private:
  const T* place(const StoredTensor& tensor) {
    const auto* elements = reinterpret_cast<const T*>(tensor.bytes.data());
    if (tensor.dtype == dtype_of<T> && reinterpret_cast<std::uintptr_t>(elements) % alignof(T) == 0) return elements;
    Buffer<T>& copy = copies_.emplace_back(tensor.shape.elements());
    copy_elements(tensor, std::span<T>(copy.data(), static_cast<std::size_t>(copy.size())));
    return copy.data();
  }

  typename Layer::template Params<const T> views_;
  std::vector<Buffer<T>> copies_;
};

}  // namespace icolorit
