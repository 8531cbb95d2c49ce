# cmake -D root=<checkout> -D "program=<clang-format>" -D version=<wanted> -P check_format.cmake
# Fails with the names of the sources that clang-format would write differently. Says SKIPPED: where the program is
# missing or of another version, which would format differently.
cmake_minimum_required(VERSION 3.24)

set(actual "none")
if(program)
  execute_process(COMMAND "${program}" --version OUTPUT_VARIABLE actual)
endif()
if(NOT actual MATCHES "version ([0-9.]+)" OR NOT CMAKE_MATCH_1 STREQUAL version)
  message(STATUS "SKIPPED: needs clang-format ${version}; see tests/structure/requirements.txt")
  return()
endif()

set(files "")
foreach(folder IN ITEMS include backends bindings examples tests benchmarks)
  file(GLOB_RECURSE found "${root}/${folder}/*.hpp" "${root}/${folder}/*.cpp" "${root}/${folder}/*.cuh"
    "${root}/${folder}/*.cu")
  list(APPEND files ${found})
endforeach()
execute_process(COMMAND "${program}" --dry-run --Werror ${files} RESULT_VARIABLE result ERROR_VARIABLE output)
if(NOT result EQUAL 0)
  string(REGEX MATCHALL "[^\n]+: error: code should be clang-formatted" lines "${output}")
  list(TRANSFORM lines REPLACE ":[0-9]+:[0-9]+: error:.*" "")
  list(REMOVE_DUPLICATES lines)
  list(JOIN lines "\n  " lines)
  message(FATAL_ERROR "Not as clang-format ${version} writes it:\n  ${lines}")
endif()
