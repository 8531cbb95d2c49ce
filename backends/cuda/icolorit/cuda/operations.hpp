// All operations of the CUDA backend, in terms of what a context offers:
//   for_each_row(rows, kernel)    kernel(row, team) for every row, see kernel/row_team.hpp
//   for_each(count, kernel)       kernel(i) for every i
//   for_each_block(kernel)        kernel(block, team, shared memory) for all blocks, see kernel/attention_block.hpp
//   scratch<T>(count)             memory between two kernels; throws ShapeError where that is too much
//   upload, download(to, from, bytes)   copies between host and device; return when done
//   replay(recording, f)          see core/backend/execution.hpp; Recording, what it captures into
//   beside()                      a further context of the same device
//   multiply(product)             a library's matrix product, see kernel/operand.hpp; optional, with the type Products
//   Memory, TransferMemory        policies of Buffer: the device's memory, pinned host memory
// All work is queued; nothing waits but transfers. The tests give a context of their own, which runs every kernel on
// the processor.
#pragma once

#include "icolorit/cuda/attention.hpp"
#include "icolorit/cuda/convolution.hpp"
#include "icolorit/cuda/elementwise.hpp"
#include "icolorit/cuda/execution.hpp"
#include "icolorit/cuda/hints.hpp"
#include "icolorit/cuda/linear.hpp"
#include "icolorit/cuda/loss.hpp"
#include "icolorit/cuda/memory.hpp"
#include "icolorit/cuda/normalization.hpp"
#include "icolorit/cuda/optimizer.hpp"
#include "icolorit/cuda/rearrange.hpp"

namespace icolorit::cuda {

/// Each family of operations is a base class in a file of its own.
template <class C>
struct Operations : MemoryOperations<C>,
                    LinearOperations<C>,
                    ElementwiseOperations<C>,
                    NormalizationOperations<C>,
                    AttentionOperations<C>,
                    RearrangeOperations<C>,
                    HintOperations<C>,
                    ConvolutionOperations<C>,
                    LossOperations<C>,
                    OptimizerOperations<C>,
                    ExecutionOperations<C> {
  using Memory = typename C::Memory;
  using Context = C;
};

}  // namespace icolorit::cuda
