// Adapter options: --lora, the low-rank adapters that change a network before it is used.
#pragma once

#include <string>
#include <vector>

#include "icolorit/core/config.hpp"
#include "option_group.hpp"

namespace icolorit {
struct TensorFile;
}

namespace icolorit::tool {

struct AdapterOptions {
  std::vector<std::string> given;  // FILE, or FILE:STRENGTH

  void add_to(OptionGroup& group);
  /// Throws FileError, FormatError, WeightsError, and Misuse for a strength that is no number.
  void apply(TensorFile& network) const;
  /// What they add to a network's name in reports; empty where nothing was given: " with street:0.5 and park".
  std::string text() const;
  /// A number that is another one for other adapters; 0 for none.
  Index checksum() const;
};

}  // namespace icolorit::tool
