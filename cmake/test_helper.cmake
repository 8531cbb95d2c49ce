# icolorit_add_tests(FOLDER): one program of all tests/FOLDER/test_*.cpp, one ctest test for each of its TEST_CASEs,
# named FOLDER/CASE. A folder without tests is left out. Sets ${FOLDER}_tests, the target, where it made one.
include(Catch)  # catch_discover_tests, found beside Catch2's package

# Catch2 3 and Debian's version 2 bring a main function; a bare version 2 is one header.
if(NOT TARGET Catch2::Catch2WithMain)
  file(CONFIGURE OUTPUT catch_main.cpp CONTENT "#define CATCH_CONFIG_MAIN\n#include <catch2/catch.hpp>\n")
  add_library(catch_main STATIC "${CMAKE_CURRENT_BINARY_DIR}/catch_main.cpp")
  target_link_libraries(catch_main PUBLIC Catch2::Catch2)
  add_library(Catch2::Catch2WithMain ALIAS catch_main)
endif()

# Helpers with a .cpp of their own; a static library, so that only the programs that use one (the counting allocator,
# say) get it.
file(GLOB sources CONFIGURE_DEPENDS "support/*.cpp")
if(sources)
  add_library(test_support STATIC ${sources})
  target_include_directories(test_support PUBLIC "${PROJECT_SOURCE_DIR}/tests")
  target_link_libraries(test_support PUBLIC icolorit::icolorit)
endif()

function(icolorit_add_tests folder)
  file(GLOB sources CONFIGURE_DEPENDS "${folder}/test_*.cpp")
  if(NOT sources)
    return()
  endif()
  set(target ${folder}_tests)
  add_executable(${target} ${sources})
  target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}/tests"
    "${PROJECT_SOURCE_DIR}/backends/cuda")  # its kernels run on the processor, too: support/cuda_on_host.hpp
  target_compile_definitions(${target} PRIVATE
    ICOLORIT_GOLDEN_DIR="${PROJECT_SOURCE_DIR}/tests/golden")
  target_link_libraries(${target} PRIVATE
    icolorit::icolorit ${icolorit_host_backends} icolorit::image_io Catch2::Catch2WithMain
    $<TARGET_NAME_IF_EXISTS:test_support>)
  # A case that cannot run here says WARN("SKIPPED: why") and returns (version 2 of Catch2 knows no SKIP).
  catch_discover_tests(${target} TEST_PREFIX "${folder}/" PROPERTIES
    SKIP_REGULAR_EXPRESSION "SKIPPED:" TIMEOUT 600 LABELS ${folder})
  set(${target} ${target} PARENT_SCOPE)
endfunction()
