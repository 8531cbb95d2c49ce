#include <array>
#include <cmath>
#include <filesystem>
#include <numeric>
#include <string>
#include <vector>

#include "icolorit/io/npy.hpp"
#include "support/bytes.hpp"
#include "support/catch.hpp"
#include "support/damage.hpp"

using namespace icolorit;

namespace {

const std::filesystem::path folder = std::filesystem::path(ICOLORIT_GOLDEN_DIR) / "checkpoints";

std::vector<std::byte> file_of(const std::string& header, std::size_t data_bytes) {
  return to_bytes("\x93NUMPY\1" + std::string(1, '\0') + little(static_cast<std::uint16_t>(header.size())) + header +
                  std::string(data_bytes, '\0'));
}

}  // namespace

TEST_CASE("npy: NumPy's files of every supported type", "[npy]") {
  const NpyArray<float> f4 = read_npy<float>(folder / "array_f4.npy");
  CHECK(f4.shape == Shape{2, 3, 4});
  REQUIRE(f4.values.size() == 24);
  for (const float value : f4.values) CHECK(value * 8 == std::trunc(value * 8));  // as the script draws them
  CHECK(read_npy<double>(folder / "array_f4.npy").values == std::vector<double>(f4.values.begin(), f4.values.end()));

  CHECK(read_npy<double>(folder / "array_f8.npy").shape == Shape{5});
  CHECK(read_npy<float>(folder / "array_u1.npy").values == std::vector<float>{0, 51, 102, 153, 204, 255});
  CHECK(read_npy<double>(folder / "array_i4.npy").values == std::vector<double>{-3, -2, -1, 0, 1, 2});
  const NpyArray<double> scalar = read_npy<double>(folder / "array_i8.npy");
  CHECK(scalar.shape.rank() == 0);
  CHECK(scalar.values == std::vector<double>{-7});
  CHECK(read_npy<float>(folder / "array_version2.npy").values == std::vector<float>{0, 1, 2, 3});
}

TEST_CASE("npy: what NumPy writes is what we write", "[npy]") {
  const NpyArray<float> f4 = read_npy<float>(folder / "array_f4.npy");
  CHECK(format_npy(f4.view<3>()) == read_file(folder / "array_f4.npy"));
  const NpyArray<double> f8 = read_npy<double>(folder / "array_f8.npy");
  CHECK(format_npy(f8.view<1>()) == read_file(folder / "array_f8.npy"));
  CHECK_THROWS_AS(f4.view<2>(), ShapeError);
}

TEST_CASE("npy: strided views are written row-major", "[npy]") {
  std::array<float, 6> values;
  std::iota(values.begin(), values.end(), 0.0F);
  const TensorView<float, 2> view(values.data(), {2, 3});
  const auto path = std::filesystem::temp_directory_path() / "icolorit_test_npy.npy";
  write_npy(path, view.transposed());
  const NpyArray<double> back = read_npy<double>(path);
  CHECK(back.shape == Shape{3, 2});
  CHECK(back.values == std::vector<double>{0, 3, 1, 4, 2, 5});
  write_npy(path, view.narrowed(1, 1, 0));
  CHECK(read_npy<float>(path).shape == Shape{2, 0});
  std::filesystem::remove(path);
  CHECK_THROWS_AS(read_npy<float>(path), FileError);
}

TEST_CASE("npy: headers in any order and spacing", "[npy]") {
  CHECK(parse_npy<float>(file_of("{\"shape\":(2,3),'fortran_order':False,'descr':'<f4'}\n", 24)).shape == Shape{2, 3});
  CHECK(parse_npy<float>(file_of("{ 'descr' : '<f2' , 'fortran_order' : False , 'shape' : ( ) , } ", 2)).shape ==
        Shape{});
}

TEST_CASE("npy: files that lie or need another reader are refused", "[npy]") {
  const auto read = [](const std::string& name) { read_npy<float>(folder / (name + ".npy")); };
  CHECK_THROWS_AS(read("array_fortran"), FormatError);
  CHECK_THROWS_WITH(read("array_fortran"),
                    ContainsSubstring("ascontiguousarray") && ContainsSubstring("array_fortran"));
  CHECK_THROWS_WITH(read("array_big_endian"), ContainsSubstring("'>f4'"));

  struct Case {
    std::string header;
    std::size_t data;
    std::string message;
  };
  const std::string start = "{'descr': '<f4', 'fortran_order': False, ";
  const std::vector<Case> cases = {
      {start + "'shape': (2, 3), }", 23, "does not fill the 23 bytes"},
      {start + "'shape': (2, 3), }", 25, "does not fill"},
      {start + "'shape': (4294967296, 4294967296), }", 0, "does not fill"},
      {start + "'shape': (99999999999999999999,), }", 0, "not a number"},
      {start + "'shape': (-1,), }", 0, "not a number"},
      {start + "'shape': (1,1,1,1,1,1,1,1,1), }", 4, "more than 8"},
      {start + "'shape': 2, }", 8, "expected '('"},
      {start + "'shape': (2", 8, "expected ')'"},
      {start + "'shape': (2,)", 8, "expected '}'"},
      {start + "'shape': (2,), } x", 8, "after the header's dict"},
      {start + "'shape': (2,), 'shape': (2,)}", 8, "comes twice"},
      {start + "'x': 1}", 8, "unknown key 'x'"},
      {start + "}", 8, "lacks"},
      {"{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,)}", 8, "structured"},
      {"{'descr': '|O', 'fortran_order': False, 'shape': (2,)}", 8, "'|O'"},
      {"{'descr': '<f4', 'fortran_order': 0, 'shape': (2,)}", 8, "neither True nor False"},
      {"{'descr", 0, "quoted word"},
      {"", 0, "expected '{'"},
  };
  for (const Case& c : cases) {
    INFO(c.header);
    CHECK_THROWS_AS(parse_npy<float>(file_of(c.header, c.data)), FormatError);
    CHECK_THROWS_WITH(parse_npy<float>(file_of(c.header, c.data)), ContainsSubstring(c.message));
  }
  CHECK_THROWS_WITH(parse_npy<float>(to_bytes("\x93NUMPX\1")), ContainsSubstring("does not start"));
  CHECK_THROWS_WITH(parse_npy<float>(to_bytes("\x93NUMPY\4" + std::string(9, '\0'))), ContainsSubstring("version 4"));
}

TEST_CASE("npy: damaged files are read or refused", "[npy][damage]") {
  for (const std::string name : {"array_f4", "array_i8", "array_version2"}) {
    const std::vector<std::byte> bytes = read_file(folder / (name + ".npy"));
    const int refused = survive_damage(bytes, [](const std::vector<std::byte>& damaged) { parse_npy<float>(damaged); });
    CHECK(refused >= static_cast<int>(bytes.size()));  // at least every prefix
  }
}
