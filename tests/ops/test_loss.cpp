// The loss of a batch with weights for its pixels: every backend against the reference in double, and the reference's
// gradient by central differences.
#include "icolorit/training/losses.hpp"
#include "support/backends.hpp"
#include "support/catch.hpp"
#include "support/gradient_check.hpp"
#include "support/operations.hpp"

using namespace icolorit;
using namespace icolorit::test;

namespace {

struct LossResult {
  Numbers<2> gradient;  // (M,C)
  Numbers<1> values;    // (M)
};

/// apply_loss of a squared error. `sharing` elements of a row have one weight; 0: there are no weights.
template <class B, class T>
LossResult apply_loss(Index M, Index C, Index sharing) {
  const auto prediction = Numbers<2>::random({M, C}, 1), target = Numbers<2>::random({M, C}, 2);
  const auto weights = Numbers<2>::random({M, sharing == 0 ? 1 : C / sharing}, 3);
  auto context = make_context<B>();
  Tensor<B, T, 2> gradient(context, {M, C}, padding), p(context, prediction, padding), t(context, target, padding),
      w(context, weights, padding);
  Tensor<B, Accumulator<T>, 1> values(context, {M});
  B::apply_loss(
      context, gradient.view(), values.view(), TensorView<const T, 2>(p.view()), TensorView<const T, 2>(t.view()),
      sharing == 0 ? TensorView<const T, 2>() : TensorView<const T, 2>(w.view()), L2Loss{}, Accumulator<T>(.25f));
  return {gradient.download(), values.download()};
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("the loss and its gradient equal the reference, with and without weights", "[ops][gradients]",
                        OperationBackends) {
  using T = typename TestType::Element;
  const auto [M, C] = GENERATE(table<Index, Index>({{1, 2}, {5, 12}, {33, 128}}));
  const Index sharing = GENERATE(0, 1, 2);
  CAPTURE(M, C, sharing);
  const auto result = apply_loss<typename TestType::Backend, T>(M, C, sharing);
  const auto expected = apply_loss<ReferenceBackend, double>(M, C, sharing);
  // Gradients are at most 1 and are rounded once to T; C values of at most 4 are summed in the accumulator.
  const double eps = std::numeric_limits<Accumulator<T>>::epsilon();
  CHECK(max_difference(result.gradient, expected.gradient) <= epsilon<T>() + 4 * eps);
  CHECK(max_difference(result.values, expected.values) <= 4 * static_cast<double>(C * (C + 4)) * eps);
}

TEST_CASE("the reference's weighted gradient is the slope of its loss", "[ops][gradients]") {
  constexpr Index M = 3, C = 8;
  auto prediction = Numbers<2>::random({M, C}, 1);
  const auto target = Numbers<2>::random({M, C}, 2), weights = Numbers<2>::random({M, C / 2}, 3);
  Numbers<2> gradient({M, C});
  Numbers<1> values({M});
  ReferenceBackend::Context context;
  const auto loss = [&] {
    ReferenceBackend::apply_loss(context, gradient.view(), values.view(), std::as_const(prediction).view(),
                                 target.view(), weights.view(), HuberLoss{.delta = 1}, 1.);
    return values.values[0] + values.values[1] + values.values[2];
  };
  loss();
  const std::vector<double> analytic = gradient.values;
  CHECK(gradient_error(prediction.values, analytic, loss) < 1e-8);
}
