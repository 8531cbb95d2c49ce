// JSON complaint: what nlohmann's parser says of a text that is no JSON, in words for people who typed it by hand.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "icolorit/core/error.hpp"

namespace icolorit::json::detail {

/// A kind of token, as nlohmann calls it, in plain words.
inline std::string plain_token(std::string_view token) {
  constexpr std::pair<std::string_view, std::string_view> words[] = {
      {"end of input", "the end of the text"},
      {"string literal", "a text in double quotes"},
      {"number literal", "a number"},
      {"'[', '{', or a literal", "a value: a number, a text in double quotes, true, false, null, [ or {"}};
  for (const auto& [theirs, plain] : words)
    if (token == theirs) return std::string(plain);
  return std::string(token);
}

/// From `what`, a message of nlohmann's, without its identifier, its place, and the token that it read last, whose
/// bytes may be anything: `found ']', expected a value: ...`. What is not known here stays as it is.
inline std::string plain_complaint(std::string what, const std::string& token) {
  if (const auto start = what.find("] "); start != what.npos) what.erase(0, start + 2);
  if (what.starts_with("parse error at ")) what.erase(0, what.find(": ") + 2);
  const std::string quoted = "; last read: '" + token + "'";
  if (const auto start = what.find(quoted); start != what.npos) what.erase(start, quoted.size());

  constexpr std::string_view prefix = "syntax error while parsing ", between = " - ", expectation = "; expected ";
  const auto dash = what.find(between);
  if (!what.starts_with(prefix) || dash == what.npos) return what.substr(0, 160);
  const std::string_view place = std::string_view(what).substr(prefix.size(), dash - prefix.size());
  std::string_view found = std::string_view(what).substr(dash + between.size()), wanted;
  if (const auto at = found.find(expectation); at != found.npos) {
    wanted = found.substr(at + expectation.size());
    found = found.substr(0, at);
  }
  // What came is not at fault: an item before it has no comma, or the list ends after a comma.
  if (wanted == "'}'" || wanted == "']'") return concat("expected ", wanted, ", or a comma before the next item");
  constexpr std::string_view unexpected = "unexpected ";
  std::string said(found);
  if (found.starts_with(unexpected)) said = concat("found ", plain_token(found.substr(unexpected.size())));
  if (found == "invalid literal") said = "found a word or sign that JSON does not know";
  if (found == "unexpected ']'" || found == "unexpected '}'")
    return concat(said, ", expected another item after the comma, or no comma");
  if (place == "object key") return concat(said, ", expected a name in double quotes, as in \"x\"");
  return (wanted.empty() ? said : concat(said, ", expected ", plain_token(wanted))).substr(0, 160);
}

}  // namespace icolorit::json::detail
