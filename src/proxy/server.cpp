// SPDX-License-Identifier: Apache-2.0
#include "proxy/server.hpp"

#include <algorithm>
#include <atomic>
#include <random>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <sched.h>
#include <sys/resource.h>

#include "net/listener.hpp"
#include "net/socket_address.hpp"
#include "observe/log.hpp"
#include "proxy/bounds.hpp"
#include "proxy/secure.hpp"

namespace culvert::proxy {
namespace {

/// The cores that this process may use, not those of the machine.
unsigned usable_cores() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return static_cast<unsigned>(std::max(1, CPU_COUNT(&set)));
}

/// Those that this process may have open.
std::uint64_t descriptors_allowed() {
  rlimit limit{};
  return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : 0;
}

/// Two proxies in a chain must not take each other for themselves (RFC 9110 §7.6.3).
std::string made_up_pseudonym() {
  std::random_device random;
  return fmt::format("culvert-{:08x}", random());
}

std::string_view hint_for(std::error_code why) {
  if (why == std::errc::address_in_use) return " (another program listens there)";
  if (why == std::errc::not_a_socket) return " (the file there is something else, and stays)";
  if (why == std::errc::no_such_file_or_directory) return " (its directory does not exist)";
  return "";
}

std::unexpected<std::string> cannot_listen(const ListenPlace& place, std::error_code why) {
  return std::unexpected(
      fmt::format("cannot listen on {}: {}{}", place.text(), why.message(), hint_for(why)));
}

}  // namespace

std::expected<std::unique_ptr<Server>, std::string> Server::start(
    std::shared_ptr<const config::Config> config, std::function<void()> finished) {
  std::unique_ptr<Server> server(new Server);
  server->config_ = config;
  auto log = observe::AccessLog::open(config->log.access);
  if (!log) {
    return std::unexpected(fmt::format("cannot open the access log {}: {}", config->log.access,
                                       log.error().message()));
  }
  server->access_log_ = std::move(*log);

  auto setup = server->setup_of(config);
  if (!setup) return std::unexpected(setup.error());
  const auto tls = server->tls_of(*config);
  if (!tls) return std::unexpected(tls.error());
  const std::size_t count = config->workers == 0 ? usable_cores() : config->workers;
  std::vector<Sockets> sockets(count);
  for (const auto& listen : config->listen) {
    const auto bound = server->bind(listen, sockets);
    if (!bound) return std::unexpected(bound.error());
    server->bound_.push_back(*bound);
    server->bound_.back().tls = (*tls)[server->bound_.size() - 1];
  }
  server->use_terms();
  setup->listeners = server->terms_;
  server->census_ = std::make_shared<Census>(bounds_of(*config, descriptors_allowed(), count));
  const Shared shared{.access_log = server->access_log_,
                      .census = server->census_,
                      .exhaustion = std::make_shared<net::Exhaustion>(),
                      .quotas = server->quotas_,
                      .via = config->http.via.empty() ? made_up_pseudonym() : config->http.via};
  for (auto& own : sockets) {
    server->workers_.push_back(std::make_unique<Worker>(*setup, shared));
    for (auto& socket : own) server->workers_.back()->listen(std::move(socket));
  }
  server->run(std::move(finished));
  return server;
}

/// Reads the certificates of all listeners, or says which file is of no use.
std::expected<Server::TlsServers, std::string> Server::tls_of(const config::Config& config) const {
  TlsServers made;
  for (const auto& listen : config.listen) {
    made.emplace_back();
    if (!listen.tls) continue;
    const auto& settings = *listen.tls;
    std::vector<ListenTlsFinding> findings;
    made.back() = net::TlsServer::make(settings, ticket_secret_, findings);
    const auto wrong = std::ranges::find(findings, false, &ListenTlsFinding::warning);
    if (wrong == findings.end()) continue;
    return std::unexpected(fmt::format("the listener {}: {} {}", listen.place.text(),
                                       file_of(settings, *wrong), wrong->what));
  }
  return made;
}

/// What is made of a configuration for all workers, or why it cannot be.
std::expected<Setup, std::string> Server::setup_of(std::shared_ptr<const config::Config> config) {
  auto trust = net::TlsContext::for_origins(config->origin_tls.ca_file);
  if (!trust) return std::unexpected("origin_tls.ca_file: " + trust.error());
  std::shared_ptr<const Authenticator> authenticator;
  if (config->can_ask_user()) {
    if (!desk_) desk_ = std::make_shared<auth::Desk>();
    authenticator = std::make_shared<const Authenticator>(config->auth, config->users, desk_);
  }
  return Setup{.config = std::move(config),
               .trust = std::move(*trust),
               .authenticator = std::move(authenticator)};
}

/// Those who hold something already go by the new quotas, too.
void Server::use_quotas(const config::Config& config) {
  quotas_->use([&config](Holder::Kind kind, std::string_view key) -> policy::Quota {
    switch (kind) {
      case Holder::Kind::client: return config.client_quota;
      case Holder::Kind::user: return config.user_quota;
      case Holder::Kind::rule: break;
    }
    const auto& rules = config.policy.rules();
    const auto rule = std::ranges::find(rules, key, &policy::Rule::name);
    return rule == rules.end() ? policy::Quota() : rule->quota;
  });
}

