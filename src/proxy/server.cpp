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

std::unexpected<std::string> cannot_listen(const Endpoint& endpoint, std::error_code why) {
  const std::string hint =
      why == std::errc::address_in_use ? " (another program listens there)" : std::string();
  return std::unexpected(
      fmt::format("cannot listen on {}: {}{}", endpoint.text(), why.message(), hint));
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

  const auto trust = net::TlsContext::for_origins(config->origin_tls.ca_file);
  if (!trust) return std::unexpected("origin_tls.ca_file: " + trust.error());
  const std::size_t count = config->workers == 0 ? usable_cores() : config->workers;
  std::vector<Sockets> sockets(count);
  for (const auto& listen : config->listen) {
    const auto bound = server->bind(listen.endpoint, count, sockets);
    if (!bound) return std::unexpected(bound.error());
    server->bound_.push_back(*bound);
  }
  server->census_ = std::make_shared<Census>(bounds_of(*config, descriptors_allowed(), count));
  const Shared shared{.access_log = server->access_log_,
                      .census = server->census_,
                      .exhaustion = std::make_shared<net::Exhaustion>(),
                      .via = config->http.via.empty() ? made_up_pseudonym() : config->http.via};
  for (auto& own : sockets) {
    server->workers_.push_back(std::make_unique<Worker>(config, *trust, shared));
    for (auto& socket : own) server->workers_.back()->listen(std::move(socket));
  }
  server->run(std::move(finished));
  return server;
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

/// Makes a socket for each worker. With port 0 the first one's port is taken by the others.
std::expected<Server::Bound, std::string> Server::bind(const Endpoint& endpoint, std::size_t count,
                                                       std::vector<Sockets>& into) {
  // A port of our own is shared on purpose: 127.0.0.1 may become 0.0.0.0 in a reload.
  const bool ours = std::ranges::any_of(bound_, [&](const Bound& bound) {
    return bound.actual.port == endpoint.port &&
           (bound.actual.address.is_unspecified() || endpoint.address.is_unspecified());
  });
  if (endpoint.port != 0 && !ours) {
    if (const auto error = net::check_free(endpoint)) return cannot_listen(endpoint, error);
  }
  Bound bound{.configured = endpoint, .actual = endpoint};
  for (std::size_t i = 0; i < count; ++i) {
    auto socket = net::listen_on(bound.actual);
    if (!socket) return cannot_listen(endpoint, socket.error());
    bound.actual = net::local_endpoint(socket->number());
    into[i].push_back(std::move(*socket));
  }
  return bound;
}

std::vector<Endpoint> Server::endpoints() const {
  std::vector<Endpoint> all;
  all.reserve(bound_.size());
  for (const auto& bound : bound_) all.push_back(bound.actual);
  return all;
}

std::expected<void, std::string> Server::reload(std::shared_ptr<const config::Config> config) {
  const auto trust = net::TlsContext::for_origins(config->origin_tls.ca_file);
  if (!trust) return std::unexpected("origin_tls.ca_file: " + trust.error());
  const auto wanted = [&](const Bound& bound) {
    return std::ranges::any_of(
        config->listen, [&](const auto& listen) { return listen.endpoint == bound.configured; });
  };
  std::vector<Bound> bound;
  std::vector<Endpoint> removed;
  for (const auto& old : bound_) {
    if (wanted(old)) {
      bound.push_back(old);
    } else {
      removed.push_back(old.actual);
    }
  }
  std::vector<Sockets> added(workers_.size());
  for (const auto& listen : config->listen) {
    const bool kept = std::ranges::any_of(
        bound, [&](const Bound& old) { return old.configured == listen.endpoint; });
    if (kept) continue;
    const auto made = bind(listen.endpoint, workers_.size(), added);
    if (!made) return std::unexpected(made.error());
    bound.push_back(*made);
  }

  if (config->log.access != config_->log.access || config->workers != config_->workers ||
      config->http.via != config_->http.via) {
    observe::log_warning("log.access, workers and http.via take effect at the next start");
  }
  bound_ = std::move(bound);
  config_ = config;
  census_->use(bounds_of(*config, descriptors_allowed(), workers_.size()));
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    workers_[i]->reload(config, *trust, std::move(added[i]), removed);
  }
  return {};
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
