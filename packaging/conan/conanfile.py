"""conan create packaging/conan: the headers, with their dependencies from ConanCenter."""

import os
import re

from conan import ConanFile
from conan.tools.build import check_min_cppstd
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain, cmake_layout
from conan.tools.files import copy, load


class IcoloritRecipe(ConanFile):
    name = "icolorit"
    license = "MIT"
    description = "Interactive colorization with iColoriT: a header-only C++20 library"
    package_type = "header-library"
    settings = "os", "compiler", "build_type", "arch"
    options = {"image_io": [True, False]}
    default_options = {"image_io": False}
    no_copy_source = True

    def set_version(self):
        config = load(self, os.path.join(self.recipe_folder, "..", "..", "include", "icolorit", "core", "config.hpp"))
        self.version = re.search(r'define ICOLORIT_VERSION "(.+)"', config).group(1)

    def export_sources(self):
        source = os.path.join(self.recipe_folder, "..", "..")
        for folder in ("include", "backends", "bindings/adaptors", "cmake"):
            copy(self, f"{folder}/*", source, self.export_sources_folder)
        copy(self, "CMakeLists.txt", source, self.export_sources_folder)
        copy(self, "LICENSE", source, self.export_sources_folder)

    def requirements(self):
        self.requires("eigen/3.4.0", transitive_headers=True)
        self.requires("nlohmann_json/3.11.3", transitive_headers=True)
        if self.options.image_io:
            for codec in ("libpng/[>=1.6]", "libjpeg/[>=9e]", "libwebp/[>=1.3]", "libtiff/[>=4.6]", "lcms/[>=2.14]"):
                self.requires(codec, transitive_headers=True)

    def validate(self):
        check_min_cppstd(self, 20)

    def layout(self):
        cmake_layout(self)

    def package_id(self):
        # Headers are the same for every compiler and processor; with image_io there are more of them.
        self.info.settings.clear()
        self.info.requires.clear()

    def generate(self):
        toolchain = CMakeToolchain(self)
        for part in ("TESTS", "EXAMPLES", "BENCHMARKS", "BINDINGS"):
            toolchain.cache_variables[f"ICOLORIT_BUILD_{part}"] = False
        toolchain.cache_variables["ICOLORIT_CUDA"] = False
        toolchain.cache_variables["CMAKE_DISABLE_FIND_PACKAGE_Doxygen"] = True
        # Without the option nothing is installed that would need the codecs, even where the machine has them.
        toolchain.cache_variables["CMAKE_DISABLE_FIND_PACKAGE_PNG"] = not self.options.image_io
        for optional in ("JXL", "AVIF"):
            toolchain.cache_variables[f"CMAKE_DISABLE_FIND_PACKAGE_{optional}"] = True
        toolchain.generate()
        CMakeDeps(self).generate()

    def build(self):
        CMake(self).configure()

    def package(self):
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))
        CMake(self).install()

    def package_info(self):
        self.cpp_info.bindirs = self.cpp_info.libdirs = []
        self.cpp_info.set_property("cmake_file_name", "icolorit")
        self.cpp_info.set_property("cmake_target_name", "icolorit::cpu")
        self.cpp_info.set_property("pkg_config_name", "icolorit")
        if self.settings.os == "Linux":
            self.cpp_info.system_libs = ["pthread"]
