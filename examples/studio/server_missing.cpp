// Stands in for server.cpp where cpp-httplib was not found.
#include "server.hpp"

namespace icolorit::studio {

class Server::Impl {};

Server::Server(Api&, const ServerOptions&) {
  throw Error(
      "this icolorit was built without the studio: install cpp-httplib (Debian: libcpp-httplib-dev libssl-dev "
      "zlib1g-dev libbrotli-dev), then configure and build again");
}
Server::~Server() = default;
int Server::port() const { return 0; }
std::string Server::url() const { return {}; }
const std::string& Server::token() const {
  static const std::string none;
  return none;
}

}  // namespace icolorit::studio
