// Transfers and conversions of element types on every backend.
#include "support/backends.hpp"
#include "support/catch.hpp"
#include "support/operations.hpp"

using namespace icolorit;
using namespace icolorit::test;

TEMPLATE_LIST_TEST_CASE("what was uploaded comes back", "[ops]", OperationBackends) {
  using B = typename TestType::Backend;
  using T = typename TestType::Element;
  const auto numbers = Numbers<1>::random({1003}, 1);
  auto context = make_context<B>();
  CHECK(max_difference(Tensor<B, T, 1>(context, numbers).download(), numbers) == 0);
}

TEMPLATE_LIST_TEST_CASE("conversions round to nearest and back exactly", "[ops]", OperationBackends) {
  using B = typename TestType::Backend;
  using T = typename TestType::Element;
  if constexpr (Converts<B, T, float> && Converts<B, float, T>) {
    Numbers<1> numbers({1003});  // of more digits than 16 bits hold
    Random random(2);
    for (double& value : numbers.values) value = static_cast<float>(2 * random.uniform() - 1);
    auto context = make_context<B>();
    Tensor<B, float, 1> wide(context, numbers), back(context, numbers.extents);
    Tensor<B, T, 1> narrow(context, numbers.extents);
    B::convert(context, narrow.view(), TensorView<const float, 1>(wide.view()));
    B::convert(context, back.view(), TensorView<const T, 1>(narrow.view()));
    const auto rounded = back.download();
    for (std::size_t i = 0; i < numbers.values.size(); ++i) {
      const T wanted(static_cast<float>(numbers.values[i]));
      REQUIRE(rounded.values[i] == static_cast<double>(wanted));
    }
  }
}
