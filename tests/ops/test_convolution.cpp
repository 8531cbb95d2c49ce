// Gathered neighborhoods and their gradient on every backend against the reference.
#include "support/backends.hpp"
#include "support/catch.hpp"
#include "support/operations.hpp"

using namespace icolorit;
using namespace icolorit::test;

TEMPLATE_LIST_TEST_CASE("gathered neighborhoods equal the reference exactly", "[ops]", OperationBackends) {
  const Index B_ = 2, R = 3, C = 5;
  const auto x = Numbers<2>::random({B_ * R * C, 11}, 4);
  CHECK(error_of<TestType>(
            poison<2>({B_ * R * C, 9 * 11}),
            []<class B, class T>(auto& context, auto out, auto in) {
              B::gather_neighbours(context, out, in, Grid{3, 5});
            },
            x) == 0);
}

TEMPLATE_LIST_TEST_CASE("gathering works on a grid of one row", "[ops]", OperationBackends) {
  const auto x = Numbers<2>::random({4, 3}, 4);
  CHECK(error_of<TestType>(
            poison<2>({4, 27}),
            []<class B, class T>(auto& context, auto out, auto in) {
              B::gather_neighbours(context, out, in, Grid{1, 4});
            },
            x) == 0);
}

TEMPLATE_LIST_TEST_CASE("scattered neighborhoods equal the reference", "[ops][gradients]", OperationBackends) {
  const double eps = epsilon<typename TestType::Element>();
  // Each token is in at most 9 neighborhoods, or more at the reflected border: 16 in a corner of the grid.
  const auto gathered = Numbers<2>::random({30, 9 * 11}, 3);
  CHECK(error_of<TestType>(
            poison<2>({30, 11}),
            []<class B, class E>(auto& context, auto out, auto in) {
              B::scatter_neighbours(context, out, in, Grid{3, 5});
            },
            gathered) <= 16 * 16 * eps);
}
