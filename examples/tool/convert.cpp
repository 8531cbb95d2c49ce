// icolorit convert: published weights into the library's own file, and back.
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "adapter_options.hpp"
#include "commands.hpp"
#include "engines.hpp"
#include "icolorit/core/name_list.hpp"
#include "icolorit/io/torch_checkpoint_writer.hpp"
#include "icolorit/models/lpips.hpp"
#include "icolorit/models/onnx_network.hpp"
#include "icolorit/models/self_check.hpp"
#include "misuse.hpp"
#include "option_group.hpp"
#include "output_check.hpp"
#include "report.hpp"

namespace icolorit::tool {

namespace {

/// The parameters as tensors of T in the file's own memory.
template <class T>
TensorFile convert_parameters(const IColoriTConfig& config, const TensorFile& source) {
  const ParameterBuffer<IColoriT, float> parameters = load_weights<float>(source, config);
  TensorFile file;
  std::vector<std::byte>& memory =
      file.memory.emplace_back(static_cast<std::size_t>(parameters.flat().extent(0)) * sizeof(T));
  const std::span values(reinterpret_cast<T*>(memory.data()), memory.size() / sizeof(T));
  auto views = parameters.views();
  IColoriT::visit(config, views, "", [&](const std::string& name, auto& view, const auto&, Decay) {
    T* value = values.data() + (view.data() - parameters.flat().data());
    for (Index i = 0; i < view.elements(); ++i) {
      const float from = view.data()[i];
      value[i] = static_cast<T>(from);
      if (std::isfinite(from) && !std::isfinite(static_cast<float>(value[i])))
        throw WeightsError(concat(name, " holds ", from, ", too large for ", dtype_of<T>, ": use --dtype bf16 or f32"));
    }
  });
  file.tensors = stored_parameters<IColoriT>(std::span<const T>(values), config);
  return file;
}

struct Convert {
  std::filesystem::path in, out, lpips_heads;
  std::string dtype = "f32";
  bool overwrite = false;
  AdapterOptions adapters;
  Report report;

  void run() const {
    require(!out.empty(), "OUT is required: give the .safetensors, .pth or .onnx file to write");
    require(out.extension() == ".safetensors" || is_torch() || is_onnx(), "cannot write ", out,
            ": its name must end in .safetensors or .pth, or in .onnx for other programs");
    expect_output(out, {in, lpips_heads}, overwrite);
    if (is_onnx()) return write_onnx();
    if (!lpips_heads.empty()) return write_lpips();
    if (dtype == "f16") return write<f16>();
    if (dtype == "bf16") return write<bf16>();
    write<float>();
  }

 private:
  void write_lpips() const {
    require(!is_torch(), "LPIPS weights are written as .safetensors only");
    require(adapters.given.empty(), "LPIPS weights have no adapters: leave out --lora");
    require(dtype == "f32", "--lpips-heads keeps the element type of the public files: leave out --dtype");
    const TensorFile vgg = read_weights(in), heads = read_weights(lpips_heads);
    try {
      const TensorFile joined = join_lpips_weights(vgg, heads);
      write_safetensors(
          out, joined.tensors,
          {{"format", "lpips"},
           {"icolorit.source", concat(in.filename().string(), " and ", lpips_heads.filename().string())}});
      report.write(ResultLine(out).add("tensors", std::ssize(joined.tensors),
                                       concat(joined.tensors.size(), " tensors of LPIPS with VGG-16")));
    } catch (const WeightsError& error) {
      throw WeightsError(concat("cannot convert ", in, " with ", lpips_heads, ": ", error.what()));
    }
  }

  void write_onnx() const {
    require(lpips_heads.empty() && dtype == "f32", "an .onnx file holds the network in f32: leave out --",
            lpips_heads.empty() ? "dtype" : "lpips-heads");
    const TensorFile source = read_adapted();
    try {
      const IColoriTConfig config = infer_config(source);
      write_file(out, format_onnx(source, config));
      report.write(ResultLine(out).count("parameters", count_parameters<IColoriT>(config), "parameter"));
    } catch (const WeightsError& error) {
      throw WeightsError(concat("cannot convert ", in, ": ", error.what()));
    }
  }

  TensorFile read_adapted() const {
    TensorFile file = read_weights(in);
    adapters.apply(file);
    return file;
  }

