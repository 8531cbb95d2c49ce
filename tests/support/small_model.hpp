// A small network with synthetic weights, ready to colour.
#pragma once

#include <cstring>
#include <memory>
#include <span>
#include <string>

#include "icolorit/cpu/backend.hpp"
#include "icolorit/models/model.hpp"
#include "support/synthetic.hpp"

namespace icolorit::test {

inline std::shared_ptr<const Model<CpuBackend>> small_model() {
  static const auto model = [] {
    const IColoriTConfig config{.dim = 24, .heads = 3, .patch = 8, .size = 32, .depth = 1};
    auto weights = synthetic_weights(config);
    TensorFile file;
    IColoriT::visit(config, weights.views(), "", [&](const std::string& name, auto& view, const auto& extents, Decay) {
      file.memory.emplace_back(static_cast<std::size_t>(view.elements()) * sizeof(float));
      std::memcpy(file.memory.back().data(), view.data(), file.memory.back().size());
      file.tensors[name] = {DType::f32, Shape(std::span<const Index>(extents)), file.memory.back()};
    });
    return std::make_shared<const Model<CpuBackend>>(file);
  }();
  return model;
}

}  // namespace icolorit::test
