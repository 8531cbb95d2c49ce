// The CPU backend: packed matrix products, fused attention and vector mathematics on several threads, for float and
// double. Its speed follows from the including program's flags (-march); its results do not depend on the number of
// threads, nor on whose they are.
#pragma once

#include "icolorit/core/backend.hpp"
#include "icolorit/core/buffer.hpp"
#include "icolorit/cpu/attention.hpp"
#include "icolorit/cpu/context.hpp"
#include "icolorit/cpu/convolution.hpp"
#include "icolorit/cpu/elementwise.hpp"
#include "icolorit/cpu/execution.hpp"
#include "icolorit/cpu/hints.hpp"
#include "icolorit/cpu/linear.hpp"
#include "icolorit/cpu/loss.hpp"
#include "icolorit/cpu/memory.hpp"
#include "icolorit/cpu/normalization.hpp"
#include "icolorit/cpu/optimizer.hpp"
#include "icolorit/cpu/rearrange.hpp"

namespace icolorit {
inline namespace ICOLORIT_ISA {

/// Each family of operations is a base class in a file of its own.
struct CpuBackend : cpu::MemoryOperations,
                    cpu::LinearOperations,
                    cpu::ElementwiseOperations,
                    cpu::NormalizationOperations,
                    cpu::AttentionOperations,
                    cpu::RearrangeOperations,
                    cpu::HintOperations,
                    cpu::ConvolutionOperations,
                    cpu::LossOperations,
                    cpu::OptimizerOperations,
                    cpu::ExecutionOperations {
  using Memory = HostMemory;
  using Context = cpu::Context;
};

}  // namespace ICOLORIT_ISA
}  // namespace icolorit
