// JSON (RFC 8259) for the headers of weight files and for hint files: small, strict, and bounded on hostile input.
#pragma once

#include <algorithm>
#include <charconv>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

#include "icolorit/core/config.hpp"
#include "icolorit/core/error.hpp"
#include "icolorit/io/utf8.hpp"

namespace icolorit::json {

class Value;

/// One `"name": value` of an object. A template only because it stands before Value, which holds a list of them.
template <class V>
struct BasicMember {
  std::string name;
  V value;
};
using Member = BasicMember<Value>;

using Array = std::vector<Value>;
/// The members in the order of the text.
using Object = std::vector<Member>;

/// One JSON value. Numbers written without fraction and exponent that fit stay exact 64-bit integers.
/// The `as_` functions throw FormatError where the value is of another kind.
class Value {
 public:
  Value() = default;
  Value(std::nullptr_t) {}
  Value(std::same_as<bool> auto truth) : data_(truth) {}
  Value(std::integral auto number) requires(!std::same_as<decltype(number), bool>) : data_(to_int64(number)) {}
  Value(std::floating_point auto number) : data_(static_cast<double>(number)) {}
  Value(std::string text) : data_(std::move(text)) {}
  Value(std::string_view text) : data_(std::string(text)) {}
  Value(const char* text) : data_(std::string(text)) {}
  Value(Array elements) : data_(std::move(elements)) {}
  Value(Object members) : data_(std::move(members)) {}

  bool is_null() const { return std::holds_alternative<std::nullptr_t>(data_); }
  bool is_bool() const { return std::holds_alternative<bool>(data_); }
  bool is_number() const {
    return std::holds_alternative<double>(data_) || std::holds_alternative<std::int64_t>(data_);
  }
  bool is_string() const { return std::holds_alternative<std::string>(data_); }
  bool is_array() const { return std::holds_alternative<Array>(data_); }
  bool is_object() const { return std::holds_alternative<Object>(data_); }
  /// True for every number that is exactly a whole number of at most 63 bits, however it was written (2, 2.0, 2e0).
  bool is_integer() const { return integer().has_value(); }

  bool as_bool() const { return as<bool>("a boolean"); }
  double as_number() const {
    const auto* exact = std::get_if<std::int64_t>(&data_);
    return exact != nullptr ? static_cast<double>(*exact) : as<double>("a number");
  }
  std::int64_t as_integer() const {
    const auto value = integer();
    if (!value) throw FormatError(concat("json: the value is ", kind(), ", expected a whole number"));
    return *value;
  }
  const std::string& as_string() const { return as<std::string>("a string"); }
  const Array& as_array() const { return as<Array>("an array"); }
  const Object& as_object() const { return as<Object>("an object"); }

  /// The member of this name; null where the value has none, or is no object.
  const Value* find(std::string_view name) const {
    const auto* members = std::get_if<Object>(&data_);
    if (members == nullptr) return nullptr;
    const auto found = std::ranges::find(*members, name, &Member::name);
    return found == members->end() ? nullptr : &found->value;
  }

  /// The same, where a missing member is a FormatError.
  const Value& at(std::string_view name) const {
    const Value* value = find(name);
    if (value == nullptr) throw FormatError(concat("json: ", kind(), " without a member \"", name, "\""));
    return *value;
  }

  /// For messages: "null", "a boolean", "a number", "a string", "an array" or "an object".
  std::string_view kind() const {
    static constexpr std::string_view names[] = {"null",     "a boolean", "a number", "a number",
                                                 "a string", "an array",  "an object"};
    return names[data_.index()];
  }

 private:
  static std::int64_t to_int64(std::integral auto number) {
    if (!std::in_range<std::int64_t>(number))
      throw ArgumentError(concat("json: ", number, " does not fit into a signed 64-bit integer"));
    return static_cast<std::int64_t>(number);
  }

  template <class T>
  const T& as(std::string_view wanted) const {
    const T* value = std::get_if<T>(&data_);
    if (value == nullptr) throw FormatError(concat("json: the value is ", kind(), ", expected ", wanted));
    return *value;
  }

  std::optional<std::int64_t> integer() const {
    if (const auto* exact = std::get_if<std::int64_t>(&data_)) return *exact;
    const auto* number = std::get_if<double>(&data_);
    if (number == nullptr || !(std::abs(*number) < 0x1p63) || *number != std::trunc(*number)) return std::nullopt;
    return static_cast<std::int64_t>(*number);
  }

  friend class Writer;

