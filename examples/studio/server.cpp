#include "server.hpp"

#include <httplib.h>
#include <sys/random.h>

#include <array>
#include <thread>
#include <vector>

#include "../base64.hpp"
#include "growing_threads.hpp"
#include "guard.hpp"
#include "icolorit/io/byte_reader.hpp"
#include "icolorit/io/file.hpp"
#include "page_files.hpp"

namespace icolorit::studio {

namespace {

constexpr std::size_t connections = 1000;  // that are served at once
constexpr int keep_alive_seconds = 5, read_seconds = 5, write_seconds = 10;

constexpr const char* content_security_policy =
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

std::string content_type_of(std::string_view path) {
  constexpr std::array types{std::pair{".html", "text/html; charset=utf-8"},
                             std::pair{".css", "text/css; charset=utf-8"},
                             std::pair{".js", "text/javascript; charset=utf-8"},
                             std::pair{".mjs", "text/javascript; charset=utf-8"},
                             std::pair{".json", "application/json; charset=utf-8"},
                             std::pair{".svg", "image/svg+xml"},
                             std::pair{".png", "image/png"},
                             std::pair{".webmanifest", "application/manifest+json"}};
  for (const auto& [ending, type] : types)
    if (path.ends_with(ending)) return type;
  return "application/octet-stream";
}

/// Of the name icolorit.
std::string basic_authorization(const std::string& password) { return "Basic " + base64("icolorit:" + password); }

HttpRequest request_of(const httplib::Request& from) {
  HttpRequest request;
  request.method = from.method;
  request.path = from.path;
  for (const auto& [name, value] : from.params) request.query.emplace(name, value);
  request.header = [&from](const char* name) { return from.get_header_value(name); };
  return request;
}

/// By a provider of known length, so that httplib neither copies nor compresses it: this machine talks to itself.
void send(HttpAnswer answer, httplib::Response& to) {
  to.status = answer.status;
  to.set_header("Content-Security-Policy", content_security_policy);
  to.set_header("X-Content-Type-Options", "nosniff");
  to.set_header("Referrer-Policy", "no-referrer");
  to.set_header("Cross-Origin-Resource-Policy", "same-origin");
  to.set_header("Cache-Control", "no-store");
  for (const auto& [name, value] : answer.headers) to.set_header(name, value);
  if (answer.body.empty()) return;
  const std::size_t length = answer.body.size();
  to.set_content_provider(length, answer.content_type,
                          [body = std::make_shared<const std::string>(std::move(answer.body))](
                              std::size_t offset, std::size_t count, httplib::DataSink& sink) {
                            return sink.write(body->data() + offset, count);
                          });
}

}  // namespace

std::string random_token() {
  std::array<unsigned char, 16> bytes{};
  if (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
    throw Error("the system gives no random numbers");
  constexpr std::string_view digits = "0123456789abcdef";
  std::string token;
  for (const unsigned char byte : bytes) (token += digits[byte >> 4]) += digits[byte & 15];
  return token;
}

class Server::Impl {
 public:
  Impl(Api& api, const ServerOptions& options) : api_(api), page_(options.page) {
    const bool loopback = options.address.empty();
    if (!loopback && options.password.empty())
      throw ArgumentError(
          concat("--listen ", options.address, " lets other machines in: give a password with --password-file FILE"));
    guard_.token = random_token();
    if (!options.password.empty()) guard_.basic_authorization = basic_authorization(options.password);
    address_ = loopback ? "127.0.0.1" : options.address;
    if (options.port)
      port_ = bind(address_, *options.port);
    else
      for (int port = ServerOptions::first_port; port_ < 0 && port <= ServerOptions::last_port; ++port)
        port_ = bind(address_, port);
    if (port_ < 0)
      throw Error(concat("cannot listen on ", address_, " port ", options.port.value_or(ServerOptions::first_port),
                         ": another program may have it, try --port 0 for any that is free"));
    if (loopback) {
      bind("::1", port_);  // where there is no IPv6, or another has the port, 127.0.0.1 does
      for (const char* host : {"127.0.0.1", "localhost", "[::1]"}) guard_.hosts.push_back(concat(host, ':', port_));
      if (port_ == 80)
        for (const char* host : {"127.0.0.1", "localhost", "[::1]"}) guard_.hosts.emplace_back(host);
    }
    for (auto& server : servers_) threads_.emplace_back([&server] { server->listen_after_bind(); });
    for (auto& server : servers_)
      while (!server->is_running()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }

  ~Impl() {
    for (auto& server : servers_) server->stop();
    for (std::thread& thread : threads_) thread.join();
  }

  int port() const { return port_; }
  const std::string& token() const { return guard_.token; }
  std::string url() const {
    const bool v6 = address_.find(':') != address_.npos;
    return concat("http://", v6 ? "[" : "", address_, v6 ? "]" : "", ':', port_, "/#", guard_.token);
  }

 private:
  /// Returns the port, or -1.
  int bind(const std::string& address, int port) {
    auto server = std::make_unique<httplib::Server>();
    server->new_task_queue = [] { return new GrowingThreads(connections); };
    server->set_keep_alive_max_count(1'000'000);
    server->set_keep_alive_timeout(keep_alive_seconds);
    server->set_read_timeout(read_seconds);
    server->set_write_timeout(write_seconds);
    server->set_tcp_nodelay(true);
    server->set_payload_max_length(UploadLimits::bytes);
    // Two servers on one port would share its clients; httplib's own options would allow it.
    server->set_socket_options([](int socket) {
      const int yes = 1;
      setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    });
    add_routes(*server);
    const int bound = port == 0 ? server->bind_to_any_port(address) : server->bind_to_port(address, port) ? port : -1;
    if (bound > 0) servers_.push_back(std::move(server));
    return bound;
  }

  void add_routes(httplib::Server& server) {
    const auto without_body = [this](const httplib::Request& from, httplib::Response& to) {
      send(answer(request_of(from)), to);
    };
    const auto with_body = [this](const httplib::Request& from, httplib::Response& to,
                                  const httplib::ContentReader& read) {
      HttpRequest request = request_of(from);
      const auto refuse = [&to](HttpAnswer refusal) {
        refusal.headers.emplace_back("Connection", "close");  // the body was not read: nothing can follow it
        send(std::move(refusal), to);
      };
      if (auto refusal = guard_.refusal(request)) return refuse(std::move(*refusal));
      if (from.is_multipart_form_data())
        return refuse(error_answer(415, "send the bytes of the file as the body, not a form"));
      const std::size_t limit = Api::body_limit(request.method, request.path);
      bool too_large = false;
      read([&](const char* bytes, std::size_t count) {  // also what is too much, or it would be the next request
        too_large = too_large || request.body.size() + count > limit;
        if (!too_large) request.body.append(bytes, count);
        return true;
      });
      // Where no body goes at all, the address or the method is wrong, and the answer says so.
      send(too_large && limit > 0
               ? error_answer(413, concat("the body is larger than the ", limit, " bytes that go here"))
               : answer(request),
           to);
    };
    server.Get(".*", without_body);
    server.Options(".*", without_body);
    server.Delete(".*", httplib::Server::Handler(without_body));
    server.Post(".*", httplib::Server::HandlerWithContentReader(with_body));
    server.Put(".*", httplib::Server::HandlerWithContentReader(with_body));
    server.Patch(".*", httplib::Server::HandlerWithContentReader(with_body));
    server.set_error_handler(httplib::Server::Handler([](const httplib::Request&, httplib::Response& to) {
      if (to.status >= 400 && !to.has_header("Content-Security-Policy"))
        send(error_answer(to.status, "this is no request that the studio understands"), to);
    }));
    server.set_exception_handler([](const httplib::Request&, httplib::Response& to, const std::exception_ptr&) {
      send(error_answer(507, "there is not enough memory for this: close a picture, or use a smaller one"), to);
    });
  }

  HttpAnswer answer(const HttpRequest& request) {
    if (auto refusal = guard_.refusal(request)) return std::move(*refusal);
    if (request.path.starts_with("/api/")) return api_.answer(request);
    if (request.method != "GET" && request.method != "HEAD")
      return error_answer(405, "this address does not take this method, see openapi.yaml");
    return page_file(request.path == "/" ? "/index.html" : request.path);
  }

  HttpAnswer page_file(const std::string& path) const {
    const auto found = [&](std::string_view bytes) {
      HttpAnswer answer = byte_answer(std::string(bytes));
      answer.content_type = content_type_of(path);
      return answer;
    };
    if (page_.empty()) {
      for (const PageFile& file : page_files())
        if (file.path == path) return found(file.bytes);
    } else if (path.find("..") == path.npos) {  // while somebody writes the page
      const std::filesystem::path on_disk = page_ / path.substr(1);
      if (std::error_code error; std::filesystem::is_regular_file(on_disk, error))
        return found(as_text(read_file(on_disk)));
    }
    return error_answer(404, concat("the page has no ", path.substr(0, 80)));
  }

  Api& api_;
  std::filesystem::path page_;
  Guard guard_;
  std::string address_;
  int port_ = -1;
  std::vector<std::unique_ptr<httplib::Server>> servers_;
  std::vector<std::thread> threads_;
};

Server::Server(Api& api, const ServerOptions& options) : impl_(std::make_unique<Impl>(api, options)) {}
Server::~Server() = default;
int Server::port() const { return impl_->port(); }
std::string Server::url() const { return impl_->url(); }
const std::string& Server::token() const { return impl_->token(); }

}  // namespace icolorit::studio
