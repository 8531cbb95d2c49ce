#include "infer_table.hpp"

#include <cstdlib>
#include <iomanip>
#include <ostream>

#include "wording.hpp"

namespace icolorit::tool {

void InferTable::add(const json::Value& line) {
  const json::Value* const psnr = json::find(line, "psnr");
  if (psnr == nullptr) return;
  ++pictures_;
  const auto sum = [this](const json::Value& values, double Means::* member) {
    for (const auto& [hints, value] : json::as_object(values))
      sums_[std::strtoll(hints.c_str(), nullptr, 10)].*member += json::as_number(value);
  };
  sum(*psnr, &Means::psnr);
  if (const json::Value* const network = json::find(line, "network_psnr")) {
    fuses_ = true;
    sum(*network, &Means::network);
  }
}

std::map<Index, InferTable::Means> InferTable::means() const {
  std::map<Index, Means> means = sums_;
  for (auto& [hints, mean] : means) {
    mean.psnr /= static_cast<double>(pictures_);
    mean.network /= static_cast<double>(pictures_);
  }
  return means;
}

void InferTable::print(std::ostream& out) const {
  if (pictures_ == 0) return;
  out << "hints   PSNR@k" << (fuses_ ? "  network alone" : "") << "  (mean of " << counted(pictures_, "picture")
      << ", dB)\n"
      << std::fixed << std::setprecision(3);
  for (const auto& [hints, mean] : means()) {
    out << std::setw(5) << hints << std::setw(9) << mean.psnr;
    if (fuses_) out << std::setw(15) << mean.network;
    out << '\n';
  }
}

}  // namespace icolorit::tool
