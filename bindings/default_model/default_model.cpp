#include "icolorit/default_model.hpp"

// The assembler takes the file as it is: a compiler would need minutes for an array of its bytes. Aligned, so that the
// tensors are read where they are.
asm(".pushsection .rodata\n"
    ".balign 64\n"
    ".hidden icolorit_default_model_begin\n"
    ".globl icolorit_default_model_begin\n"
    "icolorit_default_model_begin:\n"
    ".incbin \"" ICOLORIT_DEFAULT_WEIGHTS
    "\"\n"
    ".hidden icolorit_default_model_end\n"
    ".globl icolorit_default_model_end\n"
    "icolorit_default_model_end:\n"
    ".popsection");

extern "C" const std::byte icolorit_default_model_begin[], icolorit_default_model_end[];

namespace icolorit {

std::span<const std::byte> default_model() noexcept {
  return {icolorit_default_model_begin, icolorit_default_model_end};
}

}  // namespace icolorit
