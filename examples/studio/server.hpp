// Server: the studio's page and its Api over HTTP, for browsers on this machine.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "api.hpp"

namespace icolorit::studio {

struct ServerOptions {
  /// Where no port is named, the first of these that is free: a browser keeps what a page could not send for that very
  /// address, so that the next start finds it again. (C-O-L-O-R on the keys of a telephone.)
  static constexpr int first_port = 26567, last_port = first_port + 31;

  std::optional<int> port{};     ///< 0: any that is free
  std::string address{};         ///< empty: the loopback interface, 127.0.0.1 and, where there is one, ::1
  std::string password{};        ///< demanded by Basic authorization; needed for any other address
  std::filesystem::path page{};  ///< serve the page from this folder instead of the program's own copy
};

/// A word of 128 random bits, in hexadecimal.
std::string random_token();

/// Serves until it is destroyed. Threads of its own wait for clients; one slow client keeps one of them, for as long as
/// a time-out allows.
class Server {
 public:
  /// Throws ArgumentError for an address without a password, Error where the address or port cannot be had, or where
  /// this program was built without cpp-httplib.
  Server(Api& api, const ServerOptions& options);
  ~Server();

  int port() const;
  /// What a browser opens: "http://127.0.0.1:PORT/#TOKEN".
  std::string url() const;
  const std::string& token() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace icolorit::studio
