// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <culvert/result.hpp>

#include "base/place.hpp"
#include "config/config.hpp"
#include "net/unix_socket.hpp"
#include "observe/access_log.hpp"
#include "proxy/worker.hpp"

namespace culvert::proxy {

/// The proxy as a whole: one worker a core, each on a thread of its own. All calls from one thread.
class Server {
 public:
  /// Opens the access log and binds every listener, and only then starts: a failure is one line for
  /// people and leaves nothing behind. `finished` is called once, on some worker's thread, when the
  /// last worker has ended after drain() or stop().
  static std::expected<std::unique_ptr<Server>, std::string> start(
      std::shared_ptr<const config::Config> config, std::function<void()> finished);

  /// Waits for all workers; call drain() or stop() before.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Where it listens, with the ports that the system chose.
  std::vector<ListenPlace> places() const;
  unsigned workers() const { return static_cast<unsigned>(workers_.size()); }

  /// Goes on under a new configuration. When a new listener cannot be bound, nothing changes and
  /// the line says why. Workers and the access log's place stay as they were at the start.
  std::expected<void, std::string> reload(std::shared_ptr<const config::Config> config);
  /// Opens the access log's file anew.
  std::expected<void, std::string> reopen_log();
  /// Accepts no more, and ends when all is done, or after the configuration's shutdown_grace.
  void drain();
  /// Ends at once.
  void stop();

 private:
  struct Bound {
    config::Listen configured;
    ListenPlace actual;  // differs in the port when the configured one is 0
    std::shared_ptr<const net::SocketFile> file;     // of a Unix socket
    std::shared_ptr<const net::TlsServer> tls = {};  // null: in the clear
  };
  using Sockets = std::vector<net::Descriptor>;  // one a worker

  Server() = default;
  std::expected<Bound, std::string> bind(const config::Listen& listen,
                                         std::vector<Sockets>& into) const;
  std::expected<Bound, std::string> bind_tcp(const config::Listen& listen, const Endpoint& endpoint,
                                             std::vector<Sockets>& into) const;
  bool shares_port(const Endpoint& endpoint) const;
  void apply_modes() const;
  void use_terms();
  using TlsServers = std::vector<std::shared_ptr<const net::TlsServer>>;  // one a listener
  std::expected<TlsServers, std::string> tls_of(const config::Config& config) const;
  std::expected<Setup, std::string> setup_of(std::shared_ptr<const config::Config> config);
  void use_quotas(const config::Config& config);
  void run(std::function<void()> finished);

  std::shared_ptr<const config::Config> config_;
  std::shared_ptr<observe::AccessLog> access_log_;
  std::shared_ptr<auth::Desk> desk_;  // made when somebody can log in
  std::shared_ptr<Quotas> quotas_ = std::make_shared<Quotas>();
  std::shared_ptr<Census> census_;
  std::vector<Bound> bound_;
  std::vector<ListenerTerms> terms_;
  net::TicketSecret ticket_secret_ = net::new_ticket_secret();
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::thread> threads_;
};

}  // namespace culvert::proxy
