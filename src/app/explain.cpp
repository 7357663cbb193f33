// SPDX-License-Identifier: Apache-2.0
#include "app/explain.hpp"

#include <chrono>
#include <cstdio>
#include <exception>
#include <expected>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

#include <culvert/error.hpp>

#include "app/asked.hpp"
#include "app/asker.hpp"
#include "app/explanation.hpp"
#include "app/explanation_writers.hpp"
#include "app/load.hpp"
#include "app/own_timeouts.hpp"
#include "app/ways_in.hpp"
#include "app/when.hpp"
#include "base/local_time.hpp"
#include "dns/resolver.hpp"
#include "net/loop.hpp"
#include "proxy/dns_settings.hpp"

namespace culvert::app {
namespace {

constexpr int denied = 1;
constexpr int mistaken = 2;

std::expected<Asked, std::string> asked_of(const ExplainOrder& order) {
  auto asked = read_asked(order.target, order.method);
  if (!asked) return asked;
  const bool says_handshake = order.origin || !order.protocols.empty();
  if (says_handshake && !asked->is_websocket()) {
    return std::unexpected("--origin and --protocol are of a handshake; write a ws or wss URL");
  }
  asked->origin = order.origin;
  asked->protocols = order.protocols;
  return asked;
}

std::expected<Request, std::string> request_of(const ExplainOrder& order) {
  auto asked = asked_of(order);
  if (!asked) return std::unexpected(asked.error());
  Request request{.asked = *std::move(asked),
                  .user = order.user,
                  .groups = order.groups,
                  .when = minute_of_week(std::chrono::system_clock::now())};
  if (!order.client.empty()) {
    const auto client = Address::parse(order.client);
    if (!client) return std::unexpected(order.client + ": " + client.error().message());
    request.client = *client;
  }
  request.listener = order.listener;
  if (!order.time.empty()) {
    const auto when = read_minute_of_week(order.time);
    if (!when) return std::unexpected(order.time + ": write a time such as \"Mon 10:30\"");
    request.when = *when;
  }
  return request;
}

/// One look-up by the settings of a configuration, and a loop of its own for it.
class Lookup {
 public:
  explicit Lookup(const config::Config& config)
      : patience_(config.timeouts.connect), resolver_(loop_, proxy::dns_settings(config.dns)) {}

  Result<std::vector<Address>> addresses(const Host& host) {
    loop_.spawn(ask(host));
    loop_.run();
    return std::move(found_);
  }

 private:
  /// Borrows what it uses: the loop turns no longer than it takes.
  net::Task<void> ask(const Host& host) {
    found_ = co_await resolver_.look_up(host, net::after(loop_.now(), patience_));
    loop_.stop();
  }

  net::milliseconds patience_;
  net::Loop loop_;
  dns::Resolver resolver_;
  Result<std::vector<Address>> found_ = fail(Errc::dns_error);
};

int print(const Explanation& made, const std::string& file, bool json) {
  const auto colours = isatty(STDOUT_FILENO) == 1 ? Colours::on : Colours::off;
  fmt::print("{}", json ? as_json(made, file) : as_text(made, file, colours));
  return made.outcome == Explanation::Outcome::allow ? 0 : denied;
}

}  // namespace

int explain(const Command& command) {
  auto request = request_of(command.explain);
  if (!request) {
    say("culvert: " + request.error());
    return mistaken;
  }
  const auto loaded = load(command);
  say_mistakes(loaded);
  if (!loaded.config) return mistaken;

  const auto& config = *loaded.config;
  complete_asker(config, *request);
  auto ways = ways_in(config, request->listener);
  if (!ways) {
    say("culvert: " + ways.error());
    return mistaken;
  }
  request->asked.ways_in = *std::move(ways);
  Found found;
  if (command.explain.resolve && wants_addresses(config.policy, *request)) {
    found = Lookup(config).addresses(request->asked.target.host);
  }
  auto made = explained(config.policy, *std::move(request), found);
  made.timeouts = own_timeouts(config, made.decision.rule);
  made.origin_http = config.origin_http_of(made.decision.rule);
  return print(made, config.file, command.explain.json);
}

}  // namespace culvert::app
