# Flags for every program of this project below the including folder: tests, examples, benchmarks, header checks.
# They are directory properties, so no library target can carry them to a user.
include(CheckCXXCompilerFlag)

# In CUDA programs only what nvcc passes on to the host's compiler without spoiling its own generated code.
add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:-Wall;-Wextra;-Wpedantic;-Wconversion;-Wshadow>"
  "$<$<COMPILE_LANGUAGE:CUDA>:-Xcompiler=-Wall,-Wextra>"
  # Annotations on defaulted functions, of which Eigen has some.
  "$<$<COMPILE_LANGUAGE:CUDA>:-diag-suppress=20012>")
if(ICOLORIT_WERROR)
  add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:-Werror>" "$<$<COMPILE_LANGUAGE:CUDA>:-Werror=all-warnings>")
endif()

if(ICOLORIT_NATIVE)
  check_cxx_compiler_flag(-march=native icolorit_has_march_native)
  if(icolorit_has_march_native)
    add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:-march=native>")
  endif()
endif()

if(NOT icolorit_cuda_missing)
  if(NOT DEFINED CMAKE_CUDA_ARCHITECTURES)
    set(CMAKE_CUDA_ARCHITECTURES 80 90)
  endif()
  include(CheckLanguage)
  check_language(CUDA)
  if(CMAKE_CUDA_COMPILER)
    enable_language(CUDA)
  else()
    message(STATUS "icolorit: no nvcc, so that this project's own CUDA programs are left out")
  endif()
endif()

find_program(ICOLORIT_CCACHE ccache)
mark_as_advanced(ICOLORIT_CCACHE)
if(ICOLORIT_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${ICOLORIT_CCACHE}")
  set(CMAKE_CUDA_COMPILER_LAUNCHER "${ICOLORIT_CCACHE}")
endif()

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release)
endif()