  std::variant<std::nullptr_t, bool, double, std::int64_t, std::string, Array, Object> data_ = nullptr;
};

/// The deepest nesting of arrays and objects that is read.
inline constexpr int max_depth = 64;
/// The most values one text may hold: hundreds of times more than any weight or hint file, few enough to bound memory.
inline constexpr Index max_values = Index{1} << 18;

/// Recursive descent over one text; use json::parse.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Value document() {
    Value value = parse_value(0);
    skip_space();
    if (at_ < text_.size()) fail("expected the end of the text");
    return value;
  }

 private:
  Value parse_value(int depth) {
    if (++values_ > max_values) fail(concat("more than ", max_values, " values"));
    skip_space();
    switch (peek()) {
      case '{': return parse_object(enter(depth));
      case '[': return parse_array(enter(depth));
      case '"': return parse_string();
      case 't': return parse_word("true", true);
      case 'f': return parse_word("false", false);
      case 'n': return parse_word("null", nullptr);
      default: return parse_number();
    }
  }

  Value parse_object(int depth) {
    Object members;
    if (!accept('}')) {
      do {
        skip_space();
        if (peek() != '"') fail("expected the name of a member");
        std::string name = parse_string();
        expect(':', "expected ':' after the name of a member");
        members.push_back({std::move(name), parse_value(depth)});
      } while (accept(','));
      expect('}', "expected ',' or '}'");
    }
    refuse_duplicates(members);
    return members;
  }

  Value parse_array(int depth) {
    Array elements;
    if (accept(']')) return elements;
    do elements.push_back(parse_value(depth));
    while (accept(','));
    expect(']', "expected ',' or ']'");
    return elements;
  }

  std::string parse_string() {
    std::string result;
    const std::size_t start = at_++;
    for (;;) {
      if (at_ == text_.size()) fail("the string does not end");
      const char c = text_[at_];
      if (static_cast<unsigned char>(c) < 0x20) fail("a control character inside a string must be escaped");
      ++at_;
      if (c == '"') break;
      if (c == '\\')
        append_escape(result);
      else
        result += c;
    }
    if (!is_utf8(result)) {
      at_ = start;
      fail("the string is not UTF-8");
    }
    return result;
  }

  void append_escape(std::string& result) {
    static constexpr std::string_view letters = "\"\\/bfnrt", meanings = "\"\\/\b\f\n\r\t";
    const char letter = peek();
    if (const auto found = letters.find(letter); found != letters.npos) {
      ++at_;
      result += meanings[found];
    } else if (letter == 'u') {
      ++at_;
      append_utf8(result, parse_code_point());
    } else {
      fail("unknown escape in a string");
    }
  }

  /// After `\u`: four digits, or a surrogate pair of two escapes (RFC 8259, section 7).
  std::uint32_t parse_code_point() {
    const std::uint32_t first = parse_hex();
    if (first < 0xd800 || first > 0xdfff) return first;
    if (first > 0xdbff || text_.substr(at_, 2) != "\\u") fail("half a surrogate pair in a string");
    at_ += 2;
    const std::uint32_t second = parse_hex();
    if (second < 0xdc00 || second > 0xdfff) fail("half a surrogate pair in a string");
    return 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
  }

  std::uint32_t parse_hex() {
    const std::string_view digits = text_.substr(at_, 4);
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (error != std::errc() || end != digits.data() + 4) fail("expected four hexadecimal digits after \\u");
    at_ += 4;
    return value;
  }

  static void append_utf8(std::string& result, std::uint32_t code) {
    const auto put = [&](std::uint32_t byte) { result += static_cast<char>(static_cast<unsigned char>(byte)); };
    const auto put_tail = [&](int shift) { put(0x80u | ((code >> shift) & 0x3fu)); };
    if (code < 0x80) return put(code);
    if (code < 0x800) {
      put(0xc0u | (code >> 6));
    } else if (code < 0x10000) {
      put(0xe0u | (code >> 12));
      put_tail(6);
    } else {
      put(0xf0u | (code >> 18));
      put_tail(12);
      put_tail(6);
    }
    put_tail(0);
  }

  template <class T>
  Value parse_word(std::string_view word, T value) {
    if (text_.substr(at_, word.size()) != word) fail("expected a value");
    at_ += word.size();
    return value;
  }

  /// from_chars takes more than JSON does (`inf`, `01`, `1.`), so the grammar is walked first.
  Value parse_number() {
    const std::size_t start = at_;
    if (peek() == '-') ++at_;
    const std::size_t first = at_;
    const std::size_t digits = skip_digits();
    if (digits == 0) fail("expected a value");
    if (digits > 1 && text_[first] == '0') fail("a number starts with a superfluous 0");
    bool whole = text_.substr(start, at_ - start) != "-0";  // the integers have no negative zero
    if (peek() == '.') {
      whole = false;
      ++at_;
      if (skip_digits() == 0) fail("expected a digit after the decimal point");
    }
    if (peek() == 'e' || peek() == 'E') {
      whole = false;
      ++at_;
      if (peek() == '+' || peek() == '-') ++at_;
      if (skip_digits() == 0) fail("expected a digit in the exponent");
    }
    const char* begin = text_.data() + start;
    const char* end = text_.data() + at_;
    if (std::int64_t exact = 0; whole && std::from_chars(begin, end, exact).ec == std::errc()) return exact;
    double number = 0;
    if (std::from_chars(begin, end, number).ec != std::errc()) fail("a number is out of the range of double");
    return number;
  }

  std::size_t skip_digits() {
    const std::size_t start = at_;
    while (peek() >= '0' && peek() <= '9') ++at_;
    return at_ - start;
  }

  /// Which of two equal names wins differs between readers, so a file that has them is refused.
  void refuse_duplicates(const Object& members) {
    std::vector<std::string_view> names;
    names.reserve(members.size());
    for (const Member& member : members) names.push_back(member.name);
    std::ranges::sort(names);
    const auto twice = std::ranges::adjacent_find(names);
    if (twice != names.end()) fail(concat("the name \"", *twice, "\" comes twice in one object"));
  }

  int enter(int depth) {
    if (depth == max_depth) fail(concat("nested deeper than ", max_depth));
    ++at_;
    return depth + 1;
  }

  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void skip_space() {
    while (peek() == ' ' || peek() == '\n' || peek() == '\t' || peek() == '\r') ++at_;
  }
  bool accept(char wanted) {
    skip_space();
    const bool found = peek() == wanted;
    if (found) ++at_;
    return found;
  }
  void expect(char wanted, std::string_view complaint) {
    if (!accept(wanted)) fail(complaint);
  }

  [[noreturn]] void fail(std::string_view complaint) const {
    const std::string_view before = text_.substr(0, at_);
    const auto line = 1 + std::ranges::count(before, '\n');
    const auto column = before.size() - (before.rfind('\n') + 1) + 1;  // npos + 1 is 0
    throw FormatError(concat("json: line ", line, ", column ", column, ": ", complaint));
  }

  std::string_view text_;
  std::size_t at_ = 0;
  Index values_ = 0;
};

