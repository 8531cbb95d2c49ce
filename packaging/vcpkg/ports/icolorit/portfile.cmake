# Installs the headers of the checkout that this port lies in:
#   vcpkg install icolorit --overlay-ports=packaging/vcpkg/ports
set(VCPKG_BUILD_TYPE release)  # headers alone
cmake_path(GET CURRENT_PORT_DIR PARENT_PATH ports)
cmake_path(SET source NORMALIZE "${ports}/../../..")

set(without_codecs ON)  # even where the machine has them
if("image-io" IN_LIST FEATURES)
  set(without_codecs OFF)
endif()
vcpkg_cmake_configure(SOURCE_PATH "${source}" OPTIONS
  "-DCMAKE_DISABLE_FIND_PACKAGE_PNG=${without_codecs}"
  -DCMAKE_DISABLE_FIND_PACKAGE_JXL=ON -DCMAKE_DISABLE_FIND_PACKAGE_AVIF=ON
  -DICOLORIT_BUILD_TESTS=OFF -DICOLORIT_BUILD_EXAMPLES=OFF -DICOLORIT_BUILD_BENCHMARKS=OFF -DICOLORIT_BUILD_BINDINGS=OFF
  -DICOLORIT_CUDA=OFF -DCMAKE_DISABLE_FIND_PACKAGE_Doxygen=ON)
vcpkg_cmake_install()
vcpkg_cmake_config_fixup(CONFIG_PATH share/cmake/icolorit)
vcpkg_install_copyright(FILE_LIST "${source}/LICENSE")
file(REMOVE_RECURSE "${CURRENT_PACKAGES_DIR}/debug")
