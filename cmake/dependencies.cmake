# What the library targets need. Eigen and nlohmann-json are required; CUDA and the picture codecs each carry one
# optional target.
list(APPEND CMAKE_MODULE_PATH "${CMAKE_CURRENT_LIST_DIR}/modules")

find_package(Eigen3 3.4 REQUIRED NO_MODULE)
find_package(nlohmann_json 3.9 REQUIRED)
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)

set(ICOLORIT_CUDA AUTO CACHE STRING "The CUDA backend: AUTO (where the toolkit is found), ON or OFF")
set_property(CACHE ICOLORIT_CUDA PROPERTY STRINGS AUTO ON OFF)
set(icolorit_has_cuda FALSE)
if(ICOLORIT_CUDA)
  find_package(CUDAToolkit 12 QUIET)
  set(icolorit_has_cuda ${CUDAToolkit_FOUND})
  if(NOT icolorit_has_cuda AND NOT ICOLORIT_CUDA STREQUAL "AUTO")
    message(FATAL_ERROR "ICOLORIT_CUDA is ${ICOLORIT_CUDA}, but there is no CUDA toolkit 12 or newer: "
      "set CUDAToolkit_ROOT to where it is, or ICOLORIT_CUDA to AUTO or OFF")
  endif()
endif()

find_package(PNG)
find_package(JPEG)
find_package(WebP)
find_package(TIFF)
find_package(Exif)
set(icolorit_missing_codecs "")
foreach(codec IN ITEMS PNG JPEG WebP TIFF Exif)
  if(NOT ${codec}_FOUND)
    list(APPEND icolorit_missing_codecs ${codec})
  endif()
endforeach()
if(icolorit_missing_codecs)
  list(JOIN icolorit_missing_codecs ", " missing)
  message(STATUS "icolorit::image_io: left out, because these libraries are missing: ${missing} "
    "(Debian: libpng-dev libjpeg-dev libwebp-dev libtiff-dev libexif-dev)")
endif()

# Stops with one sentence where a part of the project cannot be built, e.g.
# icolorit_require("the tests" TESTS Catch2::Catch2) where that target is missing.
function(icolorit_require what option)
  foreach(target IN LISTS ARGN)
    if(NOT TARGET ${target})
      message(FATAL_ERROR "${what} need ${target}, which was not found: run cmake/install_dependencies.sh "
        "or configure with -DICOLORIT_BUILD_${option}=OFF")
    endif()
  endforeach()
endfunction()
