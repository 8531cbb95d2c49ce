# cmake -D root=<checkout> -P check_structure.cmake
# Reads every header under include/ and backends/ and fails with one line for each breach of the house rules.
cmake_minimum_required(VERSION 3.24)

# Which folders a header of each folder may include besides its own. A backend is backends/NAME/icolorit/NAME.
set(core_may_include "")
set(image_may_include core)
set(io_may_include core image)
set(layers_may_include core)
set(models_may_include core image io layers)
set(training_may_include core image io layers models)
set(film_may_include core image models)
set(studio_may_include core image io layers models)
set(backend_may_include core)

# Text that no header may contain, as "regex -> reason"; string literals and comments are removed before the match.
set(forbidden
  "#include [<\"]([^>\"]*/)?(tests|examples|benchmarks)/ -> includes tests, examples or benchmarks"
  "std::(cout|cerr|clog|abort|exit|quick_exit|terminate)[^a-z_] -> prints or ends the program"
  "[^a-z_:](f?printf|puts|abort|exit)\\( -> prints or ends the program"
  "[^A-Za-z0-9_.]_+[A-Za-z][A-Za-z0-9_]* -> name with a leading underscore"
  "(struct|class|enum|using) [a-z0-9_]+_t[ {;=] -> type named *_t"
  "\nusing namespace -> using namespace in a header")
# Names with leading underscores that belong to the compiler, not to us.
set(compiler_names __attribute__ __restrict__ __has_include "__builtin_[a-z0-9_]+" "__cpp_[a-z_]+" _OPENMP __cplusplus __linux__ __ELF__
  _SC_PAGESIZE  __clang__ __GNUC__ __CUDACC__ __CUDA_ARCH__ __global__ __device__ __host__ __shared__ __launch_bounds__ __syncthreads
  __syncwarp __align__ __half __nv_bfloat16
  "__shfl_[a-z_]+" "__AVX[A-Z0-9_]*__" __FMA__ __F16C__ "__SSE[0-9_]*__" "__ARM_[A-Z0-9_]+"
  "__m(128|256|512)[a-z]*" "_mm(256|512)?_[a-z0-9_]+" "_MM_[A-Z0-9_]+" "__mmask[0-9]+" "__v[0-9]+[a-z]+")
list(JOIN compiler_names "|" compiler_names)

set(longest_header 350)

set(breaches "")
macro(breach)
  string(APPEND breaches "  " ${ARGN} "\n")
endmacro()

# Finds the breaches of one header, and sets `includes_of_<header>` (paths below icolorit/) for the transitive check.
function(check_header file header folder)
  file(READ "${file}" text)
  # CMake lists treat ; and [] specially; neither matters to the rules.
  string(REGEX REPLACE "[][;]" " " text "${text}")
  string(REGEX MATCHALL "\n" lines "${text}")
  list(LENGTH lines lines)
  if(lines GREATER ${longest_header})
    breach("${header}: ${lines} lines, at most ${longest_header}: cut it by its ideas")
  endif()
  if(NOT text MATCHES "#pragma once")
    breach("${header}: no #pragma once")
  endif()

  # A program that embeds the library has to know what its threads may do.
  if(folder STREQUAL "models")
    string(REGEX MATCHALL "\nclass [^\n]*{" classes "${text}")
    string(REGEX MATCHALL "\n/// Thread-safety: " sentences "${text}")
    list(LENGTH classes classes)
    list(LENGTH sentences sentences)
    if(sentences LESS classes)
      breach("${header}: a class without a line `/// Thread-safety: ...` above it")
    endif()
  endif()

  string(REGEX MATCHALL "#include [<\"]icolorit/[^>\"]+" lines "${text}")
  set(includes "")
  foreach(line IN LISTS lines)
    string(REGEX REPLACE "^#include [<\"]icolorit/" "" included "${line}")
    list(APPEND includes "${included}")
    if(folder AND included MATCHES "^([a-z0-9_]+)/")
      set(target_folder "${CMAKE_MATCH_1}")
      if(NOT target_folder STREQUAL folder AND NOT target_folder IN_LIST ${rule}_may_include)
        breach("${header}: ${folder} must not include ${included}")
      endif()
    elseif(folder)
      breach("${header}: includes the umbrella ${included}")
    endif()
  endforeach()
  set("includes_of_${header}" "${includes}" PARENT_SCOPE)

  string(REGEX REPLACE "//[^\n]*" "" text "${text}")
  string(REGEX REPLACE "'(\\\\.|[^'\\\n])'" "' '" text "${text}")
  string(REGEX REPLACE "R\"\\([^)]*\\)\"" "\"\"" text "${text}")
  string(REGEX REPLACE "\"(\\\\.|[^\"\\\n])*\"" "\"\"" code "${text}")
  if(NOT folder STREQUAL "cuda" AND NOT header STREQUAL "core/config.hpp"
     AND code MATCHES "__CUDA_ARCH__|[^A-Za-z0-9_](asm|__asm__)[ (]")
    string(STRIP "${CMAKE_MATCH_0}" found)
    breach("${header}: device code or assembler outside backends/cuda and core/config.hpp: ${found}")
  endif()
  string(REGEX REPLACE "(${compiler_names})" "" code "${code}")
  if(NOT header STREQUAL "core/config.hpp" AND code MATCHES "#define ([A-Za-z_0-9]+)")
    breach("${header}: macro ${CMAKE_MATCH_1} outside core/config.hpp")
  endif()
  foreach(rule_line IN LISTS forbidden)
    string(REGEX MATCH "^(.*) -> (.*)$" unused "${rule_line}")
    set(regex "${CMAKE_MATCH_1}")
    set(reason "${CMAKE_MATCH_2}")
    set(subject "${code}")
    if(regex MATCHES "#include")
      set(subject "${text}")
    endif()
    if(subject MATCHES "${regex}")
      string(STRIP "${CMAKE_MATCH_0}" found)
      breach("${header}: ${reason}: ${found}")
    endif()
  endforeach()
  set(breaches "${breaches}" PARENT_SCOPE)
