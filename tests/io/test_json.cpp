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
  REQUIRE(json::as_object(value).size() == 3);
  CHECK(json::as_object(value).front().first == "b");
  CHECK(json::as_object(value).back().first == "o");
  const json::Value::array_t& array = json::as_array(json::at(value, "b"));
  REQUIRE(array.size() == 5);
  CHECK(json::as_integer(array[0]) == 1);
  CHECK(json::as_number(array[1]) == -2500.0);
  CHECK(json::as_bool(array[2]));
  CHECK_FALSE(json::as_bool(array[3]));
  CHECK(array[4].is_null());
  CHECK(json::as_string(json::at(value, "a")) == "x");
  CHECK(json::as_object(json::at(value, "o")).empty());
  CHECK(json::find(value, "c") == nullptr);
  CHECK(json::find(array[0], "c") == nullptr);
}

TEST_CASE("JSON: 64-bit integers are exact, other numbers are the nearest double", "[json]") {
  CHECK(json::as_integer(json::parse("9223372036854775807")) == std::numeric_limits<std::int64_t>::max());
  CHECK(json::as_integer(json::parse("-9223372036854775808")) == std::numeric_limits<std::int64_t>::min());
  CHECK(json::as_integer(json::parse("9007199254740993")) == 9007199254740993);  // 2^53 + 1, no double
  CHECK_FALSE(json::integer(json::parse("9223372036854775808")));
  CHECK(json::as_number(json::parse("9223372036854775808")) == 0x1p63);
  CHECK(json::as_number(json::parse("0.1")) == 0.1);
  CHECK(json::as_number(json::parse("5e-324")) == std::numeric_limits<double>::denorm_min());
  CHECK(std::signbit(json::as_number(json::parse("-0"))));
  CHECK(json::as_integer(json::parse("2.0")) == 2);
  CHECK(json::as_integer(json::parse("2E2")) == 200);
  CHECK_FALSE(json::integer(json::parse("2.5")));
}

TEST_CASE("JSON: escapes become UTF-8", "[json]") {
  CHECK(json::as_string(json::parse(R"("\"\\\/\b\f\n\r\t")")) == "\"\\/\b\f\n\r\t");
  CHECK(json::as_string(json::parse(R"("\u0041\u00e9\u20AC\ud83c\udfa8")")) == "A\u00e9\u20ac\U0001f3a8");
  CHECK(json::as_string(json::parse(R"("\u0000")")) == std::string(1, '\0'));
  CHECK(json::as_string(json::parse("\"\u00e9\u20ac\U0001f3a8\"")) == "\u00e9\u20ac\U0001f3a8");
}

TEST_CASE("JSON: what the standard forbids is refused, with line and column", "[json]") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "line 1, column 1: found the end of the text, expected a value: a number, a text in double quotes"},
      {"{} x", "line 1, column 4: found a word or sign that JSON does not know, expected the end of the text"},
      {"[1,\n 2,]", "line 2, column 4: found ']', expected another item after the comma, or no comma"},
      {"[1 2]", "expected ']', or a comma before the next item"},
      {"{\"a\" 1}", "expected ':'"},
      {"{\"a\":1,}", "expected another item after the comma, or no comma"},
      {"{a:1}", "line 1, column 2: found a word or sign that JSON does not know, expected a name in double quotes"},
      {"{\"a\":1", "expected '}'"},
      {"{\"a\":1,\"b\":2,\"a\":3}", "\"a\" comes twice"},
      {"01", "found a number, expected the end of the text"},
      {"-", "expected digit after '-'"},
      {"+1", "a word or sign that JSON does not know"},
      {".5", "a word or sign that JSON does not know"},
      {"1.", "expected digit after '.'"},
      {"1e", "digit after exponent"},
      {"1e400", "number overflow"},
      {"NaN", "a word or sign that JSON does not know"},
      {"Infinity", "a word or sign that JSON does not know"},
      {"truth", "a word or sign that JSON does not know"},
      {"\"abc", "missing closing quote"},
      {"\"a\nb\"", "control character"},
      {"\"\\x\"", "forbidden character after backslash"},
      {"\"\\u12g4\"", "4 hex digits"},
      {"\"\\u12", "4 hex digits"},
      {"\"\\u-123\"", "4 hex digits"},
      {"\"\\ud800\"", "surrogate"},
      {"\"\\udc00\"", "surrogate"},
      {"\"\\ud800\\u0041\"", "surrogate"},
      {"\"\x80\"", "ill-formed UTF-8 byte"},
      {"\"\xc0\xaf\"", "ill-formed UTF-8 byte"},          // '/' in two bytes
      {"\"\xed\xa0\x80\"", "ill-formed UTF-8 byte"},      // a surrogate
      {"\"\xf4\x90\x80\x80\"", "ill-formed UTF-8 byte"},  // above U+10FFFF
      {"\"\xe2\x82\"", "ill-formed UTF-8 byte"},
      {std::string("\xff\xfe[\0]\0", 6), "the text is UTF-16"},
      {std::string("[1,\0 2]", 7), "zero byte"},
      {std::string("[1]\0 2", 6), "zero byte"},
      {"// comment\n1", "a word or sign that JSON does not know"},
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
  CHECK_THROWS_WITH(json::as_object(json::parse("[]")), "json: the value is an array, expected an object");
  CHECK_THROWS_WITH(json::as_integer(json::parse("1.5")), "json: the value is a number, expected a whole number");
  CHECK_THROWS_WITH(json::at(json::parse("{}"), "x"), "json: an object without a member \"x\"");
}

TEST_CASE("JSON: what is written reads back the same", "[json]") {
  const json::Value value{
      {"integer", std::numeric_limits<std::int64_t>::min()},
      {"real", 0.1},
      {"huge", 1e300},
      {"text", "quote \" backslash \\ line\n bell\a euro \u20ac"},
      {"list", json::Value::array({nullptr, true, false, json::Value::array(), json::Value::object()})}};
  const std::string text = json::write(value);
  CHECK(text == R"({"integer":-9223372036854775808,"real":0.1,"huge":1e+300,)"
                "\"text\":\"quote \\\" backslash \\\\ line\\n bell\\u0007 euro \u20ac\","
                R"("list":[null,true,false,[],{}]})");
  CHECK(json::write(json::parse(text)) == text);
  CHECK(json::as_string(json::parse(text).at("text")) == json::as_string(json::at(value, "text")));

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
