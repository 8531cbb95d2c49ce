// Guard: whom the server listens to. Every request passes it before anything else is looked at.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http_message.hpp"

namespace icolorit::studio {

/// Hosts that a browser on this machine may name. A page of another site that has its name resolve to this machine
/// (DNS rebinding) names its own.
struct Guard {
  std::string token;                ///< of this start
  std::vector<std::string> hosts;   ///< with ports; empty: any, for a server that is not on the loopback interface
  std::string basic_authorization;  ///< the whole header that a password demands; empty: no password

  /// What to answer instead, if the request must not be served.
  std::optional<HttpAnswer> refusal(const HttpRequest& request) const {
    const std::string host = request.header("Host");
    if (!hosts.empty() && std::ranges::find(hosts, host) == hosts.end())
      return error_answer(421, "this server is not called that: open the address that icolorit studio printed");
    if (const std::string origin = request.header("Origin"); !origin.empty() && origin != "http://" + host)
      return error_answer(403, "another site must not use this server: open the address that icolorit studio printed");
    if (!basic_authorization.empty() && !equal(request.header("Authorization"), basic_authorization)) {
      HttpAnswer answer = error_answer(401, "the password is missing or wrong; the name is icolorit");
      answer.headers.emplace_back("WWW-Authenticate", "Basic realm=\"icolorit studio\", charset=\"UTF-8\"");
      return answer;
    }
    if (request.path.starts_with("/api/") && !equal(request.header("X-Icolorit-Token"), token))
      return error_answer(401,
                          "the token is missing or of an earlier start: open the address that icolorit studio printed");
    return std::nullopt;
  }

 private:
  /// Takes the same time wherever the texts differ.
  static bool equal(std::string_view given, std::string_view wanted) {
    unsigned different = given.size() != wanted.size();
    for (std::size_t i = 0; i < wanted.size(); ++i)
      different |=
          static_cast<unsigned char>(wanted[i]) ^ static_cast<unsigned char>(i < given.size() ? given[i] : ~wanted[i]);
    return different == 0;
  }
};

}  // namespace icolorit::studio
