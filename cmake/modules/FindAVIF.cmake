# Finds libavif and defines AVIF::AVIF. Its own package has another name, and another target in each version.
find_path(AVIF_INCLUDE_DIR avif/avif.h)
find_library(AVIF_LIBRARY avif)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(AVIF REQUIRED_VARS AVIF_LIBRARY AVIF_INCLUDE_DIR)
mark_as_advanced(AVIF_LIBRARY AVIF_INCLUDE_DIR)

if(AVIF_FOUND AND NOT TARGET AVIF::AVIF)
  add_library(AVIF::AVIF UNKNOWN IMPORTED)
  set_target_properties(AVIF::AVIF PROPERTIES
    IMPORTED_LOCATION "${AVIF_LIBRARY}" INTERFACE_INCLUDE_DIRECTORIES "${AVIF_INCLUDE_DIR}")
endif()
