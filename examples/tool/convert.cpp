// icolorit convert: published weights into the library's own file.
#include <cmath>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "commands.hpp"
#include "engines.hpp"
#include "icolorit/models/lpips.hpp"
#include "icolorit/models/self_check.hpp"
#include "misuse.hpp"

namespace icolorit::tool {

namespace {

/// The parameters as tensors of T, which must live as long as `memory`.
template <class T>
StoredTensors convert_parameters(const IColoriTConfig& config, const TensorFile& file, std::vector<Buffer<T>>& memory) {
  const ParameterBuffer<IColoriT, float> parameters = load_weights<float>(file, config);
  auto views = parameters.views();
  StoredTensors tensors;
  IColoriT::visit(config, views, "", [&](const std::string& name, auto& view, const auto& extents, Decay) {
    Buffer<T>& values = memory.emplace_back(view.elements());
    for (Index i = 0; i < values.size(); ++i) {
      const float value = view.data()[i];
      values.data()[i] = static_cast<T>(value);
      if (std::isfinite(value) && !std::isfinite(static_cast<float>(values.data()[i])))
        throw WeightsError(
            concat(name, " holds ", value, ", too large for ", dtype_of<T>, ": use --dtype bf16 or f32"));
    }
    tensors.emplace(name, stored(std::span<const T>(values.data(), static_cast<std::size_t>(values.size())),
                                 Shape(std::span<const Index>(extents))));
  });
  return tensors;
}

struct Convert {
  std::filesystem::path in, out, lpips_heads;
  std::string dtype = "f32";

  void run() const {
    require(out.extension() == ".safetensors", "cannot write ", out, ": its name must end in .safetensors");
    expect_writable_place(out);
    if (!lpips_heads.empty()) return write_lpips();
    if (dtype == "f16") return write<f16>();
    if (dtype == "bf16") return write<bf16>();
    write<float>();
  }

 private:
  void write_lpips() const {
    require(dtype == "f32", "--lpips-heads keeps the element type of the public files: leave out --dtype");
    const TensorFile vgg = read_weights(in), heads = read_weights(lpips_heads);
    try {
      const TensorFile joined = join_lpips_weights(vgg, heads);
      write_safetensors(
          out, joined.tensors,
          {{"format", "lpips"},
           {"icolorit.source", concat(in.filename().string(), " and ", lpips_heads.filename().string())}});
      std::cout << out.string() << ": " << joined.tensors.size() << " tensors of LPIPS with VGG-16\n";
    } catch (const WeightsError& error) {
      throw WeightsError(concat("cannot convert ", in, " with ", lpips_heads, ": ", error.what()));
    }
  }

  template <class T>
  void write() const {
    const TensorFile source = read_weights(in);
    try {
      const IColoriTConfig config = infer_config(source);
      std::vector<Buffer<T>> memory;
      TensorFile converted;
      converted.tensors = convert_parameters<T>(config, source, memory);
      converted.metadata = weights_metadata(config);
      converted.metadata["icolorit.source"] = in.filename().string();
      if (const auto epoch = source.metadata.find("epoch"); epoch != source.metadata.end())
        converted.metadata["icolorit.epoch"] = epoch->second;
      converted.metadata[std::string(self_check_key)] = format_self_check(self_check_of(converted));
      write_safetensors(out, converted.tensors, converted.metadata);
      std::cout << out.string() << ": " << converted.tensors.size() << " tensors, "
                << count_parameters<IColoriT>(config) << " parameters, " << dtype << "; left out "
                << source.tensors.size() - converted.tensors.size() << " derived buffers\n";
    } catch (const WeightsError& error) {
      throw WeightsError(concat("cannot convert ", in, ": ", error.what()));
    }
  }
};

}  // namespace

void add_convert(CLI::App& app) {
  CLI::App& command = *app.add_subcommand("convert", "Turn a published .pth checkpoint into a .safetensors file");
  const auto options = std::make_shared<Convert>();
  command.add_option("IN", options->in, "A .pth or .safetensors file")->required();
  command.add_option("OUT", options->out, "The .safetensors file to write")->required();
  command.add_option("--dtype", options->dtype, "Element type to store: f32, f16 or bf16")
      ->capture_default_str()
      ->check(CLI::IsMember({"f32", "f16", "bf16"}));
  command.add_option(
      "--lpips-heads", options->lpips_heads,
      "IN is torchvision's vgg16 .pth, this is the lpips package's vgg.pth: make evaluate's LPIPS weights");
  command.callback([options] { options->run(); });
}

}  // namespace icolorit::tool