endfunction()

file(GLOB_RECURSE files RELATIVE "${root}" "${root}/include/*.hpp" "${root}/backends/*.hpp" "${root}/backends/*.cuh")
foreach(file IN LISTS files)
  set(rule "")
  set(folder "")
  if(file MATCHES "^include/icolorit/(([a-z0-9_]+)/.+)$")
    set(header "${CMAKE_MATCH_1}")
    set(folder "${CMAKE_MATCH_2}")
    set(rule "${folder}")
    if(NOT DEFINED ${folder}_may_include)
      breach("${file}: no rule says what the folder ${folder} may include")
    endif()
  elseif(file MATCHES "^include/icolorit/([a-z0-9_]+\\.hpp)$")
    set(header "${CMAKE_MATCH_1}")
  elseif(file MATCHES "^backends/([a-z0-9_]+)/icolorit/(([a-z0-9_]+)/.+)$" AND CMAKE_MATCH_1 STREQUAL CMAKE_MATCH_3)
    set(header "${CMAKE_MATCH_2}")
    set(folder "${CMAKE_MATCH_3}")
    set(rule backend)
  else()
    breach("${file}: headers live in include/icolorit or backends/NAME/icolorit/NAME")
    continue()
  endif()
  check_header("${root}/${file}" "${header}" "${folder}")
endforeach()

# The inference umbrella reaches no training header, however indirectly.
set(reached icolorit.hpp)
set(todo icolorit.hpp)
while(todo)
  list(POP_FRONT todo header)
  if(header MATCHES "^training[./]")
    breach("icolorit.hpp reaches ${header}")
  endif()
  foreach(included IN LISTS "includes_of_${header}")
    if(NOT included IN_LIST reached)
      list(APPEND reached "${included}")
      list(APPEND todo "${included}")
    endif()
  endforeach()
endwhile()

# Headers without codecs include none that needs them.
include("${CMAKE_CURRENT_LIST_DIR}/image_io_headers.cmake")
list(TRANSFORM image_io_headers REPLACE "[*]" "[^/]*")
list(JOIN image_io_headers "|" image_io_headers)
foreach(file IN LISTS files)
  string(REGEX REPLACE "^include/icolorit/" "" header "${file}")
  if(NOT header MATCHES "^(${image_io_headers})$")
    foreach(included IN LISTS "includes_of_${header}")
      if(included MATCHES "^(${image_io_headers})$")
        breach("${header}: includes ${included}, which needs the codecs; see cmake/image_io_headers.cmake")
      endif()
    endforeach()
  endif()
endforeach()

if(breaches)
  message(FATAL_ERROR "The structure is broken:\n${breaches}")
endif()
list(LENGTH files count)
message(STATUS "${count} headers keep the rules")
