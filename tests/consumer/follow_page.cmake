# cmake -D root=<checkout> -D work=<scratch folder> -P follow_page.cmake
# Does what docs/embedding.md says, beside a copy of the library: writes the page's main.cpp and CMakeLists.txt, runs its
# shell blocks, then configures with each block that stands for find_package. $HOME is a folder of its own. No network.
cmake_minimum_required(VERSION 3.24)

include("${root}/tests/support/page_blocks.cmake")

set(page "${root}/docs/embedding.md")
find_page_blocks(program "${page}" cpp)
find_page_blocks(project "${page}" cmake)
find_page_blocks(commands "${page}" sh)
if(NOT program_1 MATCHES "int main\\(")
  message(FATAL_ERROR "the page's first C++ block is not a whole program")
endif()
if(project_count LESS 3 OR commands_count LESS 2)
  message(FATAL_ERROR "expected the page's CMakeLists.txt, two ways besides find_package, and two blocks of commands")
endif()

file(REMOVE_RECURSE "${work}")
foreach(entry IN ITEMS CMakeLists.txt CMakePresets.json LICENSE README.md include backends bindings cmake docs
  examples benchmarks)
  file(COPY "${root}/${entry}" DESTINATION "${work}/icolorit")  # keeps the files' times
endforeach()

file(WRITE "${work}/program/main.cpp" "${program_1}")
file(WRITE "${work}/program/CMakeLists.txt" "${project_1}")

set(script "")
foreach(i RANGE 1 ${commands_count})
  # In the text, because a compiler cache would not find its files in another home.
  string(REPLACE "$HOME" "${work}/home" commands "${commands_${i}}")
  string(APPEND script "${commands}")
endforeach()
file(WRITE "${work}/commands.sh" "${script}")
execute_process(COMMAND sh -eux commands.sh WORKING_DIRECTORY "${work}" RESULT_VARIABLE result)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "the page's commands ended with ${result}")
endif()
foreach(picture IN ITEMS icolorit/build/release/colored.png program/colored.png)
  if(NOT EXISTS "${work}/${picture}")
    message(FATAL_ERROR "the page's commands did not make ${picture}")
  endif()
endforeach()

# CPM itself would be downloaded; its stand-in takes the package from where CPM_<name>_SOURCE says, as CPM does.
file(WRITE "${work}/program/cmake/CPM.cmake" "function(CPMAddPackage)
  cmake_parse_arguments(PARSE_ARGV 0 given \"\" \"NAME;VERSION;URL\" \"\")
  add_subdirectory(\"\${CPM_\${given_NAME}_SOURCE}\" \${given_NAME} EXCLUDE_FROM_ALL)
endfunction()
")

# The package is out of reach now, and what would be downloaded is the copy.
file(REMOVE_RECURSE "${work}/home")
file(CREATE_LINK "${work}/icolorit" "${work}/program/icolorit" SYMBOLIC)
foreach(i RANGE 2 ${project_count})
  string(REGEX REPLACE "find_package\\([^)]*\\)\n" "${project_${i}}" project "${project_1}")
  if(project STREQUAL project_1)
    message(FATAL_ERROR "the page's CMakeLists.txt has no find_package")
  endif()
  file(WRITE "${work}/program/CMakeLists.txt" "${project}")
  execute_process(COMMAND ${CMAKE_COMMAND} -S "${work}/program" -B "${work}/program/build_${i}"
    "-DFETCHCONTENT_SOURCE_DIR_ICOLORIT=${work}/icolorit" "-DCPM_icolorit_SOURCE=${work}/icolorit" RESULT_VARIABLE result)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "the page's way number ${i} does not configure:\n${project_${i}}")
  endif()
endforeach()
