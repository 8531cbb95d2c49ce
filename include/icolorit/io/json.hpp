// JSON by nlohmann-json, with the limits that files from strangers need and errors that are sentences.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "icolorit/core/config.hpp"
#include "icolorit/core/error.hpp"
#include "icolorit/io/json_complaint.hpp"

namespace icolorit::json {

/// A JSON value whose objects keep the order of the text. Its own accessors throw nlohmann's exceptions; what comes
/// from a file is read by the functions below, which throw FormatError.
using Value = nlohmann::ordered_json;

/// The deepest nesting of arrays and objects that is read.
inline constexpr std::size_t max_depth = 64;
/// The most values one text may hold: hundreds of times more than any weight or hint file, few enough to bound memory.
inline constexpr Index max_values = Index{1} << 18;

namespace detail {

/// Builds a Value from the events of nlohmann's parser, which itself bounds neither depth nor number and lets the last
/// of two equal names win.
class Builder {
 public:
  Builder(std::string_view text, Index most_values) : text_(text), most_values_(most_values) {}

  Value take() { return std::move(root_); }

  bool null() { return add(nullptr); }
  bool boolean(bool value) { return add(value); }
  /// The parser gives numbers with a minus sign; of these only "-0" is 0, and it is the double -0.
  bool number_integer(std::int64_t value) { return value == 0 ? add(-0.0) : add(value); }
  bool number_unsigned(std::uint64_t value) { return add(value); }
  bool number_float(double value, const std::string&) { return add(value); }
  bool string(std::string& value) { return add(std::move(value)); }
  bool binary(Value::binary_t&) { return false; }  // never in a text

  bool start_object(std::size_t) { return open(Value::object()); }
  bool key(std::string& name) {
    members_of(*open_.back()).emplace_back(std::move(name), nullptr);
    return true;
  }
  bool end_object() {
    refuse_duplicates(members_of(*open_.back()));
    open_.pop_back();
    return true;
  }
  bool start_array(std::size_t) { return open(Value::array()); }
  bool end_array() {
    open_.pop_back();
    return true;
  }

  /// `position` counts the bytes that were read, the offending one included.
  bool parse_error(std::size_t position, const std::string& token, const nlohmann::detail::exception& error) {
    const std::string_view before = text_.substr(0, position == 0 ? 0 : position - 1);
    const auto line = 1 + std::ranges::count(before, '\n');
    const auto column = before.size() - (before.rfind('\n') + 1) + 1;  // npos + 1 is 0
    throw FormatError(concat("json: line ", line, ", column ", column, ": ", plain_complaint(error.what(), token)));
  }

 private:
  /// A vector of pairs; its own emplace() would search for the name first, which takes n^2 steps for n names.
  static std::vector<std::pair<const std::string, Value>>& members_of(Value& object) {
    return object.get_ref<Value::object_t&>();
  }

  bool add(Value value) {
    put(std::move(value));
    return true;
  }

  bool open(Value container) {
    if (open_.size() == max_depth) throw FormatError(concat("json: nested deeper than ", max_depth));
    open_.push_back(put(std::move(container)));
    return true;
  }

  Value* put(Value value) {
    if (++values_ > most_values_) throw FormatError(concat("json: more than ", most_values_, " values"));
    if (open_.empty()) return &(root_ = std::move(value));
    if (open_.back()->is_array()) {
      auto& elements = open_.back()->get_ref<Value::array_t&>();
      return &elements.emplace_back(std::move(value));
    }
    return &(members_of(*open_.back()).back().second = std::move(value));
  }

  /// Which of two equal names wins differs between readers, so a file that has them is refused.
  static void refuse_duplicates(const std::vector<std::pair<const std::string, Value>>& members) {
    std::vector<std::string_view> names;
    names.reserve(members.size());
    for (const auto& member : members) names.push_back(member.first);
    std::ranges::sort(names);
    const auto twice = std::ranges::adjacent_find(names);
    if (twice != names.end())
      throw FormatError(concat("json: the name \"", twice->substr(0, 60), "\" comes twice in one object"));
  }

