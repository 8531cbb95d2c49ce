#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "icolorit/io/json.hpp"
#include "support/bytes.hpp"
#include "support/catch.hpp"
#include "support/damage.hpp"

using namespace icolorit;

TEST_CASE("JSON: values of every kind keep their content and order", "[json]") {
  const json::Value value = json::parse(R"( { "b" : [ 1 , -2.5e3 , true , false , null ] , "a" : "x" , "o" : { } } )");
  REQUIRE(value.as_object().size() == 3);
  CHECK(value.as_object()[0].name == "b");
  CHECK(value.as_object()[2].name == "o");
  const json::Array& array = value.at("b").as_array();
  REQUIRE(array.size() == 5);
  CHECK(array[0].as_integer() == 1);
  CHECK(array[1].as_number() == -2500.0);
  CHECK(array[2].as_bool());
  CHECK_FALSE(array[3].as_bool());
  CHECK(array[4].is_null());
  CHECK(value.at("a").as_string() == "x");
  CHECK(value.at("o").as_object().empty());
  CHECK(value.find("c") == nullptr);
  CHECK(array[0].find("c") == nullptr);
}

TEST_CASE("JSON: 64-bit integers are exact, other numbers are the nearest double", "[json]") {
  CHECK(json::parse("9223372036854775807").as_integer() == std::numeric_limits<std::int64_t>::max());
  CHECK(json::parse("-9223372036854775808").as_integer() == std::numeric_limits<std::int64_t>::min());
  CHECK(json::parse("9007199254740993").as_integer() == 9007199254740993);  // 2^53 + 1, no double
  CHECK_FALSE(json::parse("9223372036854775808").is_integer());
  CHECK(json::parse("9223372036854775808").as_number() == 0x1p63);
  CHECK(json::parse("0.1").as_number() == 0.1);
  CHECK(json::parse("5e-324").as_number() == std::numeric_limits<double>::denorm_min());
  CHECK(std::signbit(json::parse("-0").as_number()));
  CHECK(json::parse("2.0").as_integer() == 2);
  CHECK(json::parse("2E2").as_integer() == 200);
  CHECK_FALSE(json::parse("2.5").is_integer());
}

TEST_CASE("JSON: escapes become UTF-8", "[json]") {
  CHECK(json::parse(R"("\"\\\/\b\f\n\r\t")").as_string() == "\"\\/\b\f\n\r\t");
  CHECK(json::parse(R"("\u0041\u00e9\u20AC\ud83c\udfa8")").as_string() == "A\u00e9\u20ac\U0001f3a8");
  CHECK(json::parse(R"("\u0000")").as_string() == std::string(1, '\0'));
  CHECK(json::parse("\"\u00e9\u20ac\U0001f3a8\"").as_string() == "\u00e9\u20ac\U0001f3a8");
}

TEST_CASE("JSON: what the standard forbids is refused, with line and column", "[json]") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "line 1, column 1: expected a value"},
      {"{} x", "line 1, column 4: expected the end"},
      {"[1,\n 2,]", "line 2, column 4: expected a value"},
      {"[1 2]", "expected ',' or ']'"},
      {"{\"a\" 1}", "expected ':'"},
      {"{\"a\":1,}", "expected the name"},
      {"{a:1}", "expected the name"},
      {"{\"a\":1", "expected ',' or '}'"},
      {"{\"a\":1,\"b\":2,\"a\":3}", "\"a\" comes twice"},
      {"01", "superfluous 0"},
      {"-", "expected a value"},
      {"+1", "expected a value"},
      {".5", "expected a value"},
      {"1.", "digit after the decimal point"},
      {"1e", "digit in the exponent"},
      {"1e400", "range of double"},
      {"NaN", "expected a value"},
      {"Infinity", "expected a value"},
      {"truth", "expected a value"},
      {"\"abc", "does not end"},
      {"\"a\nb\"", "control character"},
      {"\"\\x\"", "unknown escape"},
      {"\"\\u12g4\"", "four hexadecimal digits"},
      {"\"\\u12", "four hexadecimal digits"},
      {"\"\\u-123\"", "four hexadecimal digits"},
      {"\"\\ud800\"", "surrogate"},
      {"\"\\udc00\"", "surrogate"},
      {"\"\\ud800\\u0041\"", "surrogate"},
      {"\"\x80\"", "not UTF-8"},
      {"\"\xc0\xaf\"", "not UTF-8"},          // '/' in two bytes
      {"\"\xed\xa0\x80\"", "not UTF-8"},      // a surrogate
      {"\"\xf4\x90\x80\x80\"", "not UTF-8"},  // above U+10FFFF
      {"\"\xe2\x82\"", "not UTF-8"},
      {std::string("[1,\0 2]", 7), "expected a value"},
      {"// comment\n1", "expected a value"},
  };
  for (const auto& [text, message] : cases) {
    INFO(text);
    CHECK_THROWS_AS(json::parse(text), FormatError);
    CHECK_THROWS_WITH(json::parse(text), ContainsSubstring(message));
  }
}

