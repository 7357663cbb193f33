// SPDX-License-Identifier: Apache-2.0
#include "app/run.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <sys/resource.h>

#include <culvert/version.hpp>

#include "app/load.hpp"
#include "app/signals.hpp"
#include "app/watch.hpp"
#include "observe/log.hpp"
#include "proxy/server.hpp"

namespace culvert::app {
namespace {

observe::Level level_of(const std::string& name) {
  if (name == "error") return observe::Level::error;
  if (name == "warning") return observe::Level::warning;
  if (name == "debug") return observe::Level::debug;
  return observe::Level::info;
}

/// As many connections as the system lets us have.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

std::string joined(const std::vector<ListenPlace>& places) {
  std::string all;
  for (const auto& place : places) all += (all.empty() ? "" : ", ") + place.text();
  return all;
}

std::string allowed_by(const Command& command, const config::Config& config) {
  if (command.config_file.empty()) {
    return "public hosts on ports 80, 443 and 1024-65535; private addresses are denied";
  }
  const auto rules = config.policy.rules().size();
  return fmt::format("what {} says ({} rule{}, else {})", command.config_file, rules,
                     rules == 1 ? "" : "s",
                     config.policy.by_default() == policy::Action::allow ? "allow" : "deny");
}

/// What it listens on, what it allows, and how to try it.
void greet(const Command& command, const config::Config& config, const proxy::Server& server) {
  const auto places = server.places();
  say(fmt::format("culvert {}: listening on {} with {} worker{}", culvert::version, joined(places),
                  server.workers(), server.workers() == 1 ? "" : "s"));
  say(fmt::format("allowed: {}; policy {}", allowed_by(command, config), config.policy_hash));
  // curl cannot use a proxy on a Unix socket.
  const auto tcp =
      std::ranges::find_if(places, [](const auto& place) { return place.endpoint() != nullptr; });
  if (tcp != places.end()) {
    // The places are in the order of the listeners.
    const auto& listen = config.listen[static_cast<std::size_t>(tcp - places.begin())];
    say(fmt::format("try: curl -x {}://{} http://example.com/", listen.tls ? "https" : "http",
                    tcp->text()));
  }
}

/// The running proxy and the signals that steer it.
class Running {
 public:
  explicit Running(const Command& command)
      : command_(command), signals_(loop_, [this](int number) { on_signal(number); }) {}

  int run() {
    auto loaded = load(command_);
    if (!loaded.config) {
      say_mistakes(loaded);
      return 1;
    }
    const auto config = std::make_shared<const config::Config>(std::move(*loaded.config));
    observe::set_log_level(level_of(config->log.level));
    auto started = proxy::Server::start(config, [this] { loop_.post([this] { loop_.stop(); }); });
    if (!started) {
      say("culvert: " + started.error());
      return 1;
    }
    server_ = std::move(*started);
    say_warnings(loaded);
    watch_.watch(config->watched_files);
    greet(command_, *config, *server_);
    loop_.run();
    return 0;
  }

 private:
  void on_signal(int number) {
    switch (number) {
      case SIGHUP: return reload();
      case SIGUSR1: return reopen_log();
      default: return end();  // SIGTERM, SIGINT
    }
  }

  void on_change(const std::vector<std::string>& files) {
    if (ending_) return;
    for (const auto& file : files) observe::log_info("{} has changed", file);
    reload();
  }

  void reload() {
    auto loaded = load(command_);
    for (const auto& mistake : loaded.mistakes) observe::log_error("{}", mistake.text());
    if (!loaded.config) {
      observe::log_error("reload refused: the configuration in force stays as it was");
      return;
    }
    const auto config = std::make_shared<const config::Config>(std::move(*loaded.config));
    if (const auto done = server_->reload(config); !done) {
      observe::log_error("reload refused, the configuration in force stays as it was: {}",
                         done.error());
      return;
    }
    for (const auto& warning : loaded.warnings) observe::log_warning("{}", warning.text());
    watch_.watch(config->watched_files);
    observe::set_log_level(level_of(config->log.level));
    observe::log_info("reloaded: {} rule(s), policy {}, listening on {}",
                      config->policy.rules().size(), config->policy_hash,
                      joined(server_->places()));
  }

  void reopen_log() {
    if (const auto done = server_->reopen_log(); !done) observe::log_error("{}", done.error());
  }

  void end() {
    if (ending_) {
      observe::log_info("ending now");
      return server_->stop();
    }
    ending_ = true;
    observe::log_info("draining: no new connections; a second signal ends at once");
    server_->drain();
  }

  const Command& command_;
  net::Loop loop_;
  Signals signals_;
  Watch watch_{loop_, {}, [this](const std::vector<std::string>& files) { on_change(files); }};
  std::unique_ptr<proxy::Server> server_;
  bool ending_ = false;
};

}  // namespace

int run(const Command& command) {
  raise_descriptor_limit();
  return Running(command).run();
}

int check(const Command& command) {
  const auto loaded = load(command);
  say_mistakes(loaded);
  say_warnings(loaded);
  if (!loaded.config) return 1;
  fmt::print("{}: ok; policy {}\n",
             command.config_file.empty() ? "no file, defaults" : command.config_file,
             loaded.config->policy_hash);
  return 0;
}

}  // namespace culvert::app
