// Infer table: PSNR@k over pictures that were coloured under the published evaluation, from the lines of manifests.
#pragma once

#include <iosfwd>
#include <map>

#include "icolorit/io/json.hpp"

namespace icolorit::tool {

/// A picture's line is {"psnr": {"1": 23.4, ...}}, by the number of hints, in dB, and the same under "network_psnr" of
/// the network alone where that was fused with the hints. Lines without "psnr" are of pictures that were left out.
class InferTable {
 public:
  struct Means {
    double psnr = 0, network = 0;
  };

  void add(const json::Value& line);

  Index pictures() const { return pictures_; }
  bool fuses() const { return fuses_; }
  /// By the number of hints.
  std::map<Index, Means> means() const;
  void print(std::ostream& out) const;

 private:
  std::map<Index, Means> sums_;
  Index pictures_ = 0;
  bool fuses_ = false;
};

}  // namespace icolorit::tool