TEST_CASE("JSON: depth and the number of values are bounded", "[json]") {
  const auto nested = [](int depth) {
    return std::string(static_cast<std::size_t>(depth), '[') + std::string(static_cast<std::size_t>(depth), ']');
  };
  CHECK_NOTHROW(json::parse(nested(json::max_depth)));
  CHECK_THROWS_WITH(json::parse(nested(json::max_depth + 1)), ContainsSubstring("nested deeper than 64"));
  CHECK_THROWS_WITH(json::parse(nested(1000000)), ContainsSubstring("nested deeper"));

  std::string many = "[0";
  for (Index i = 0; i < json::max_values; ++i) many += ",0";
  CHECK_THROWS_WITH(json::parse(many + "]"), ContainsSubstring("values"));
}

TEST_CASE("JSON: a value of another kind is a sentence", "[json]") {
  CHECK_THROWS_WITH(json::parse("[]").as_object(), "json: the value is an array, expected an object");
  CHECK_THROWS_WITH(json::parse("1.5").as_integer(), "json: the value is a number, expected a whole number");
  CHECK_THROWS_WITH(json::parse("{}").at("x"), "json: an object without a member \"x\"");
  CHECK_THROWS_AS(json::Value(std::numeric_limits<std::uint64_t>::max()), ArgumentError);
}

TEST_CASE("JSON: what is written reads back the same", "[json]") {
  const json::Value value = json::Object{{"integer", std::numeric_limits<std::int64_t>::min()},
                                         {"real", 0.1},
                                         {"huge", 1e300},
                                         {"text", "quote \" backslash \\ line\n bell\a euro \u20ac"},
                                         {"list", json::Array{nullptr, true, false, json::Array{}, json::Object{}}}};
  const std::string text = json::write(value);
  CHECK(text == R"({"integer":-9223372036854775808,"real":0.1,"huge":1e+300,)"
                "\"text\":\"quote \\\" backslash \\\\ line\\u000a bell\\u0007 euro \u20ac\","
                R"("list":[null,true,false,[],{}]})");
  CHECK(json::write(json::parse(text)) == text);
  CHECK(json::parse(text).at("text").as_string() == value.at("text").as_string());

  CHECK_THROWS_AS(json::write(std::numeric_limits<double>::quiet_NaN()), ArgumentError);
  CHECK_THROWS_AS(json::write("\xff"), ArgumentError);
}

TEST_CASE("JSON: damaged text is read or refused", "[json][damage]") {
  const std::string text =
      R"({"width":640,"hints":[{"x":1.5e2,"y":-3,"color":"#ff8000","note":"\u00e9\ud83c\udfa8"}]})";
  const int refused = survive_damage(to_bytes(text), [](const std::vector<std::byte>& bytes) {
    json::parse({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  });
  CHECK(refused > static_cast<int>(text.size()));  // at least every prefix
}
