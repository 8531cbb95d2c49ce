# cmake -D compiler=.. -D folders=.. -D program=.. -P expect_compile_error.cmake
# The program must compile as it stands and must fail with -DWRONG, or with the flag of its second line, `// with: FLAG`,
# where it has one. The message must match its first line, `// expect: REGEX` (an extended regular expression; both
# compilers' wordings must match it).
cmake_minimum_required(VERSION 3.24)

file(STRINGS "${program}" lines LIMIT_COUNT 2)
list(POP_FRONT lines first_line second_line)
if(NOT first_line MATCHES "^// expect: (.+)$")
  message(FATAL_ERROR "${program}: the first line is not `// expect: REGEX`")
endif()
set(expected "${CMAKE_MATCH_1}")
set(flag -DWRONG)
if(second_line MATCHES "^// with: (.+)$")
  set(flag "${CMAKE_MATCH_1}")
endif()

list(TRANSFORM folders PREPEND -I)
set(compile "${compiler}" -std=c++20 -fsyntax-only ${folders} "${program}")
execute_process(COMMAND ${compile} RESULT_VARIABLE result ERROR_VARIABLE message)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "must compile without ${flag}, so that the failure has one cause:\n${message}")
endif()
execute_process(COMMAND ${compile} ${flag} RESULT_VARIABLE result ERROR_VARIABLE message)
if(result EQUAL 0)
  message(FATAL_ERROR "compiled with ${flag}, but must not")
endif()
if(NOT message MATCHES "${expected}")
  message(FATAL_ERROR "failed as it should, but the compiler never said '${expected}':\n${message}")
endif()
