// The exceptions: one base, one sentence; and progress, whose callback may raise one of them.
#include "icolorit/core/error.hpp"

#include <string>
#include <type_traits>

#include "icolorit/core/progress.hpp"
#include "support/catch.hpp"

using namespace icolorit;

TEMPLATE_TEST_CASE("whoever catches Error or std::exception catches every error with its message", "[core][errors]",
                   ShapeError, ArgumentError, FileError, FormatError, WeightsError) {
  static_assert(std::is_base_of_v<Error, TestType> && std::is_base_of_v<std::exception, Error>);
  CHECK_THROWS_MATCHES(throw TestType("linear.forward: what came"), Error,
                       Catch::Matchers::Message("linear.forward: what came"));
}

TEST_CASE("concat joins whatever can be streamed", "[core]") {
  CHECK(concat("x is ", 3, " of ", 2.5, ' ', std::string("metres")) == "x is 3 of 2.5 metres");
}

TEST_CASE("progress goes to the callback, which may cancel", "[core][errors]") {
  double fraction = 0;
  std::string stage;
  const ProgressCallback listen = [&](const Progress& progress) {
    fraction = progress.fraction;
    stage = progress.stage;
    return progress.fraction < 1;
  };
  report(listen, .25, "network");
  CHECK(fraction == .25);
  CHECK(stage == "network");
  CHECK_NOTHROW(report({}, 1, "nobody listens"));
  CHECK_THROWS_MATCHES(report(listen, 1, "upsampling"), Cancelled,
                       Catch::Matchers::Message("cancelled by the progress callback"));
  static_assert(std::is_base_of_v<Error, Cancelled>);
}
