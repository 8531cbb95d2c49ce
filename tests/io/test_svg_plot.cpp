#include <cmath>
#include <string>

#include "icolorit/io/svg_plot.hpp"
#include "support/catch.hpp"

using namespace icolorit;

TEST_CASE("a plot places its points, ticks and names", "[svg]") {
  const std::string text =
      format_svg({"PSNR@k of <a> & b", "hints", "dB", /*logarithmic=*/true, {{"one", {{0, 20}, {3, 25}, {15, 30}}}}});
  CHECK_THAT(text, ContainsSubstring("<svg xmlns=\"http://www.w3.org/2000/svg\"") && ContainsSubstring("</svg>\n"));
  CHECK_THAT(text, ContainsSubstring(">PSNR@k of &lt;a&gt; &amp; b</text>"));
  // x at log(1+x): 1, 4 and 16 are equally far apart, from 64 to 616; y from 344 up to 40.
  CHECK_THAT(text, ContainsSubstring("<polyline points=\"64,344 340,192 616,40\""));
  for (const std::string tick : {">0<", ">3<", ">15<", ">20<", ">25<", ">30<"})
    CHECK_THAT(text, ContainsSubstring(tick));
  CHECK_THAT(text, !ContainsSubstring(">one<"));  // a legend only where there is something to tell apart

  const std::string two = format_svg({"", "", "", false, {{"one", {{1, 1}}}, {"two", {{1, 1}}}}});
  CHECK_THAT(two, ContainsSubstring(">one<") && ContainsSubstring(">two<") && !ContainsSubstring("nan"));
}

TEST_CASE("ticks are at round numbers, at most ten steps apart", "[svg]") {
  CHECK(svg::tick_step(10) == Approx(1));
  CHECK(svg::tick_step(11) == Approx(2));
  CHECK(svg::tick_step(.4) == Approx(.05));
  CHECK(svg::tick_step(3.1e6) == Approx(5e5));
  for (double range = 1e-5; range < 1e6; range *= 1.07) {
    const double steps = range / svg::tick_step(range);
    CHECK(steps <= 10.0001);
    CHECK(steps >= 3.9999);
  }
}

TEST_CASE("points without a place are named", "[svg][errors]") {
  REQUIRE_THROWS_AS(format_svg({}), ArgumentError);
  REQUIRE_THROWS_WITH(format_svg({}), ContainsSubstring("no points"));
  const auto plot_of = [](double x, double y, bool logarithmic) {
    return format_svg({"", "", "", logarithmic, {{"curve", {{x, y}}}}});
  };
  REQUIRE_THROWS_AS(plot_of(0, NAN, false), ArgumentError);
  REQUIRE_THROWS_AS(plot_of(-1, 0, true), ArgumentError);
  REQUIRE_THROWS_WITH(plot_of(-1, 0, true), ContainsSubstring("\"curve\""));
  REQUIRE_NOTHROW(plot_of(-1, 0, false));
}

TEST_CASE("curves that hardly differ are drawn on an axis of the least span", "[svg]") {
  Plot plot{"", "", "", false, {{"one", {{1, 11.811}, {2, 11.8112}}}}};
  CHECK_THAT(format_svg(plot), ContainsSubstring(">11.8111</text>"));
  plot.min_span = .5;
  const std::string text = format_svg(plot);
  CHECK_THAT(text, ContainsSubstring(">11.6</text>") && ContainsSubstring(">12</text>"));
  CHECK_THAT(text, !ContainsSubstring(">11.811"));
}
