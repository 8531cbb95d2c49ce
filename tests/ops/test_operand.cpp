// How the CUDA backend tells cuBLAS where an operand's elements are.
#include <vector>

#include "icolorit/cuda/kernel/operand.hpp"
#include "support/catch.hpp"

using namespace icolorit;
using cuda::Operand;

TEST_CASE("an operand with a contiguous axis is described so that every element is found", "[ops][cuda]") {
  using View = TensorView<const float, 3>;
  const std::vector<float> memory(1000);
  const float* const data = memory.data();
  const View views[] = {View(data, {2, 3, 5}),
                        View(data, {2, 3, 5}).transposed(),
                        View(data, {2, 3, 5}, {40, 8, 1}),               // rows lie apart
                        View(data, {2, 3, 5}, {40, 8, 1}).transposed(),  // columns lie apart
                        View(data, {4, 3, 5}, {5, 20, 1}),               // heads beside each other
                        View(data, {1, 7, 1}, {7, 3, 1}),
                        View(data, {1, 1, 7}, {7, 1, 3}),
                        View(data, {3, 1, 1})};
  for (const View& x : views) {
    CAPTURE(x.extents(), x.strides());
    const auto form = Operand::of(x);
    REQUIRE(form.has_value());
    // cuBLAS counts down the columns: its matrix is the transpose of a row-major one.
    CHECK(form->rows == x.extent(form->transposed ? 1 : 2));
    CHECK(form->columns == x.extent(form->transposed ? 2 : 1));
    CHECK(form->leading >= form->rows);
    for (Index g = 0; g < x.extent(0); ++g)
      for (Index r = 0; r < x.extent(1); ++r)
        for (Index c = 0; c < x.extent(2); ++c) {
          const Index row = form->transposed ? r : c, column = form->transposed ? c : r;
          CHECK(data + g * form->batch_stride + column * form->leading + row == &x(g, r, c));
        }
  }
}

TEST_CASE("an operand without a contiguous axis has no description", "[ops][cuda]") {
  const std::vector<float> memory(1000);
  CHECK_FALSE(Operand::of(TensorView<const float, 3>(memory.data(), {2, 3, 5}, {100, 20, 2})).has_value());
}
