// The parameter registry: what `visit` lists is counted and laid out in one flat buffer, in that order.
#include "icolorit/core/parameters.hpp"

#include <numeric>
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

TEST_CASE("parameters lie in the order of the registry, each from an aligned place on", "[core]") {
  ParameterBuffer<Example, float> parameters({.dim = 5});
  auto& views = parameters.views();
  CHECK(parameters.flat().elements() == 96 + 32 + 32);
  CHECK(views.weight.data() == parameters.flat().data());
  CHECK(views.weight.extents() == std::array<Index, 4>{5, 2, 3, 3});
  CHECK(views.bias.data() == views.weight.data() + 96);
  CHECK(views.table.data() == views.bias.data() + 32);
  views.table(6, 1) = 2.5f;
  CHECK(parameters.flat()[96 + 32 + 13] == 2.5f);
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
  CHECK(parameters.views().table.data() == parameters.flat().data() + 64);
}

TEST_CASE("padding is zero, is left out of files and comes back as zero", "[core]") {
  const Example::Config config{.dim = 5};
  const ParameterLayout<Example> layout(config);
  CHECK(layout.size() == 160);
  CHECK(layout.count() == count_parameters<Example>(config));
  ParameterBuffer<Example, float> parameters(config);
  float number = 0;
  Example::visit(config, parameters.views(), "", [&](const auto&, auto& view, const auto&, Decay) {
    for (Index i = 0; i < view.elements(); ++i) view.data()[i] = ++number;
  });
  const float* flat = parameters.flat().data();
  CHECK(std::accumulate(flat, flat + layout.size(), 0.f) == 109 * 110 / 2);

  std::vector<float> in_place(flat, flat + layout.size());
  layout.remove_padding(in_place.data(), in_place.data());
  for (Index i = 0; i < layout.count(); ++i) REQUIRE(in_place[static_cast<std::size_t>(i)] == float(i + 1));
  std::vector<float> again(static_cast<std::size_t>(layout.size()), -1.f);
  layout.add_padding(in_place.data(), again.data());
  CHECK(std::equal(again.begin(), again.end(), flat));
}

TEST_CASE("a visit tells the names behind a prefix and where weight decay applies", "[core]") {
  Example::Params<float> params;
  std::vector<std::string> names;
  Example::visit({.dim = 1}, params, "head.", [&](const std::string& name, auto&, const auto&, Decay decay) {
    names.push_back(name + (decay == Decay::yes ? " decays" : ""));
  });
  CHECK(names == std::vector<std::string>{"head.weight decays", "head.bias", "head.table decays"});
}
