// The reference backend: every operation as plain loops over any element type. Slow, obvious, the oracle of all others.
#pragma once

#include "icolorit/core/backend.hpp"
#include "icolorit/core/buffer.hpp"
#include "icolorit/reference/attention.hpp"
#include "icolorit/reference/context.hpp"
#include "icolorit/reference/convolution.hpp"
#include "icolorit/reference/elementwise.hpp"
#include "icolorit/reference/hints.hpp"
#include "icolorit/reference/linear.hpp"
#include "icolorit/reference/loss.hpp"
#include "icolorit/reference/memory.hpp"
#include "icolorit/reference/normalization.hpp"
#include "icolorit/reference/optimizer.hpp"
#include "icolorit/reference/rearrange.hpp"

namespace icolorit {

/// One thread, host memory, no state. Each family of operations is a base class in a file of its own.
struct ReferenceBackend : reference::MemoryOperations,
                          reference::LinearOperations,
                          reference::ElementwiseOperations,
                          reference::NormalizationOperations,
                          reference::AttentionOperations,
                          reference::RearrangeOperations,
                          reference::HintOperations,
                          reference::ConvolutionOperations,
                          reference::LossOperations,
                          reference::OptimizerOperations {
  using Memory = HostMemory;
  using Context = reference::Context;
};

}  // namespace icolorit