  std::string_view text_;
  Value root_;
  std::vector<Value*> open_;  // the containers around the next value, the innermost last
  Index most_values_, values_ = 0;
};

inline void expect_finite(const Value& value) {
  if (value.is_number_float() && !std::isfinite(value.get<double>()))
    throw ArgumentError(concat("json.write: JSON has no number ", value.get<double>()));
  if (value.is_structured())
    for (const Value& element : value) expect_finite(element);
}

}  // namespace detail

/// Reads one JSON text (RFC 8259, a byte order mark is skipped). Also refuses duplicate names, nesting beyond
/// max_depth, more than `most_values` values and numbers that overflow double. Throws FormatError, with line and column
/// (in bytes) where the text is not JSON.
inline Value parse(std::string_view text, Index most_values = max_values) {
  if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff"))
    throw FormatError("json: the text is UTF-16, as some editors of Windows write it: save it as UTF-8");
  // The parser takes a zero byte for the end of the text and would ignore what comes after it.
  if (text.find('\0') != text.npos) throw FormatError("json: the text holds a zero byte");
  detail::Builder builder(text, most_values);
  Value::sax_parse(text.begin(), text.end(), &builder);
  return builder.take();
}

/// The value as one line of JSON; doubles as the shortest text that reads back as the same double.
/// Throws ArgumentError for infinities, NaN and strings that are not UTF-8.
inline std::string write(const Value& value) {
  detail::expect_finite(value);
  try {
    return value.dump();
  } catch (const Value::type_error&) {
    throw ArgumentError("json.write: a string is not UTF-8");
  }
}

/// For messages: "null", "a boolean", "a number", "a string", "an array" or "an object".
inline std::string_view kind(const Value& value) {
  if (value.is_null()) return "null";
  if (value.is_boolean()) return "a boolean";
  if (value.is_number()) return "a number";
  if (value.is_string()) return "a string";
  return value.is_array() ? "an array" : "an object";
}

/// The value as a whole number of at most 63 bits, however it was written (2, 2.0, 2e0); none where it is not one.
inline std::optional<std::int64_t> integer(const Value& value) {
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > std::uint64_t{INT64_MAX}) return std::nullopt;
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (!value.is_number_float()) return std::nullopt;
  const double number = value.get<double>();
  if (!(std::abs(number) < 0x1p63) || number != std::trunc(number)) return std::nullopt;
  return static_cast<std::int64_t>(number);
}

[[noreturn]] inline void refuse_kind(const Value& value, std::string_view wanted) {
  throw FormatError(concat("json: the value is ", kind(value), ", expected ", wanted));
}

/// These throw FormatError where the value is of another kind.
inline std::int64_t as_integer(const Value& value) {
  if (const auto number = integer(value)) return *number;
  refuse_kind(value, "a whole number");
}
inline double as_number(const Value& value) {
  if (!value.is_number()) refuse_kind(value, "a number");
  return value.get<double>();
}
inline bool as_bool(const Value& value) {
  if (!value.is_boolean()) refuse_kind(value, "a boolean");
  return value.get<bool>();
}
inline const std::string& as_string(const Value& value) {
  if (!value.is_string()) refuse_kind(value, "a string");
  return value.get_ref<const std::string&>();
}
/// The elements.
inline const Value::array_t& as_array(const Value& value) {
  if (!value.is_array()) refuse_kind(value, "an array");
  return value.get_ref<const Value::array_t&>();
}
inline std::vector<std::string> as_strings(const Value& value) {
  std::vector<std::string> strings;
  for (const Value& item : as_array(value)) strings.push_back(as_string(item));
  return strings;
}
/// The members, pairs of name and value in the order of the text.
inline const Value::object_t& as_object(const Value& value) {
  if (!value.is_object()) refuse_kind(value, "an object");
  return value.get_ref<const Value::object_t&>();
}

/// The member of this name; null where the value has none, or is no object.
inline const Value* find(const Value& object, std::string_view name) {
  if (!object.is_object()) return nullptr;
  const Value::object_t& members = as_object(object);
  const auto found =
      std::ranges::find(members, name, [](const auto& member) { return std::string_view(member.first); });
  return found == members.end() ? nullptr : &found->second;
}

/// The same, where a missing member is a FormatError.
inline const Value& at(const Value& object, std::string_view name) {
  const Value* value = find(object, name);
  if (value == nullptr) throw FormatError(concat("json: ", kind(object), " without a member \"", name, "\""));
  return *value;
}

}  // namespace icolorit::json
