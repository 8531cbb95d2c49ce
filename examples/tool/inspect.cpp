// icolorit inspect: what a file holds, and in the last line whether icolorit can use it.
#include <algorithm>
#include <filesystem>
#include <iomanip>
#include <iostream>
#include <memory>
#include <numeric>
#include <string>

#include "commands.hpp"
#include "engines.hpp"
#include "file_kind.hpp"
#include "icolorit/io/download_mistakes.hpp"
#include "icolorit/io/hint_file.hpp"
#include "icolorit/io/hint_folder.hpp"
#include "icolorit/models/self_check.hpp"
#include "icolorit/training/shard_dataset.hpp"
#include "misuse.hpp"
#include "option_group.hpp"
#include "printable.hpp"
#include "standard_streams.hpp"
#include "wording.hpp"

namespace icolorit::tool {

namespace {

const char* describe_channels(const Image& picture) {
  constexpr const char* names[] = {"grey", "grey + alpha", "RGB", "RGB + alpha"};
  return names[picture.channels() - 1];
}

template <class T>
void print_line(const char* label, const T& value) {
  std::cout << std::left << std::setw(14) << label << printable(concat(value)) << '\n';
}

/// A checkpoint keeps the history of its training in one text.
std::string abridged(const std::string& text) {
  constexpr std::size_t most = 100;
  return text.size() <= most ? text : concat(text.substr(0, most), "... (", text.size(), " bytes)");
}

void print_picture(std::span<const std::byte> bytes) {
  const Image picture = decode_image(bytes);
  print_line("format", title_of(*image_format_of(bytes)));
  print_line("size", concat(picture.width(), " x ", picture.height(), " pixels"));
  print_line("channels", describe_channels(picture));
  print_line("bits", picture.bits());
  print_line("verdict", "a picture that icolorit can read");
}

void print_manifest(const json::Value& document) {
  const HintFolder manifest = parse_hint_folder(document);
  std::string counts;
  for (const Index count : manifest.counts) counts += concat(counts.empty() ? "" : " ", count);
  print_line("format", "manifest of a folder of hint files");
  print_line("made for", concat(manifest.size, " x ", manifest.size, " pixels in cells of ", manifest.cell));
  print_line("counts", counts);
  print_line("seed", manifest.seed);
  print_line("verdict", concat("hints for icolorit infer --size ", manifest.size, " --hints, given this folder"));
}

void print_hints(std::string_view text) {
  const json::Value document = json::parse(text);
  if (json::find(document, "cell") != nullptr && json::find(document, "hints") == nullptr)
    return print_manifest(document);
  const auto extent = [&](const char* name) {
    const json::Value* value = json::find(document, name);
    return value == nullptr ? Index{0} : json::integer(*value).value_or(0);
  };
  const Index width = extent("width"), height = extent("height");
  const auto or_any = [](Index stated) { return stated > 0 ? stated : Image::max_extent; };
  const Index count = std::ssize(parse_hints(text, or_any(width), or_any(height)));
  print_line("format", "hints with colours, JSON");
  print_line("made for", width > 0 && height > 0 ? concat("a picture of ", width, " x ", height, " pixels")
                                                 : "any picture that is large enough");
  print_line("verdict", concat(counted(count, "hint"), " that icolorit colorize --hints can read"));
}

void print_hint_cells(std::string_view text) {
  const HintGrid pixels(IColoriTConfig::max_size, IColoriTConfig::max_size, 1);
  const std::vector<Index> cells = parse_hint_cells(text, pixels);
  Index row = 0, column = 0, divisor = 0;
  for (const Index cell : cells) {
    row = std::max(row, pixels.row_of(cell));
    column = std::max(column, pixels.column_of(cell));
    divisor = std::gcd(divisor, std::gcd(pixels.row_of(cell), pixels.column_of(cell)));
  }
  print_line("format", "hint cells without colours, the published layout");
  if (!cells.empty()) {
    print_line("largest", concat("row ", row, ", column ", column));
    print_line("steps", divisor == 0 ? std::string("any") : concat("multiples of ", divisor));
  }
  print_line("verdict", concat(counted(std::ssize(cells), "cell"), " that icolorit colorize --reveal can read"));
}

void print_tensors(const TensorFile& file) {
  std::size_t longest = 0;
  for (const auto& [name, tensor] : file.tensors) longest = std::max(longest, printable(name).size());
  for (const auto& [name, tensor] : file.tensors)
    std::cout << "  " << std::left << std::setw(static_cast<int>(longest) + 2) << printable(name) << std::setw(6)
              << concat(tensor.dtype) << tensor.shape << '\n';
}

struct Inspect {
  std::filesystem::path path;
  bool verify = false, with_tensors = false;

  void run() const {
    std::error_code error;
    const std::filesystem::path file = input_of(path);
    const std::filesystem::file_status status = std::filesystem::status(file, error);
    const bool is_pipe = std::filesystem::is_fifo(status) || std::filesystem::is_character_file(status) || path != file;
    if (!is_pipe && is_pack(file)) return print_pack();
    parse_file(file, [&](std::vector<std::byte> bytes) { print(std::move(bytes)); });
  }

