// expect: the CUDA backend is compiled by nvcc only
#ifdef WRONG
#include "../../backends/cuda/icolorit/cuda/context.cuh"
#endif

int main() {}
