#include "http_message.hpp"

#include <charconv>
#include <cmath>

namespace icolorit::studio {

namespace {

template <class T>
T parsed(const HttpRequest& request, const char* name, const std::string& wanted) {
  const auto found = request.query.find(name);
  if (found == request.query.end()) throw ArgumentError(concat("the query has no \"", name, "\", expected ", wanted));
  const std::string& text = found->second;
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    throw ArgumentError(concat(name, " is \"", text.substr(0, 40), "\", expected ", wanted));
  return value;
}

}  // namespace

double HttpRequest::number(const char* name) const {
  const auto value = parsed<double>(*this, name, "a number");
  if (!std::isfinite(value)) throw ArgumentError(concat(name, " is not finite, expected a number"));
  return value;
}

std::int64_t HttpRequest::integer(const char* name, std::int64_t least, std::int64_t most) const {
  const std::string wanted = concat("a whole number in [", least, ",", most, "]");
  const auto value = parsed<std::int64_t>(*this, name, wanted);
  if (value < least || value > most) throw ArgumentError(concat(name, " is ", value, ", expected ", wanted));
  return value;
}

std::size_t HttpRequest::choice(const char* name, const std::vector<std::string_view>& names,
                                std::size_t otherwise) const {
  if (!query.contains(name)) return otherwise;
  const std::string given = text(name);
  std::string list;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == given) return i;
    list += concat(i == 0 ? "" : i + 1 == names.size() ? " or " : ", ", names[i]);
  }
  throw ArgumentError(concat(name, " is \"", given.substr(0, 40), "\", expected ", list));
}

}  // namespace icolorit::studio
