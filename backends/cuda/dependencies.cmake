# The CUDA backend needs the toolkit; see cmake/dependencies.cmake.
set(ICOLORIT_CUDA AUTO CACHE STRING "The CUDA backend: AUTO (where the toolkit is found), ON or OFF")
set_property(CACHE ICOLORIT_CUDA PROPERTY STRINGS AUTO ON OFF)
set(icolorit_cuda_missing "ICOLORIT_CUDA is OFF")
if(ICOLORIT_CUDA)
  find_package(CUDAToolkit 12 QUIET)
  set(icolorit_cuda_missing "")
  if(NOT CUDAToolkit_FOUND)
    set(icolorit_cuda_missing "there is no CUDA toolkit 12 or newer")
  endif()
  if(icolorit_cuda_missing AND NOT ICOLORIT_CUDA STREQUAL "AUTO")
    message(FATAL_ERROR "ICOLORIT_CUDA is ${ICOLORIT_CUDA}, but ${icolorit_cuda_missing}: "
      "set CUDAToolkit_ROOT to where it is, or ICOLORIT_CUDA to AUTO or OFF")
  endif()
endif()
set(icolorit_cuda_package CUDAToolkit 12)
set(icolorit_cuda_libraries CUDA::cudart CUDA::cublasLt)
# The standard by its flag, because CMake before 3.26 does not know nvcc's; views and element types are constexpr, which
# is how kernels may use them.
set(icolorit_cuda_options "$<$<COMPILE_LANGUAGE:CUDA>:-std=c++20;--expt-relaxed-constexpr>")
set(icolorit_cuda_language CUDA)
