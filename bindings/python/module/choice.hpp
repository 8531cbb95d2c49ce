// Words of Python that stand for the values of an enumeration.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "icolorit/core/error.hpp"

namespace icolorit::python {

/// Throws ArgumentError, naming all words, for one that is none of them.
template <class Value>
Value choice(const char* what, std::string_view word, std::initializer_list<std::pair<const char*, Value>> known) {
  std::string names;
  for (const auto& [name, value] : known) {
    if (word == name) return value;
    names += concat(names.empty() ? "" : ", ", name);
  }
  throw ArgumentError(concat(what, " is '", word, "', expected one of ", names));
}

}  // namespace icolorit::python