/// Reads one JSON text. Refuses what RFC 8259 forbids, and also duplicate names, nesting beyond max_depth, more than
/// max_values values and numbers that overflow double. Throws FormatError with line and column (in bytes).
inline Value parse(std::string_view text) { return Parser(text).document(); }

/// Builds one text; use json::write.
class Writer {
 public:
  void write(const Value& value) {
    std::visit([this](const auto& data) { put(data); }, value.data_);
  }
  std::string take() { return std::move(text_); }

 private:
  void put(std::nullptr_t) { text_ += "null"; }
  void put(bool boolean) { text_ += boolean ? "true" : "false"; }
  void put(std::int64_t number) { put_digits(number); }
  void put(double number) {
    if (!std::isfinite(number)) throw ArgumentError(concat("json.write: JSON has no number ", number));
    put_digits(number);
  }
  void put_digits(auto number) {
    char digits[32];  // the longest shortest double is -2.2250738585072014e-308
    text_.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
  }

  void put(const std::string& text) {
    if (!is_utf8(text)) throw ArgumentError("json.write: a string is not UTF-8");
    text_ += '"';
    for (const char c : text) {
      if (c == '"' || c == '\\') text_ += '\\';
      if (static_cast<unsigned char>(c) >= 0x20) {
        text_ += c;
      } else {
        constexpr std::string_view hex = "0123456789abcdef";
        text_ += "\\u00";
        text_ += hex[static_cast<unsigned char>(c) >> 4];
        text_ += hex[static_cast<unsigned char>(c) & 15];
      }
    }
    text_ += '"';
  }

  void put(const Array& elements) {
    put_list('[', ']', elements, [this](const Value& element) { write(element); });
  }
  void put(const Object& members) {
    put_list('{', '}', members, [this](const Member& member) {
      put(member.name);
      text_ += ':';
      write(member.value);
    });
  }
  void put_list(char open, char close, const auto& items, auto put_item) {
    text_ += open;
    bool first = true;
    for (const auto& item : items) {
      if (!first) text_ += ',';
      first = false;
      put_item(item);
    }
    text_ += close;
  }

  std::string text_;
};

/// The value as one line of JSON; doubles as the shortest text that reads back as the same double.
/// Throws ArgumentError for infinities, NaN and strings that are not UTF-8.
inline std::string write(const Value& value) {
  Writer writer;
  writer.write(value);
  return writer.take();
}

}  // namespace icolorit::json
