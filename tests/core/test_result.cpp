// Failures without exceptions, their stable numbers, and what the library says of its version.
#include "icolorit/core/result.hpp"

#include <stdexcept>
#include <string>

#include "icolorit/core/version.hpp"
#include "support/catch.hpp"

using namespace icolorit;

TEST_CASE("attempt returns what was returned", "[core][result]") {
  const Result<std::string> text = attempt([] { return std::string("done"); });
  REQUIRE(text);
  CHECK(text.code() == ErrorCode::none);
  CHECK(*text == "done");
  CHECK(text->size() == 4);
  int calls = 0;
  const Result<void> nothing = attempt([&] { ++calls; });
  CHECK(nothing);
  CHECK(calls == 1);
}

TEST_CASE("attempt returns whatever was thrown, with a number that no version changes", "[core][result][errors]") {
  const auto code_of = [](auto error) {
    const Result<int> result = attempt([&]() -> int { throw error; });
    CHECK_FALSE(result);
    return static_cast<int>(result.code());
  };
  CHECK(code_of(ArgumentError("")) == 1);
  CHECK(code_of(ShapeError("")) == 2);
  CHECK(code_of(FileError("")) == 3);
  CHECK(code_of(FormatError("")) == 4);
  CHECK(code_of(WeightsError("")) == 5);
  CHECK(code_of(DivergedError("")) == 6);
  CHECK(code_of(Cancelled()) == 7);
  CHECK(code_of(std::bad_alloc()) == 9);
  CHECK(code_of(std::runtime_error("")) == 10);
  CHECK(code_of(3) == 10);

  const Result<void> result = attempt([] { throw FileError("cannot open \"a\""); });
  CHECK(result.failure().message == "cannot open \"a\"");
  CHECK(attempt([] { throw std::bad_alloc(); }).failure().message == "out of memory");
}

TEST_CASE("the version is one number, its text and what the file was compiled for", "[core][version]") {
  static_assert(ICOLORIT_VERSION_NUMBER ==
                10000 * ICOLORIT_VERSION_MAJOR + 100 * ICOLORIT_VERSION_MINOR + ICOLORIT_VERSION_PATCH);
  CHECK(version().number == ICOLORIT_VERSION_NUMBER);
  CHECK(version().text == std::to_string(ICOLORIT_VERSION_MAJOR) + '.' + std::to_string(ICOLORIT_VERSION_MINOR) + '.' +
                              std::to_string(ICOLORIT_VERSION_PATCH));
  CHECK(version().backends.find("cpu") != std::string_view::npos);
#ifndef __AVX2__
  CHECK(version().instructions == "portable");
#else
  CHECK(version().instructions.starts_with("avx"));
#endif
}
