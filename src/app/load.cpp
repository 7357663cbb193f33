// SPDX-License-Identifier: Apache-2.0
#include "app/load.hpp"

#include <cstdio>

#include <fmt/format.h>
#include <unistd.h>

#include "net/tls_context.hpp"
#include "net/tls_server.hpp"

namespace culvert::app {
namespace {

/// What makes a file of certificates useless; "" if nothing does.
std::string trouble_with(const std::string& ca_file) {
  const auto context = net::TlsContext::for_origins(ca_file);
  return context ? "" : context.error();
}

std::vector<ListenTlsFinding> findings_in(const ListenTls& tls) {
  std::vector<ListenTlsFinding> findings;
  net::TlsServer::make(tls, net::TicketSecret(), findings);
  return findings;
}

}  // namespace

config::Loaded load(const Command& command) {
  auto overrides = config::overrides_from(environ);
  overrides.insert(overrides.end(), command.overrides.begin(), command.overrides.end());
  return command.config_file.empty()
             ? config::defaults(overrides, trouble_with)
             : config::load(command.config_file, overrides, trouble_with, findings_in);
}

void say(const std::string& line) {
  fmt::print(stderr, "{}\n", line);
}

void say_mistakes(const config::Loaded& loaded) {
  for (const auto& mistake : loaded.mistakes) say("culvert: " + mistake.text());
}

void say_warnings(const config::Loaded& loaded) {
  for (const auto& warning : loaded.warnings) say("culvert: warning: " + warning.text());
}

}  // namespace culvert::app
