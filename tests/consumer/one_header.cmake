# cmake -D python=<interpreter> -D compiler=<C++ compiler> -D eigen=<its headers> -D root=<checkout> -D work=<folder>
#   -P one_header.cmake
# One header is made of all, and a program with a network and an engine compiles with it alone, without a warning. Syntax
# and types are checked, no code is made.
cmake_minimum_required(VERSION 3.24)

file(REMOVE_RECURSE "${work}")
file(MAKE_DIRECTORY "${work}")
execute_process(COMMAND "${python}" -B "${root}/packaging/amalgamate.py" OUTPUT_FILE "${work}/icolorit_single.hpp"
  RESULT_VARIABLE result)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "packaging/amalgamate.py ended with ${result}")
endif()
file(WRITE "${work}/program.cpp" "#include \"icolorit_single.hpp\"
#include \"icolorit_single.hpp\"
int main(int, char** argv) {
  using namespace icolorit;
  AnyColorizer colorizer = Colorizer(Model<CpuBackend>::load(argv[1]));
  return colorizer.colorize(Image(8, 8, 1, 8), {}).empty() ? 1 : 0;
}
")
set(includes -I "${work}")
foreach(folder IN LISTS eigen)
  list(APPEND includes -isystem "${folder}")
endforeach()
execute_process(COMMAND "${compiler}" -std=c++20 -fsyntax-only -Wall -Wextra -Wconversion -Wshadow -Werror ${includes}
    program.cpp
  WORKING_DIRECTORY "${work}" RESULT_VARIABLE result)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "a program does not compile with the one header")
endif()
