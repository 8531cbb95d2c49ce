// expect: the CUDA backend is compiled by nvcc only
#ifdef WRONG
#include "../../backends/cuda/icolorit/cuda/backend.cuh"
#endif

int main() {}
