# Installs every target's headers into one <prefix>/include/icolorit and the package for find_package(icolorit).
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(package_dir "${CMAKE_INSTALL_DATADIR}/cmake/icolorit")

# One export file for each set of dependencies, so that a program that wants only the core needs no codec.
function(icolorit_install export)
  install(TARGETS ${ARGN} EXPORT ${export} OPTIONAL FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
    INCLUDES DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
  install(EXPORT ${export} NAMESPACE icolorit:: DESTINATION "${package_dir}")
endfunction()
icolorit_install(icolorit_core icolorit)
foreach(component IN LISTS ICOLORIT_BACKENDS ITEMS image_io distributed adaptors)
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
# Headers serve every processor; the compiled libraries do not.
set(architecture ARCH_INDEPENDENT)
if(ICOLORIT_BUILD_BINDINGS)
  set(architecture "")
endif()
write_basic_package_version_file("${PROJECT_BINARY_DIR}/icoloritConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion ${architecture})
install(FILES "${PROJECT_BINARY_DIR}/icoloritConfig.cmake" "${PROJECT_BINARY_DIR}/icoloritConfigVersion.cmake"
  DESTINATION "${package_dir}")
install(DIRECTORY cmake/modules DESTINATION "${package_dir}")

# For builds without CMake: pkg-config --cflags icolorit, and the same with picture files or of the C library
set(pkgconfig_dir "${CMAKE_INSTALL_DATADIR}/pkgconfig")
file(RELATIVE_PATH icolorit_pc_prefix "/prefix/${pkgconfig_dir}" "/prefix")
function(icolorit_install_pkg_config package)
  configure_file("${PROJECT_SOURCE_DIR}/cmake/${package}.pc.in" "${PROJECT_BINARY_DIR}/${package}.pc" @ONLY)
  install(FILES "${PROJECT_BINARY_DIR}/${package}.pc" DESTINATION "${pkgconfig_dir}")
endfunction()
icolorit_install_pkg_config(icolorit)
if(TARGET icolorit_image_io)
  icolorit_install_pkg_config(icolorit-image_io)
endif()

# cpack -G DEB in the build folder makes a package of what was built: headers, tool, model, compiled libraries.
if(PROJECT_IS_TOP_LEVEL)
  set(CPACK_GENERATOR TGZ)
  set(CPACK_PACKAGE_NAME icolorit)
  set(CPACK_PACKAGE_CONTACT "the authors of icolorit <icolorit@example.org>")
  set(CPACK_PACKAGE_DESCRIPTION "Colors black-and-white photographs from a few color points, by the network iColoriT. \
Holds the command-line tool, its model and the headers of the C++20 library.")
  set(CPACK_RESOURCE_FILE_LICENSE "${PROJECT_SOURCE_DIR}/LICENSE")
  set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
  set(CPACK_STRIP_FILES ON)
  set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
  set(CPACK_DEBIAN_PACKAGE_SECTION graphics)
  set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
  set(CPACK_DEBIAN_PACKAGE_SUGGESTS "g++ (>= 12), libeigen3-dev, nlohmann-json3-dev")
  include(CPack)
endif()
