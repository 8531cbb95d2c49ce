# icolorit_add_dispatched_executable(TARGET SOURCES ... LIBRARIES ...)
# One program that runs on every x86-64 processor and uses what it has: SOURCES are compiled once for each level below
# and merged into one object file a level, in which everything is local but its main function. So no function that was
# compiled for a newer processor can take the place of its twin for an older one, as it would in a plain link.
# dispatch_main.cpp chooses; for level N it finds the function icolorit_main_N and, in the section
# icolorit_initialisers_N, the initialisers of the level's global variables, which must not run before it has chosen.
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  set(icolorit_can_dispatch TRUE)
endif()
set(icolorit_levels x86-64 x86-64-v3 x86-64-v4 x86-64-v4+avx512vnni x86-64-v4+avx512vnni+avx512bf16)

function(icolorit_add_dispatched_executable target)
  cmake_parse_arguments(arg "" "" "SOURCES;LIBRARIES" ${ARGN})
  if(NOT icolorit_can_dispatch)
    message(FATAL_ERROR "${target}: code for several processors in one file needs g++ and binutils for x86-64")
  endif()

  set(objects "")
  set(declarations "")
  set(number 0)
  foreach(level IN LISTS icolorit_levels)
    string(REGEX REPLACE "\\+" ";-m" flags "-march=${level}")
    add_library(${target}_${number} OBJECT ${arg_SOURCES})
    target_compile_options(${target}_${number} PRIVATE ${flags} -fno-gnu-unique)
    target_link_libraries(${target}_${number} PRIVATE ${arg_LIBRARIES})
    set(object "${CMAKE_CURRENT_BINARY_DIR}/${target}_${number}.o")
    add_custom_command(OUTPUT "${object}" VERBATIM COMMAND_EXPAND_LISTS
      DEPENDS ${target}_${number} $<TARGET_OBJECTS:${target}_${number}>
      COMMAND ${CMAKE_LINKER} -r --force-group-allocation -o "${object}" $<TARGET_OBJECTS:${target}_${number}>
      COMMAND ${CMAKE_OBJCOPY} --redefine-sym main=icolorit_main_${number}
              --keep-global-symbol=icolorit_main_${number}
              --rename-section .init_array=icolorit_initialisers_${number} "${object}"
      COMMENT "Merging the code for ${level}")
    list(APPEND objects "${object}")
    string(APPEND declarations "ICOLORIT_LEVEL(${number}, \"${level}\")\n")
    math(EXPR number "${number} + 1")
  endforeach()

  set(folder "${CMAKE_CURRENT_BINARY_DIR}/${target}_dispatch")
  file(CONFIGURE OUTPUT "${folder}/dispatch_levels.inc" CONTENT "${declarations}")
  add_executable(${target} "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/dispatch_main.cpp" ${objects})
  # Compiled for all of them, whatever the directory's flags say.
  target_compile_options(${target} PRIVATE -march=x86-64)
  target_include_directories(${target} PRIVATE "${folder}")
  target_link_libraries(${target} PRIVATE ${arg_LIBRARIES})
endfunction()
