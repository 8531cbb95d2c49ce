# What the library targets need. Eigen and nlohmann-json are required; some backends and the picture codecs are optional
# targets.
list(APPEND CMAKE_MODULE_PATH "${CMAKE_CURRENT_LIST_DIR}/modules")

find_package(Eigen3 3.4 REQUIRED NO_MODULE)
find_package(nlohmann_json 3.9 REQUIRED)
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)

# The backends, each a folder below backends/ and a target icolorit::NAME. backends/NAME/dependencies.cmake, where there
# is one, looks for what the backend needs and sets
#   icolorit_NAME_missing    why the backend is left out, or nothing
#   icolorit_NAME_package    arguments of find_package, for the package of an installed icolorit
#   icolorit_NAME_libraries  targets to link
#   icolorit_NAME_options    compile options
#   icolorit_NAME_language   CUDA where only that compiler takes all of its headers
set(ICOLORIT_BACKENDS reference cpu cuda)
foreach(backend IN LISTS ICOLORIT_BACKENDS)
  include("${CMAKE_CURRENT_LIST_DIR}/../backends/${backend}/dependencies.cmake" OPTIONAL)
endforeach()

find_package(PNG)
find_package(JPEG)
find_package(WebP)
find_package(TIFF)
find_package(LCMS2)
set(icolorit_missing_codecs "")
foreach(codec IN ITEMS PNG JPEG WebP TIFF LCMS2)
  if(NOT ${codec}_FOUND)
    list(APPEND icolorit_missing_codecs ${codec})
  endif()
endforeach()
if(icolorit_missing_codecs)
  list(JOIN icolorit_missing_codecs ", " missing)
  message(STATUS "icolorit::image_io: left out, because these libraries are missing: ${missing} "
    "(Debian: libpng-dev libjpeg-dev libwebp-dev libtiff-dev liblcms2-dev)")
endif()

# Formats that icolorit::image_io has where their libraries are found, in these versions or later ones.
set(JXL_wanted 0.7)
set(AVIF_wanted 0.11)
set(icolorit_optional_codecs "")
foreach(codec IN ITEMS JXL AVIF)
  find_package(${codec} ${${codec}_wanted} QUIET)
  if(${codec}_FOUND)
    list(APPEND icolorit_optional_codecs ${codec})
  else()
    message(STATUS "icolorit::image_io: without ${codec} ${${codec}_wanted} or later (Debian: libjxl-dev, libavif-dev)")
  endif()
endforeach()

# Training on several machines.
find_package(MPI QUIET COMPONENTS CXX)
if(NOT MPI_CXX_FOUND)
  message(STATUS "icolorit::distributed: left out, because there is no MPI (Debian: libopenmpi-dev openmpi-bin)")
endif()

# The studio's server, a part of the tool. Debian's package is compiled with all its options, which those who include
# its header must then have, too; upstream's brings a package of CMake that says so itself.
find_package(httplib QUIET CONFIG)
if(NOT httplib_FOUND)
  find_package(PkgConfig QUIET)
  if(PkgConfig_FOUND)
    pkg_check_modules(httplib QUIET IMPORTED_TARGET cpp-httplib)
    if(httplib_FOUND)
      add_library(httplib::httplib ALIAS PkgConfig::httplib)
    endif()
  endif()
endif()
if(NOT TARGET httplib::httplib)
  message(STATUS "icolorit studio: left out of the tool, because cpp-httplib is missing "
    "(Debian: libcpp-httplib-dev libssl-dev zlib1g-dev libbrotli-dev)")
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
