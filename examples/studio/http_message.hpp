// An HTTP request and its answer, as the routes see them: without the library that brings them.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "icolorit/core/error.hpp"
#include "icolorit/studio/fields.hpp"

namespace icolorit::studio {

/// An error with the status that the answer has. Other errors become statuses in Api::answer.
class HttpError : public Error {
 public:
  HttpError(int status, const std::string& sentence) : Error(sentence), status_(status) {}
  int status() const { return status_; }

 private:
  int status_;
};

struct HttpRequest {
  std::string method, path;  ///< decoded, without the query
  std::map<std::string, std::string> query;
  std::function<std::string(const char* name)> header;  ///< empty where there is none
  std::string body;

  std::string text(const char* name, const std::string& otherwise = {}) const {
    const auto found = query.find(name);
    return found == query.end() ? otherwise : found->second;
  }
  /// Throws ArgumentError where it is missing or no number.
  double number(const char* name) const;
  double number_or(const char* name, double otherwise) const { return query.contains(name) ? number(name) : otherwise; }
  /// Throws ArgumentError where it is missing or no whole number in [least,most].
  std::int64_t integer(const char* name, std::int64_t least, std::int64_t most) const;
  std::int64_t integer_or(const char* name, std::int64_t least, std::int64_t most, std::int64_t otherwise) const {
    return query.contains(name) ? integer(name, least, most) : otherwise;
  }
  /// The position among `names`. Throws ArgumentError where it is none of them.
  std::size_t choice(const char* name, const std::vector<std::string_view>& names, std::size_t otherwise) const;
  /// The body as JSON. Throws FormatError.
  Json json() const { return json::parse(body); }
};

struct HttpAnswer {
  int status = 200;
  std::string content_type = "application/json; charset=utf-8";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers{};
};

/// A JSON answer.
inline HttpAnswer json_answer(const Json& value, int status = 200) {
  HttpAnswer answer;
  answer.status = status;
  answer.body = json::write(value);
  return answer;
}

/// Raw bytes.
inline HttpAnswer byte_answer(std::string bytes) {
  HttpAnswer answer;
  answer.content_type = "application/octet-stream";
  answer.body = std::move(bytes);
  return answer;
}

/// {"error": sentence}.
inline HttpAnswer error_answer(int status, const std::string& sentence) {
  constexpr std::size_t most = 300;
  const std::string cut = sentence.size() <= most ? sentence : sentence.substr(0, most - 3) + "...";
  HttpAnswer answer;
  answer.status = status;
  answer.body = Json{{"error", cut}}.dump(-1, ' ', false, Json::error_handler_t::replace);
  return answer;
}

}  // namespace icolorit::studio
