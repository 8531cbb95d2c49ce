#include "adapter_options.hpp"

#include <charconv>
#include <filesystem>
#include <system_error>

#include "icolorit/io/crc32.hpp"
#include "icolorit/models/lora_adapter.hpp"
#include "misuse.hpp"
#include "printable.hpp"

namespace icolorit::tool {

namespace {

struct Adapter {
  std::filesystem::path path;
  double strength = 1;
};

Adapter parse_adapter(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  std::error_code error;
  if (colon == std::string::npos || std::filesystem::exists(text, error)) return {text, 1};
  Adapter adapter{text.substr(0, colon), 0};
  const char* const end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data() + colon + 1, end, adapter.strength);
  require(problem == std::errc() && stop == end && adapter.strength >= -100 && adapter.strength <= 100, "--lora ", text,
          ": expected FILE:STRENGTH with a number between -100 and 100");
  return adapter;
}

}  // namespace

void AdapterOptions::add_to(OptionGroup& group) {
  group
      .add("--lora", given, "FILE[:STRENGTH]",
           "Change the network by this LoRA adapter of icolorit finetune or PEFT, its tensors or their folder; may be "
           "repeated. Strength 1: as trained, 0: not at all, -1: take a merged one out")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void AdapterOptions::apply(TensorFile& network) const {
  for (const std::string& text : given) {
    const auto [path, strength] = parse_adapter(text);
    const LoraAdapter adapter = read_adapter(path);
    try {
      adapter.apply(network, strength);
    } catch (const WeightsError& error) {
      throw WeightsError(concat("cannot use ", path, " with this network: ", error.what()));
    }
  }
}

std::string AdapterOptions::text() const {
  std::string all;
  for (const std::string& one : given) {
    std::filesystem::path path = one;
    if (!path.has_filename()) path = path.parent_path();
    all += concat(all.empty() ? " with " : " and ", printable(path.filename().string()));
  }
  return all;
}

Index AdapterOptions::checksum() const {
  std::uint32_t sum = 0;
  for (const std::string& text : given) {
    const std::filesystem::path path = parse_adapter(text).path;
    std::error_code error;
    sum = sum * 31 + crc32(read_file(std::filesystem::is_directory(path, error) ? adapter_tensors_path(path) : path));
  }
  return sum;
}

}  // namespace icolorit::tool
