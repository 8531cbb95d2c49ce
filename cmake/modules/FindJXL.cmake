# Finds libjxl and defines JXL::JXL. CMake has no module for it.
find_path(JXL_INCLUDE_DIR jxl/encode.h)
find_library(JXL_LIBRARY jxl)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(JXL REQUIRED_VARS JXL_LIBRARY JXL_INCLUDE_DIR)
mark_as_advanced(JXL_LIBRARY JXL_INCLUDE_DIR)

if(JXL_FOUND AND NOT TARGET JXL::JXL)
  add_library(JXL::JXL UNKNOWN IMPORTED)
  set_target_properties(JXL::JXL PROPERTIES
    IMPORTED_LOCATION "${JXL_LIBRARY}" INTERFACE_INCLUDE_DIRECTORIES "${JXL_INCLUDE_DIR}")
endif()