 private:
  void print(std::vector<std::byte> bytes) const {
    // A text of no hint cells is a result; every other empty file is a mishap.
    if (bytes.empty() && path.extension() != ".txt") refuse_download_mistakes(bytes);
    const FileKind kind = kind_of(bytes);
    const bool is_weights =
        kind == FileKind::torch_zip || kind == FileKind::torch_legacy || kind == FileKind::safetensors;
    require(!verify || is_weights || kind == FileKind::unknown, "--verify: ", path,
            " holds no self-check, only weights and packs can be verified");
    switch (kind) {
      case FileKind::picture: return print_picture(bytes);
      case FileKind::json: return print_hints(as_text(bytes));
      case FileKind::hint_cells: return print_hint_cells(as_text(bytes));
      case FileKind::safetensors: return print_weights("safetensors", parse_safetensors(std::move(bytes)));
      case FileKind::torch_zip: return print_weights("PyTorch checkpoint", parse_torch_checkpoint(std::move(bytes)));
      case FileKind::torch_legacy:
        return print_weights("PyTorch checkpoint of the format before PyTorch 1.6",
                             parse_torch_checkpoint(std::move(bytes)));
      case FileKind::unknown: refuse_download_mistakes(bytes);
    }
    throw FormatError(
        "inspect knows pictures, weights (.pth, .safetensors), packs, and hint files (.json, .txt), and this is none");
  }

  void print_pack() const {
    const ShardDataset pack(path);
    Index decoded = 0;
    for (Index i = 0; i < pack.size(); ++i) {
      decoded += pack.entry(i).is_decoded();
      if (verify) pack.read(i);
    }
    print_line("format", "pack, written by icolorit pack");
    print_line("pictures", concat(pack.size() - decoded, " compressed, ", decoded, " as pixels"));
    print_line("verdict", concat(counted(pack.size(), "picture"), " that icolorit train --images can read",
                                 verify ? ", none of them damaged" : ""));
  }

  void print_weights(const char* format, const TensorFile& file) const {
    print_line("format", format);
    const std::string complaint = print_network(file);
    for (const auto& [key, text] : file.metadata) print_line("metadata", concat(key, " = ", abridged(text)));
    print_line("tensors", concat(file.tensors.size(), with_tensors ? "" : ", which --tensors lists"));
    if (with_tensors) print_tensors(file);
    print_line("verdict", verify ? check(file) : complaint.empty() ? usable(file) : complaint);
  }

  /// Returns why the network cannot be used; empty where it can.
  static std::string print_network(const TensorFile& file) {
    try {
      const IColoriTConfig config = infer_config(file);
      const std::string name = ModelRegistry::published().name_of(config);
      print_line("variant", name.empty() ? "none of the published ones" : name);
      print_line("network", concat("dim ", config.dim, ", ", config.heads, " heads, patch ", config.patch, ", depth ",
                                   config.depth, ", MLP ratio ", config.mlp_ratio, ", size ", config.size, ", ",
                                   config.channels, " channels, head ", icolorit::name_of(config.head),
                                   config.position_bias ? "" : ", no position bias"));
      print_line("parameters", count_parameters<IColoriT>(config));
      print_line("multiply-adds", static_cast<Index>(config.multiply_adds()));
      load_weights<float>(file, config);
      return "";
    } catch (const WeightsError& error) {
      return concat("not usable: ", error.what());
    }
  }

  static std::string usable(const TensorFile& file) {
    return file.metadata.contains(self_check_key)
               ? "usable with --model; --verify runs the network on its self-check"
               : "usable with --model; holds no self-check, icolorit convert writes one into a .safetensors file";
  }

  /// Runs the network. Throws WeightsError unless it computes what its self-check says.
  std::string check(const TensorFile& file) const {
    const auto found = file.metadata.find(self_check_key);
    if (found == file.metadata.end())
      throw WeightsError(concat(path, " holds no self-check: icolorit convert writes one into a .safetensors file"));
    const float error = self_check_error(parse_self_check(found->second), self_check_of(file));
    if (!(error <= self_check_tolerance))
      throw WeightsError(concat("the network of ", path, " does not compute what its self-check says: it is off by ",
                                error, ", allowed is ", self_check_tolerance, "; convert the original weights again"));
    return concat("usable with --model; self-check passed, largest difference ", error);
  }
};

}  // namespace

void add_inspect(CLI::App& app) {
  CLI::App& command = *app.add_subcommand("inspect", "Say what weights, a picture, a pack or a hint file hold");
  const auto options = std::make_shared<Inspect>();
  command
      .add_option("FILE", options->path,
                  "Weights (.pth, .safetensors), a picture, a pack, hints (.json, .txt); - reads the standard input")
      ->type_name("")
      ->required();
  OptionGroup content(command, "Content");
  content.flag("--verify", options->verify, "Run the network on the self-check of the weights, read all of a pack");
  content.flag("--tensors", options->with_tensors, "List the tensors of weights");
  command.callback([options] { options->run(); });
}

}  // namespace icolorit::tool
