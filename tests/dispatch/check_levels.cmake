# cmake -D program=... -D levels=... -D nm=... -P check_levels.cmake
cmake_minimum_required(VERSION 3.24)

set(names portable avx2 avx512 avx512vnni avx512bf16)  # what core/config.hpp calls the levels
execute_process(COMMAND "${program}" an argument RESULT_VARIABLE status OUTPUT_VARIABLE chosen)
if(NOT status EQUAL 0 OR NOT chosen MATCHES "^[a-z0-9]+ initialised ([0-9,]+) an argument\n$")
  message(FATAL_ERROR "the program ended with ${status} and wrote: ${chosen}")
endif()
set(value "${CMAKE_MATCH_1}")

set(best "")
foreach(level name IN ZIP_LISTS levels names)
  set(ENV{ICOLORIT_LEVEL} "${level}")
  execute_process(COMMAND "${program}" an argument RESULT_VARIABLE status OUTPUT_VARIABLE text ERROR_VARIABLE complaint)
  if(status EQUAL 2 AND complaint MATCHES "this processor has no level" AND NOT level STREQUAL x86-64)
    message(STATUS "${level}: not on this processor")
  elseif(status EQUAL 0 AND text STREQUAL "${name} initialised ${value} an argument\n")
    set(best "${text}")
  else()
    message(FATAL_ERROR "${level}: ended with ${status} and wrote: ${text}${complaint}")
  endif()
endforeach()
if(NOT best STREQUAL chosen)
  message(FATAL_ERROR "chosen by itself: ${chosen}the best: ${best}")
endif()

set(ENV{ICOLORIT_LEVEL} "vax")
execute_process(COMMAND "${program}" RESULT_VARIABLE status ERROR_VARIABLE complaint)
if(NOT status EQUAL 2 OR NOT complaint MATCHES "no level vax; .* name one of x86-64")
  message(FATAL_ERROR "an unknown level ended with ${status} and: ${complaint}")
endif()

# Nothing of a level but its main function may be seen by another.
execute_process(COMMAND "${nm}" --extern-only --defined-only "${program}" OUTPUT_VARIABLE symbols)
string(REGEX MATCHALL "[^\n]*8icolorit[^\n]*" leaked "${symbols}")
if(leaked)
  message(FATAL_ERROR "symbols that levels could share: ${leaked}")
endif()