void Server::run(std::function<void()> finished) {
  auto left = std::make_shared<std::atomic<std::size_t>>(workers_.size());
  try {
    for (auto& worker : workers_) {
      threads_.emplace_back([&worker = *worker, left, finished] {
        worker.run();
        if (--*left == 0) finished();
      });
    }
  } catch (const std::system_error&) {
    stop();  // those that run: the destructor waits for them
    throw;
  }
}

Server::~Server() {
  for (auto& thread : threads_) thread.join();
}

/// Makes a descriptor for each worker: of a Unix socket they are all of the same one.
std::expected<Server::Bound, std::string> Server::bind(const config::Listen& listen,
                                                       std::vector<Sockets>& into) const {
  const auto* path = listen.place.unix_path();
  if (path == nullptr) return bind_tcp(listen, *listen.place.endpoint(), into);
  auto made = net::listen_on(*path, listen.mode);
  if (!made) return cannot_listen(listen.place, made.error());
  for (auto& sockets : into) {
    auto socket = net::another(made->socket);
    if (!socket) return cannot_listen(listen.place, socket.error());
    sockets.push_back(std::move(*socket));
  }
  return Bound{.configured = listen, .actual = listen.place, .file = std::move(made->file)};
}

/// With port 0 the first worker's port is taken by the others.
std::expected<Server::Bound, std::string> Server::bind_tcp(const config::Listen& listen,
                                                           const Endpoint& endpoint,
                                                           std::vector<Sockets>& into) const {
  if (endpoint.port != 0 && !shares_port(endpoint)) {
    if (const auto error = net::check_free(endpoint)) return cannot_listen(endpoint, error);
  }
  auto actual = endpoint;
  for (auto& sockets : into) {
    auto socket = net::listen_on(actual);
    if (!socket) return cannot_listen(endpoint, socket.error());
    actual = net::local_endpoint(socket->number());
    sockets.push_back(std::move(*socket));
  }
  return Bound{.configured = listen, .actual = actual, .file = nullptr};
}

/// A port of our own is shared on purpose: 127.0.0.1 may become 0.0.0.0 in a reload.
bool Server::shares_port(const Endpoint& endpoint) const {
  return std::ranges::any_of(bound_, [&](const Bound& bound) {
    const auto* own = bound.actual.endpoint();
    return own != nullptr && own->port == endpoint.port &&
           (own->address.is_unspecified() || endpoint.address.is_unspecified());
  });
}

std::vector<ListenPlace> Server::places() const {
  std::vector<ListenPlace> all;
  all.reserve(bound_.size());
  for (const auto& bound : bound_) all.push_back(bound.actual);
  return all;
}

std::expected<void, std::string> Server::reload(std::shared_ptr<const config::Config> config) {
  auto setup = setup_of(config);
  if (!setup) return std::unexpected(setup.error());
  const auto tls = tls_of(*config);
  if (!tls) return std::unexpected(tls.error());
  auto left = bound_;
  std::vector<Bound> bound;
  std::vector<Sockets> added(workers_.size());
  for (const auto& listen : config->listen) {
    // Those with port 0 are told apart by their order alone.
    const auto kept = std::ranges::find_if(
        left, [&](const Bound& old) { return old.configured.place == listen.place; });
    if (kept != left.end()) {
      bound.push_back(*kept);
      bound.back().configured = listen;
      left.erase(kept);
    } else {
      const auto made = bind(listen, added);
      if (!made) return std::unexpected(made.error());
      bound.push_back(*made);
    }
    bound.back().tls = (*tls)[bound.size() - 1];
  }
  std::vector<ListenPlace> removed;
  removed.reserve(left.size());
  for (const auto& old : left) removed.push_back(old.actual);

  if (config->log.access != config_->log.access || config->workers != config_->workers ||
      config->http.via != config_->http.via) {
    observe::log_warning("log.access, workers and http.via take effect at the next start");
  }
  bound_ = std::move(bound);
  apply_modes();
  use_terms();
  setup->listeners = terms_;
  config_ = config;
  use_quotas(*config);
  census_->use(bounds_of(*config, descriptors_allowed(), workers_.size()));
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    workers_[i]->reload(*setup, std::move(added[i]), removed);
  }
  return {};
}

/// Those of Unix sockets, which may have changed.
void Server::apply_modes() const {
  for (const auto& bound : bound_) {
    const auto error = bound.file ? bound.file->set_mode(bound.configured.mode) : std::error_code();
    if (error) {
      observe::log_warning("cannot set the mode of {}: {}", bound.actual.text(), error.message());
    }
  }
}

/// What a listener said that is gone holds for the connections that came by it.
void Server::use_terms() {
  for (const auto& bound : bound_) {
    std::erase_if(terms_, [&](const auto& old) { return old.place == bound.actual; });
    terms_.push_back({.place = bound.actual,
                      .websocket = bound.configured.websocket,
                      .h2c = bound.configured.h2c,
                      .tls = bound.tls});
  }
}

std::expected<void, std::string> Server::reopen_log() {
  const auto error = access_log_->reopen();
  if (!error) return {};
  return std::unexpected(
      fmt::format("cannot open the access log {} again: {}; the old file stays in use",
                  config_->log.access, error.message()));
}

void Server::drain() {
  for (auto& worker : workers_) worker->drain(config_->shutdown_grace);
}

void Server::stop() {
  for (auto& worker : workers_) worker->stop();
}

}  // namespace culvert::proxy
