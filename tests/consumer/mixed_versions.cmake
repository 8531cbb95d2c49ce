# cmake -D compiler=.. -D include=.. -D work=.. -P mixed_versions.cmake
# Two objects of one version link; two of different versions do not, and the linker's message says why.
cmake_minimum_required(VERSION 3.24)

file(WRITE "${work}/f.cpp" "#include \"icolorit/core/config.hpp\"\nint f() { return 0; }\n")
file(WRITE "${work}/main.cpp" "#include \"icolorit/core/config.hpp\"\nint f();\nint main() { return f(); }\n")
file(READ "${include}/icolorit/core/config.hpp" config)
string(REGEX REPLACE "define ICOLORIT_VERSION_PATCH [0-9]+" "define ICOLORIT_VERSION_PATCH 99" config "${config}")
file(WRITE "${work}/newer/icolorit/core/config.hpp" "${config}")

function(build headers result)
  foreach(program IN ITEMS "f;${include}" "main;${headers}")
    list(POP_FRONT program name folder)
    execute_process(COMMAND "${compiler}" -std=c++20 "-I${folder}" -c "${work}/${name}.cpp" -o "${work}/${name}.o"
      COMMAND_ERROR_IS_FATAL ANY)
  endforeach()
  execute_process(COMMAND "${compiler}" "${work}/f.o" "${work}/main.o" -o "${work}/program"
    RESULT_VARIABLE code ERROR_VARIABLE message)
  set(${result} "${code}" PARENT_SCOPE)
  set(message "${message}" PARENT_SCOPE)
endfunction()

build("${include}" same)
if(NOT same EQUAL 0)
  message(FATAL_ERROR "two objects of one version do not link:\n${message}")
endif()
build("${work}/newer" different)
if(different EQUAL 0 OR NOT message MATCHES "icolorit_headers_of_two_versions_mixed")
  message(FATAL_ERROR "two objects of different versions were linked:\n${message}")
endif()
