// Fields: the members of a JSON object that somebody else wrote, read with their bounds.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "icolorit/image/hints.hpp"
#include "icolorit/io/json.hpp"
#include "icolorit/studio/document.hpp"

namespace icolorit::studio {

using Json = json::Value;

/// Reads one object; every complaint is an ArgumentError that begins with `name` and names the member, what it is and
/// what it should be. Members that nobody asks for are ignored.
class Fields {
 public:
  /// Throws ArgumentError unless the value is an object.
  Fields(const Json& object, std::string name) : object_(object), name_(std::move(name)) {
    if (!object.is_object())
      throw ArgumentError(concat(name_, " is ", described(object), ", expected an object like {...}"));
  }

  bool has(const char* member) const { return object_.contains(member); }
  /// Throws where it is missing.
  const Json& at(const char* member) const {
    const auto found = object_.find(member);
    if (found == object_.end()) throw ArgumentError(concat(name_, " has no \"", member, "\", which it needs"));
    return *found;
  }

  double number(const char* member, double least, double most) const {
    const Json& value = at(member);
    const bool good = value.is_number() && value.get<double>() >= least && value.get<double>() <= most;
    if (!good) fail(member, value, concat("a number in [", least, ",", most, "]"));
    return value.get<double>();
  }
  double number_or(const char* member, double least, double most, double otherwise) const {
    return has(member) ? number(member, least, most) : otherwise;
  }

  std::int64_t integer(const char* member, std::int64_t least, std::int64_t most) const {
    const Json& value = at(member);
    const bool good = value.is_number_integer() && !(value.is_number_unsigned() && value.get<std::uint64_t>() >> 63) &&
                      value.get<std::int64_t>() >= least && value.get<std::int64_t>() <= most;
    if (!good) fail(member, value, concat("a whole number in [", least, ",", most, "]"));
    return value.get<std::int64_t>();
  }

  bool flag(const char* member) const {
    const Json& value = at(member);
    if (!value.is_boolean()) fail(member, value, "true or false");
    return value.get<bool>();
  }
  bool flag_or(const char* member, bool otherwise) const { return has(member) ? flag(member) : otherwise; }

  /// A text of at most `most` characters.
  std::string text(const char* member, std::size_t most) const {
    const Json& value = at(member);
    if (!value.is_string()) fail(member, value, "a text");
    const auto& text = value.get_ref<const std::string&>();
    const auto characters = std::ranges::count_if(text, [](char c) { return (c & 0xc0) != 0x80; });
    if (static_cast<std::size_t>(characters) > most)
      throw ArgumentError(
          concat(name_, ": ", member, " has ", characters, " characters, at most ", most, " are allowed"));
    return text;
  }
  std::string text_or(const char* member, std::size_t most, std::string otherwise) const {
    return has(member) ? text(member, most) : otherwise;
  }

  /// Letters, digits, '-' and '_', 1 to 40 of them.
  std::string id(const char* member) const {
    const std::string text = this->text(member, DocumentLimits::id_length);
    const auto allowed = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    };
    if (text.empty() || !std::ranges::all_of(text, allowed))
      fail(member, at(member), "letters, digits, - and _, at least one");
    return text;
  }

  /// `#rrggbb`, a name of CSS, or {"a":..,"b":..} in Lab units; the lightness of the result says nothing.
  Lab<float> color(const char* member) const {
    const Json& value = at(member);
    if (value.is_object()) {
      const Fields ab(value, concat(name_, '.', member));
      return {50, static_cast<float>(ab.number("a", -160, 160)), static_cast<float>(ab.number("b", -160, 160))};
    }
    constexpr const char* wanted = R"("#rrggbb" or {"a":..,"b":..})";
    if (!value.is_string()) fail(member, value, wanted);
    try {
      return parse_color(value.get_ref<const std::string&>());
    } catch (const ArgumentError&) {
      fail(member, value, wanted);
    }
  }

  /// At least `least` points [x,y], each within ten times the picture.
  std::vector<Point> points(const char* member, std::size_t least) const {
    const Json& list = at(member);
    if (!list.is_array() || list.size() < least || list.size() > DocumentLimits::points)
      fail(member, list, concat(least, " to ", DocumentLimits::points, " points [x,y]"));
    std::vector<Point> result;
    result.reserve(list.size());
    for (const Json& item : list) {
      const auto coordinate = [&](std::size_t i) {
        constexpr double most = 1e7;
        if (!item[i].is_number() || !(std::abs(item[i].get<double>()) <= most))
          fail(member, item[i], "coordinates of points in pixels");
        return item[i].get<double>();
      };
      if (!item.is_array() || item.size() != 2) fail(member, item, "points [x,y]");
      result.push_back({coordinate(0), coordinate(1)});
    }
    return result;
  }

  const std::string& name() const { return name_; }

  /// "a number" and the like, or the value itself where it is short.
  static std::string described(const Json& value) {
    const std::string text = value.dump(-1, ' ', true);
    if (text.size() <= 40) return text;
    return value.is_array() ? concat("an array of ", value.size()) : concat("a long ", value.type_name());
  }

 private:
  [[noreturn]] void fail(const char* member, const Json& got, const std::string& wanted) const {
    throw ArgumentError(concat(name_, ": ", member, " is ", described(got), ", expected ", wanted));
  }

  const Json& object_;
  std::string name_;
};

}  // namespace icolorit::studio
