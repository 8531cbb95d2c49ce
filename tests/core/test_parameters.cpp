// The parameter registry: what `visit` lists is counted and laid out in one flat buffer, in that order.
#include "icolorit/core/parameters.hpp"

#include <vector>

#include "support/catch.hpp"

using namespace icolorit;

namespace {

/// A layer with an optional parameter and one of rank 4.
struct Example {
  struct Config {
    Index dim = 0;
    bool bias = true;
  };
  template <class T>
  struct Params {
    TensorView<T, 4> weight;
    TensorView<T, 1> bias;
    TensorView<T, 2> table;
  };
  template <class T, class Visitor>
  static void visit(const Config& config, Params<T>& params, const std::string& prefix, Visitor&& visitor) {
    visitor(prefix + "weight", params.weight, std::array<Index, 4>{config.dim, 2, 3, 3}, Decay::yes);
    if (config.bias) visitor(prefix + "bias", params.bias, std::array{config.dim}, Decay::no);
    visitor(prefix + "table", params.table, std::array<Index, 2>{7, 2}, Decay::yes);
  }
};

}  // namespace

TEST_CASE("parameters are counted", "[core]") {
  CHECK(count_parameters<Example>({.dim = 5}) == 5 * 2 * 3 * 3 + 5 + 7 * 2);
  CHECK(count_parameters<Example>({.dim = 5, .bias = false}) == 5 * 2 * 3 * 3 + 7 * 2);
}

TEST_CASE("parameters lie side by side in the order of the registry", "[core]") {
  ParameterBuffer<Example, float> parameters({.dim = 5});
  auto& views = parameters.views();
  CHECK(parameters.flat().elements() == 109);
  CHECK(views.weight.data() == parameters.flat().data());
  CHECK(views.weight.extents() == std::array<Index, 4>{5, 2, 3, 3});
  CHECK(views.bias.data() == views.weight.data() + 90);
  CHECK(views.table.data() == views.bias.data() + 5);
  views.table(6, 1) = 2.5f;
  CHECK(parameters.flat()[108] == 2.5f);
  const auto& read = std::as_const(parameters).views();
  CHECK(read.table(6, 1) == 2.5f);
  CHECK(read.bias.data() == views.bias.data());

  const ParameterBuffer<Example, float> moved = std::move(parameters);
  CHECK(moved.views().table(6, 1) == 2.5f);
  CHECK(moved.flat().data() == moved.views().weight.data());
}

TEST_CASE("parameters that a configuration leaves out are empty", "[core]") {
  const ParameterBuffer<Example, double> parameters({.dim = 2, .bias = false});
  CHECK(parameters.views().bias.empty());
  CHECK(parameters.views().table.data() == parameters.flat().data() + 36);
}

TEST_CASE("a visit tells the names behind a prefix and where weight decay applies", "[core]") {
  Example::Params<float> params;
  std::vector<std::string> names;
  Example::visit({.dim = 1}, params, "head.", [&](const std::string& name, auto&, const auto&, Decay decay) {
    names.push_back(name + (decay == Decay::yes ? " decays" : ""));
  });
  CHECK(names == std::vector<std::string>{"head.weight decays", "head.bias", "head.table decays"});
}
