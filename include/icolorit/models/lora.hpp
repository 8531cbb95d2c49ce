// Lora: the matrices of a low-rank adaptation as a parameter registry, so that buffers, files and the optimizer take
// them like a layer's.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "icolorit/models/icolorit.hpp"
#include "icolorit/models/lora_adapter.hpp"

namespace icolorit {

struct Lora {
  struct Config {
    IColoriTConfig network;
    LoraConfig adapter;
  };

  /// a (r,in), b (out,r) of one weight.
  template <class T>
  struct Pair {
    TensorView<T, 2> a, b;
  };
  /// In the order of the weights in the network's registry.
  template <class T>
  struct Params {
    std::vector<Pair<T>> pairs;
  };

  /// The names are PEFT's.
  template <class T, class Visitor>
  static void visit(const Config& config, Params<T>& params, const std::string& prefix, Visitor&& visitor) {
    IColoriT::Params<float> unused;
    std::size_t i = 0;
    visit_weights(config, unused, [&](const std::string& layer, auto&, const std::array<Index, 2>& extents) {
      if (i == params.pairs.size()) params.pairs.emplace_back();
      auto& [a, b] = params.pairs[i++];
      const std::string name = concat(prefix, lora_prefix, layer);
      visitor(concat(name, lora_a_ending), a, std::array{config.adapter.rank, extents[1]}, Decay::yes);
      visitor(concat(name, lora_b_ending), b, std::array{extents[0], config.adapter.rank}, Decay::yes);
    });
  }

  /// f(layer, view, extents) for every weight (out,in) of the network that is adapted, in that order.
  template <class T, class F>
  static void visit_weights(const Config& config, IColoriT::Params<T>& params, F&& f) {
    constexpr std::string_view ending = ".weight";
    IColoriT::visit(config.network, params, "",
                    [&]<class Extents>(const std::string& name, auto& view, const Extents& extents, Decay) {
                      if constexpr (std::is_same_v<Extents, std::array<Index, 2>>)
                        if (name.ends_with(ending))
                          if (const std::string layer = name.substr(0, name.size() - ending.size());
                              config.adapter.adapts(layer))
                            f(layer, view, extents);
                    });
  }
};

}  // namespace icolorit
