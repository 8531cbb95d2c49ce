// Copies between pictures, patches and tokens on every backend against the reference.
#include "support/backends.hpp"
#include "support/catch.hpp"
#include "support/operations.hpp"

using namespace icolorit;
using namespace icolorit::test;

TEMPLATE_LIST_TEST_CASE("rearrangements equal the reference exactly", "[ops]", OperationBackends) {
  const Index P = GENERATE(1, 2, 4);
  const Index B_ = 2, R = 3, C = 5, H = R * P, W = C * P;
  CAPTURE(P);
  const auto picture = Numbers<4>::random({B_, 4, H, W}, 1);
  const auto ab = Numbers<4>::random({B_, 2, H, W}, 2);
  const auto tokens = Numbers<2>::random({B_ * R * C, 2 * P * P}, 3);
  const auto x = Numbers<2>::random({B_ * R * C, 11}, 4);
  CHECK(error_of<TestType>(
            poison<2>({B_ * R * C, 4 * P * P}),
            [P]<class B, class T>(auto& context, auto out, auto in) { B::extract_patches(context, out, in, P); },
            picture) == 0);
  CHECK(error_of<TestType>(
            poison<4>({B_, 2, H, W}),
            [P]<class B, class T>(auto& context, auto out, auto in) { B::pixel_shuffle(context, out, in, P); },
            tokens) == 0);
  CHECK(error_of<TestType>(
            poison<2>({B_ * R * C, 2 * P * P}),
            [P]<class B, class T>(auto& context, auto out, auto in) { B::pixel_unshuffle(context, out, in, P); },
            ab) == 0);
  CHECK(error_of<TestType>(
            poison<2>(x.extents), []<class B, class T>(auto& context, auto out, auto in) { B::copy(context, out, in); },
            x) == 0);
  CHECK(error_of<TestType>(
            poison<2>({2 * x.extents[0], 11}),
            []<class B, class T>(auto& context, auto out, auto in) { B::repeat_rows(context, out, in); }, x) == 0);
}

TEMPLATE_LIST_TEST_CASE("transposes and merged patches equal the reference", "[ops][gradients]", OperationBackends) {
  const double eps = epsilon<typename TestType::Element>();
  const auto x = Numbers<3>::random({2, 5, 7}, 5), y = Numbers<3>::random({2, 7, 5}, 6);
  for (const bool accumulate : {false, true})
    CHECK(error_of<TestType>(
              y,
              [accumulate]<class B, class E>(auto& context, auto out, auto in) {
                B::transpose(context, out, in, accumulate);
              },
              x) <= 2 * eps);
  const auto patches = Numbers<2>::random({2 * 3 * 5, 4 * 2 * 2}, 7);
  CHECK(error_of<TestType>(
            poison<4>({2, 4, 6, 10}),
            []<class B, class E>(auto& context, auto out, auto in) { B::merge_patches(context, out, in, 2); },
            patches) == 0);
}
