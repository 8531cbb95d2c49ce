# Installs every target's headers into one <prefix>/include/icolorit and the package for find_package(icolorit).
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(package_dir "${CMAKE_INSTALL_DATADIR}/cmake/icolorit")

# One export file for each set of dependencies, so that a program that wants only the core needs no codec.
function(icolorit_install export)
  install(TARGETS ${ARGN} EXPORT ${export} FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
    INCLUDES DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
  install(EXPORT ${export} NAMESPACE icolorit:: DESTINATION "${package_dir}")
endfunction()
icolorit_install(icolorit_core icolorit)
foreach(component IN LISTS ICOLORIT_BACKENDS ITEMS image_io)
  if(TARGET icolorit_${component})
    icolorit_install(icolorit_${component} icolorit_${component})
  endif()
endforeach()

# For the package: each backend, and the package that it needs.
set(icolorit_load_backends "")
foreach(backend IN LISTS ICOLORIT_BACKENDS)
  list(JOIN icolorit_${backend}_package " " package)
  string(APPEND icolorit_load_backends "icolorit_load_backend(${backend} ${package})\n")
endforeach()

configure_package_config_file(cmake/icoloritConfig.cmake.in "${PROJECT_BINARY_DIR}/icoloritConfig.cmake"
  INSTALL_DESTINATION "${package_dir}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/icoloritConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES "${PROJECT_BINARY_DIR}/icoloritConfig.cmake" "${PROJECT_BINARY_DIR}/icoloritConfigVersion.cmake"
  DESTINATION "${package_dir}")
install(DIRECTORY cmake/modules DESTINATION "${package_dir}")
