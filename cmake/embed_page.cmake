# cmake -D folder=<page> -D output=<file.cpp> -P embed_page.cmake
# Writes the files below a folder as arrays of bytes, for examples/studio/page_files.hpp.
cmake_minimum_required(VERSION 3.23)

file(GLOB_RECURSE files RELATIVE "${folder}" "${folder}/*")
list(SORT files)
set(arrays "")
set(table "")
set(number 0)
foreach(file IN LISTS files)
  file(READ "${folder}/${file}" bytes HEX)
  string(LENGTH "${bytes}" digits)
  math(EXPR size "${digits} / 2")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
  string(REGEX REPLACE "(0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,)" "\\1\n" bytes
    "${bytes}")
  string(APPEND arrays "constexpr unsigned char file_${number}[] = {\n${bytes}0};\n")
  string(APPEND table "    {\"/${file}\", {reinterpret_cast<const char*>(file_${number}), ${size}}},\n")
  math(EXPR number "${number} + 1")
endforeach()
file(WRITE "${output}" "// Written by cmake/embed_page.cmake.
#include \"page_files.hpp\"

namespace icolorit::studio {

namespace {

${arrays}
const PageFile files[] = {
${table}    {}};

}  // namespace

std::span<const PageFile> page_files() { return {files, ${number}}; }

}  // namespace icolorit::studio
")
