# cmake -D library=<libicolorit.so> -D headers=<bindings/c> -D nm=<nm> [-D abidiff=<abidiff>] -P check_abi.cmake
# Programs that were linked with an older library must work with this one. First: nothing but icolorit_* is visible.
# Then, with abidiff: functions, structs and numbers are those of icolorit.abi. Where they changed on purpose, and only
# by something new at the end, write the file anew:
#   abidw --exported-interfaces-only --headers-dir bindings/c --drop-private-types --no-corpus-path --no-comp-dir-path
#     --no-show-locs --no-elf-needed LIBRARY > bindings/c/icolorit.abi
cmake_minimum_required(VERSION 3.24)

execute_process(COMMAND "${nm}" --dynamic --defined-only --format=posix "${library}" OUTPUT_VARIABLE symbols
  RESULT_VARIABLE result)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "${nm} cannot read ${library}")
endif()
string(REGEX MATCHALL "[^\n]+" lines "${symbols}")
set(own 0)
foreach(line IN LISTS lines)
  if(NOT line MATCHES "^icolorit_[a-z_]+ T ")
    message(FATAL_ERROR "the library shows a symbol that is no function of icolorit.h: ${line}")
  endif()
  math(EXPR own "${own} + 1")
endforeach()
file(STRINGS "${headers}/icolorit.h" declared REGEX "^ICOLORIT_API ")
list(LENGTH declared declared)
if(NOT own EQUAL declared)
  message(FATAL_ERROR "icolorit.h declares ${declared} functions, the library has ${own}")
endif()

if(NOT abidiff)
  message("SKIPPED: abidiff is missing (Debian: abigail-tools); ${own} symbols, all of icolorit.h")
  return()
endif()
execute_process(COMMAND "${abidiff}" --no-architecture "${headers}/icolorit.abi" "${library}"
  RESULT_VARIABLE result OUTPUT_VARIABLE report ERROR_VARIABLE report)
if(NOT result EQUAL 0)
  message("${report}")
  message(FATAL_ERROR "the interface differs from icolorit.abi (abidiff ended with ${result}); this file's head says more")
endif()
message("${own} functions, as in icolorit.abi")
