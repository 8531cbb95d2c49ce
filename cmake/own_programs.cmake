# Flags for every program of this project below the including folder: tests, examples, benchmarks, header checks.
# They are directory properties, so no library target can carry them to a user.
include(CheckCXXCompilerFlag)

add_compile_options(-Wall -Wextra -Wpedantic -Wconversion -Wshadow)
if(ICOLORIT_WERROR)
  add_compile_options(-Werror)
endif()

if(ICOLORIT_NATIVE)
  check_cxx_compiler_flag(-march=native icolorit_has_march_native)
  if(icolorit_has_march_native)
    add_compile_options(-march=native)
  endif()
endif()

find_program(ICOLORIT_CCACHE ccache)
mark_as_advanced(ICOLORIT_CCACHE)
if(ICOLORIT_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${ICOLORIT_CCACHE}")
endif()

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release)
endif()
