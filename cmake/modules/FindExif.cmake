# Finds libexif and defines Exif::exif. CMake has no module for it.
find_path(Exif_INCLUDE_DIR libexif/exif-data.h)
find_library(Exif_LIBRARY exif)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Exif REQUIRED_VARS Exif_LIBRARY Exif_INCLUDE_DIR)
mark_as_advanced(Exif_LIBRARY Exif_INCLUDE_DIR)

if(Exif_FOUND AND NOT TARGET Exif::exif)
  add_library(Exif::exif UNKNOWN IMPORTED)
  set_target_properties(Exif::exif PROPERTIES
    IMPORTED_LOCATION "${Exif_LIBRARY}" INTERFACE_INCLUDE_DIRECTORIES "${Exif_INCLUDE_DIR}")
endif()
