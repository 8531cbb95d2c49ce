// icolorit inspect: what a weight file or a picture holds.
#include <filesystem>
#include <iomanip>
#include <iostream>
#include <memory>

#include "commands.hpp"
#include "engines.hpp"
#include "icolorit/io/image_file.hpp"
#include "icolorit/models/self_check.hpp"
#include "misuse.hpp"

namespace icolorit::tool {

namespace {

const char* name_of(ImageFormat format) {
  switch (format) {
    case ImageFormat::png: return "PNG";
    case ImageFormat::jpeg: return "JPEG";
    case ImageFormat::webp: return "WebP";
    case ImageFormat::tiff: return "TIFF";
  }
  return "?";
}

const char* describe_channels(const Image& picture) {
  constexpr const char* names[] = {"grey", "grey + alpha", "RGB", "RGB + alpha"};
  return names[picture.channels() - 1];
}

template <class T>
void print_line(const char* label, const T& value) {
  std::cout << std::left << std::setw(14) << label << value << '\n';
}

void print_network(const TensorFile& file) {
  try {
    const IColoriTConfig config = infer_config(file);
    std::string variant = "none of the published ones";
    const ModelRegistry registry = ModelRegistry::published();
    for (const auto& [name, published] : registry.variants()) {
      IColoriTConfig same_options = published;
      same_options.head = config.head;
      same_options.encoding = config.encoding;
      if (config == same_options) variant = name;
    }
    print_line("variant", variant);
    print_line("network", concat("dim ", config.dim, ", ", config.heads, " heads, patch ", config.patch, ", depth ",
                                 config.depth, ", MLP ratio ", config.mlp_ratio, ", size ", config.size, ", ",
                                 config.channels, " channels, head ", icolorit::name_of(config.head),
                                 config.position_bias ? "" : ", no position bias"));
    print_line("parameters", count_parameters<IColoriT>(config));
    print_line("multiply-adds", static_cast<Index>(config.multiply_adds()));
    load_weights<float>(file, config);
  } catch (const WeightsError& error) {
    print_line("network", concat("not usable: ", error.what()));
  }
}

void print_tensors(const TensorFile& file) {
  std::size_t longest = 0;
  for (const auto& [name, tensor] : file.tensors) longest = std::max(longest, name.size());
  for (const auto& [name, tensor] : file.tensors)
    std::cout << std::left << std::setw(static_cast<int>(longest) + 2) << name << std::setw(6) << concat(tensor.dtype)
              << tensor.shape << '\n';
}

struct Inspect {
  std::filesystem::path path;
  bool verify = false;

  void run() const {
    const std::vector<std::byte> bytes = read_file(path);
    if (const auto format = image_format_of(std::span<const std::byte>(bytes))) {
      require(!verify, "--verify: ", path, " is a picture, only weights hold a self-check");
      print_picture(*format);
    } else {
      print_weights(codec::has_text_at(bytes, 0, "PK") ? "PyTorch checkpoint" : "safetensors");
    }
  }

 private:
  void print_picture(ImageFormat format) const {
    const Image picture = read_image(path);
    print_line("format", name_of(format));
    print_line("size", concat(picture.width(), " x ", picture.height(), " pixels"));
    print_line("channels", describe_channels(picture));
    print_line("bits", picture.bits());
  }

  void print_weights(const char* format) const {
    const TensorFile file = [&] {
      try {
        return read_weights(path);
      } catch (const FormatError& error) {
        throw FormatError(concat(error.what(), "; inspect takes pictures and weights (.pth, .safetensors)"));
      }
    }();
    print_line("format", format);
    print_network(file);
    for (const auto& [key, text] : file.metadata) std::cout << "metadata      " << key << " = " << text << '\n';
    if (verify) check(file);
    std::cout << '\n' << file.tensors.size() << " tensors\n";
    print_tensors(file);
  }

  void check(const TensorFile& file) const {
    const auto found = file.metadata.find(self_check_key);
    if (found == file.metadata.end())
      throw WeightsError(concat(path, " holds no self-check: icolorit convert writes one"));
    const float error = self_check_error(parse_self_check(found->second), self_check_of(file));
    if (!(error <= self_check_tolerance))
      throw WeightsError(concat("the network of ", path, " does not compute what its self-check says: it is off by ",
                                error, ", allowed is ", self_check_tolerance, "; convert the original weights again"));
    print_line("self-check", concat("passed, largest difference ", error));
  }
};

}  // namespace

void add_inspect(CLI::App& app) {
  CLI::App& command = *app.add_subcommand("inspect", "Say what a weight file or a picture holds");
  const auto options = std::make_shared<Inspect>();
  command.add_option("FILE", options->path, "Weights (.pth, .safetensors) or a picture")->required();
  command.add_flag("--verify", options->verify, "Run the network on the self-check sample of the weights");
  command.callback([options] { options->run(); });
}

}  // namespace icolorit::tool
