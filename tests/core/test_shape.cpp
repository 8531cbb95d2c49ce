// Shape: extents known at run time.
#include "icolorit/core/shape.hpp"

#include <sstream>
#include <vector>

#include "support/catch.hpp"

using namespace icolorit;

namespace {

std::string printed(const Shape& shape) {
  std::ostringstream out;
  out << shape;
  return out.str();
}

}  // namespace

TEST_CASE("a shape knows its rank, extents and elements", "[core]") {
  constexpr Shape shape{2, 196, 384};
  static_assert(shape.rank() == 3);
  static_assert(shape[0] == 2 && shape[2] == 384);
  static_assert(shape.elements() == 2 * 196 * 384);
  CHECK(std::vector<Index>(shape.begin(), shape.end()) == std::vector<Index>{2, 196, 384});
  CHECK(Shape{3, 0, 5}.elements() == 0);
  CHECK(Shape{}.rank() == 0);
  CHECK(Shape{}.elements() == 1);  // a scalar
}

TEST_CASE("shapes are equal where rank and extents are", "[core]") {
  CHECK(Shape{2, 3} == Shape(std::vector<Index>{2, 3}));
  CHECK_FALSE(Shape{2, 3} == Shape{3, 2});
  CHECK_FALSE(Shape{2, 3} == Shape{2, 3, 0});  // what lies beyond the rank is 0 in both
  CHECK_FALSE(Shape{} == Shape{1});
}

TEST_CASE("a shape prints like a tuple", "[core]") {
  CHECK(printed({2, 196, 384}) == "(2,196,384)");
  CHECK(printed({7}) == "(7)");
  CHECK(printed({}) == "()");
}

TEST_CASE("eight extents fit, nine do not", "[core][errors]") {
  CHECK(Shape{1, 2, 1, 2, 1, 2, 1, 3}.elements() == 24);
  CHECK_THROWS_MATCHES(Shape(std::vector<Index>(9, 1)), ShapeError,
                       Catch::Matchers::Message("Shape: more than 8 extents"));
}
