# Finds libwebp and defines WebP::webp, WebP::webpdemux and WebP::webpmux. CMake has no module for it.
find_path(WebP_INCLUDE_DIR webp/decode.h)
include(FindPackageHandleStandardArgs)
set(WebP_libraries "")
foreach(name IN ITEMS webp webpdemux webpmux)
  find_library(WebP_${name}_LIBRARY ${name})
  list(APPEND WebP_libraries WebP_${name}_LIBRARY)
endforeach()
find_package_handle_standard_args(WebP REQUIRED_VARS ${WebP_libraries} WebP_INCLUDE_DIR)
mark_as_advanced(${WebP_libraries} WebP_INCLUDE_DIR)

foreach(name IN ITEMS webp webpdemux webpmux)
  if(WebP_FOUND AND NOT TARGET WebP::${name})
    add_library(WebP::${name} UNKNOWN IMPORTED)
    set_target_properties(WebP::${name} PROPERTIES
      IMPORTED_LOCATION "${WebP_${name}_LIBRARY}" INTERFACE_INCLUDE_DIRECTORIES "${WebP_INCLUDE_DIR}")
  endif()
endforeach()