  template <class T>
  void write() const {
    const TensorFile source = read_adapted();
    try {
      const IColoriTConfig config = infer_config(source);
      TensorFile converted = convert_parameters<T>(config, source);
      if (is_torch())
        write_torch(converted, config, source);
      else
        write_native(converted, config, source);
      ResultLine line(out);
      line.count("tensors", std::ssize(converted.tensors), "tensor")
          .count("parameters", count_parameters<IColoriT>(config), "parameter")
          .add("dtype", dtype, dtype);
      if (!adapters.given.empty()) line.add("lora", adapters.given, adapters.text().substr(1));
      tell_others(line, source);
      report.write(line);
    } catch (const WeightsError& error) {
      throw WeightsError(concat("cannot convert ", in, ": ", error.what()));
    }
  }

  /// What the source holds beside the parameters, and what became of it.
  void tell_others(ResultLine& line, const TensorFile& source) const {
    NameList derived, training;
    for (const auto& [name, tensor] : source.tensors)
      if (is_derived_buffer(name))
        derived.add(name);
      else if (is_no_parameter(name))
        training.add(name);
    const auto tell = [&](const char* key, const NameList& names, const char* fate) {
      line.add(key, names.count(),
               names.empty() ? "" : concat(counted(names.count(), "tensor"), ' ', fate, ": ", names.text()));
    };
    tell("derived_tensors", derived,
         is_torch() ? "computed anew from the architecture" : "left out, which follow from the architecture");
    tell("training_tensors", training, "left out, which only an unfinished training needs");
  }

  /// As PyTorch's files or this library's call it; empty where the file does not tell.
  static std::string epoch_of(const TensorFile& source) {
    std::string epoch;
    for (const std::string key : {"epoch", "icolorit.epoch"})
      if (const auto found = source.metadata.find(key); found != source.metadata.end()) epoch = found->second;
    return epoch;
  }

  bool is_torch() const { return out.extension() == ".pth"; }
  bool is_onnx() const { return out.extension() == ".onnx"; }

  void write_native(TensorFile& converted, const IColoriTConfig& config, const TensorFile& source) const {
    converted.metadata = weights_metadata(config);
    converted.metadata["icolorit.source"] = in.filename().string() + adapters.text();
    if (const std::string epoch = epoch_of(source); !epoch.empty()) converted.metadata["icolorit.epoch"] = epoch;
    converted.metadata[std::string(self_check_key)] = format_self_check(self_check_of(converted));
    write_safetensors(out, converted.tensors, converted.metadata);
  }

  /// With the derived buffers, so that the published code loads it strictly.
  void write_torch(const TensorFile& converted, const IColoriTConfig& config, const TensorFile& source) const {
    const TensorFile buffers = derived_buffers(config);
    StoredTensors tensors = buffers.tensors;
    tensors.insert(converted.tensors.begin(), converted.tensors.end());
    CheckpointExtras extras;
    if (const std::string epoch = epoch_of(source); !epoch.empty())
      extras["epoch"] = std::strtoll(epoch.c_str(), nullptr, 10);
    write_torch_checkpoint(out, tensors, extras);
  }
};

}  // namespace

void add_convert(CLI::App& app) {
  CLI::App& command = *app.add_subcommand(
      "convert", "Turn weights into a .safetensors file, a .pth that PyTorch loads, or an .onnx network");
  const auto options = std::make_shared<Convert>();
  command.add_option("IN", options->in, "A .pth or .safetensors file")->type_name("FILE")->required();
  OptionGroup content(command, "Content"), output(command, "Output");
  content.choice("--dtype", options->dtype, "Element type to store: f32, f16 or bf16", {"f32", "f16", "bf16"})
      ->capture_default_str();
  options->adapters.add_to(content);
  content.file("--lpips-heads", options->lpips_heads,
               "IN is torchvision's vgg16 .pth, this is the lpips package's vgg.pth: make evaluate's LPIPS weights");
  output.file("OUT,-o,--out", options->out, "The .safetensors, .pth or .onnx file to write, with or without -o");
  add_overwrite(output, options->overwrite);
  options->report.add_to(command);
  command.callback([options] { options->run(); });
}

}  // namespace icolorit::tool
