# The targets that users link: headers, C++20 and dependencies, nothing else. No warning, -march or definition leaks.
#   icolorit::icolorit    include/              Eigen, nlohmann-json, the system's threads
#   icolorit::reference   backends/reference/   every operation as plain loops
#   icolorit::cpu         backends/cpu/         fast operations on several threads; OpenMP where the compiler has it
#   icolorit::cuda        backends/cuda/        the CUDA toolkit; for programs compiled by nvcc
#   icolorit::image_io    picture files (image_io_headers.cmake says which headers), and the codecs that they need
#   icolorit::adaptors    headers that view the pixels of OpenCV, Qt and Eigen; a program brings those libraries itself
#   icolorit::distributed training on several ranks: training/mpi_communicator.hpp, and MPI

# An INTERFACE library icolorit::NAME over header files below one root.
function(icolorit_add_library target name root)
  add_library(${target} INTERFACE)
  add_library(icolorit::${name} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
  target_compile_features(${target} INTERFACE cxx_std_20)
  target_sources(${target} INTERFACE FILE_SET HEADERS BASE_DIRS "${root}" FILES ${ARGN})
endfunction()

set(root "${PROJECT_SOURCE_DIR}/include")
include("${CMAKE_CURRENT_LIST_DIR}/image_io_headers.cmake")
list(TRANSFORM image_io_headers PREPEND "${root}/icolorit/")
file(GLOB_RECURSE headers CONFIGURE_DEPENDS "${root}/*.hpp")
file(GLOB image_io_headers CONFIGURE_DEPENDS ${image_io_headers})
set(distributed_headers "${root}/icolorit/training/mpi_communicator.hpp")
list(REMOVE_ITEM headers "" ${image_io_headers} ${distributed_headers})
icolorit_add_library(icolorit icolorit "${root}" ${headers})
target_link_libraries(icolorit INTERFACE Eigen3::Eigen nlohmann_json::nlohmann_json Threads::Threads)

set(icolorit_host_backends "")  # those whose headers any C++ compiler takes
foreach(backend IN LISTS ICOLORIT_BACKENDS)
  if(icolorit_${backend}_missing)
    continue()
  endif()
  set(root "${PROJECT_SOURCE_DIR}/backends/${backend}")
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS "${root}/*.hpp" "${root}/*.cuh")
  icolorit_add_library(icolorit_${backend} ${backend} "${root}" ${headers})
  target_link_libraries(icolorit_${backend} INTERFACE icolorit ${icolorit_${backend}_libraries})
  target_compile_options(icolorit_${backend} INTERFACE ${icolorit_${backend}_options})
  if(NOT icolorit_${backend}_language)
    list(APPEND icolorit_host_backends icolorit_${backend})
  endif()
endforeach()

if(NOT icolorit_missing_codecs)
  icolorit_add_library(icolorit_image_io image_io "${PROJECT_SOURCE_DIR}/include" ${image_io_headers})
  target_link_libraries(icolorit_image_io INTERFACE
    icolorit PNG::PNG JPEG::JPEG WebP::webp WebP::webpdemux WebP::webpmux TIFF::TIFF LCMS2::lcms2)
  foreach(codec IN LISTS icolorit_optional_codecs)
    target_link_libraries(icolorit_image_io INTERFACE ${codec}::${codec})
    target_compile_definitions(icolorit_image_io INTERFACE ICOLORIT_${codec})  # io/codecs/optional_codecs.hpp
  endforeach()
endif()

# Not checked with the other headers, because each needs its library.
set(root "${PROJECT_SOURCE_DIR}/bindings/adaptors")
file(GLOB headers CONFIGURE_DEPENDS "${root}/icolorit/adaptors/*.hpp")
icolorit_add_library(icolorit_adaptors adaptors "${root}" ${headers})
target_link_libraries(icolorit_adaptors INTERFACE icolorit)

if(MPI_CXX_FOUND)
  icolorit_add_library(icolorit_distributed distributed "${PROJECT_SOURCE_DIR}/include" ${distributed_headers})
  target_link_libraries(icolorit_distributed INTERFACE icolorit MPI::MPI_CXX)
endif()
