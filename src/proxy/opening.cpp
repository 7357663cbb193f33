// SPDX-License-Identifier: Apache-2.0
#include "proxy/opening.hpp"

#include <optional>

#include <culvert/authority.hpp>
#include <culvert/http1/hop.hpp>
#include <culvert/http1/target.hpp>

#include "proxy/handshake.hpp"
#include "proxy/reach.hpp"

namespace culvert::proxy {
namespace {

using observe::Speech;

// What is no name may be of any length.
constexpr std::size_t longest_name = 253;

bool may_speak(const Request& request, policy::Speech speech) {
  const auto& may = request.terms().tunnel;
  return may.has(speech) || may.has(policy::Speech::any);
}

std::string not_allowed(policy::Speech speech) {
  return "speaks " + std::string(policy::word(speech)) + ", which the rule does not allow";
}

/// What `sni` says of a name in the tunnel, wherever it stands. Empty if nothing.
std::string objection_to_name(const Request& request, const std::optional<std::string>& name,
                              std::string_view what) {
  const auto sni = request.terms().sni;
  if (sni == policy::Sni::off || sni == policy::Sni::log) return {};
  if (!name) return sni == policy::Sni::require ? "has no " + std::string(what) : std::string();
  const auto host = Host::parse(*name);
  if (host && (*host == request.target.authority->host || same_rule_allows(request, *host))) {
    return {};
  }
  return std::string(what) + " " + *name + " is not " + request.target.authority->host.text() +
         ", and not allowed by the same rule";
}

std::optional<std::string> host_field(const http1::RequestHead& head) {
  const auto field = head.fields.first("Host");
  if (!field || field->empty()) return std::nullopt;
  const auto authority = Authority::parse(*field, Port::of(80));
  return authority ? authority->host.text() : std::string(*field);
}

bool asks_for_name(const Request& request) {
  const auto sni = request.terms().sni;
  return sni == policy::Sni::match || sni == policy::Sni::require;
}

/// The host that a request inside the tunnel is for. One in the target stands above the Host field
/// (RFC 9112 §3.2.2), but not every server knows that.
std::optional<std::string> inner_host(const http1::RequestHead& head, const http1::Target& target) {
  return target.authority ? target.authority->host.text() : host_field(head);
}

std::string objection_to_host(const Request& request, const http1::RequestHead& head,
                              const http1::Target& target) {
  const auto host = inner_host(head, target);
  const auto field = host_field(head);
  if (asks_for_name(request) && field && field != host) {
    return "Host " + *field + " is not that of its target, " + *host;
  }
  return objection_to_name(request, host, "Host");
}

/// What the listener says against a WebSocket, where the rule leaves it to that.
std::optional<std::string> objection_of_listener(const Request& request) {
  if (request.listener_takes_websocket || !request.terms().websocket.leaves_to_listener()) {
    return std::nullopt;
  }
  return "WebSocket, which the listener " + request.record.listener->text() + " does not take";
}

/// First the listener is asked, then the rule.
std::optional<std::string> objection_to(const policy::Handshake& handshake,
                                        const Request& request) {
  auto objection = objection_of_listener(request);
  return objection ? objection : policy::objection(request.terms().websocket, handshake);
}

/// What the tunnel's first bytes were, judged once more.
std::string objection_to_speech(const Request& again, const observe::AccessRecord& known) {
  std::optional<std::string> name(known.server_name());
  if (name->empty()) name.reset();
  switch (known.speech) {
    case Speech::tls: {
      inspect::ClientHello hello;
      hello.server_name = name;
      return judge(again, hello).objection;
    }
    case Speech::websocket: {
      if (!may_speak(again, policy::Speech::websocket)) {
        return not_allowed(policy::Speech::websocket);
      }
      auto objection = objection_to_name(again, name, "Host");
      return objection.empty() ? objection_to_handshake(again).value_or("") : objection;
    }
    case Speech::http:
      return may_speak(again, policy::Speech::http) ? objection_to_name(again, name, "Host")
                                                    : not_allowed(policy::Speech::http);
    case Speech::opaque:
    case Speech::unknown: break;
  }
  return may_speak(again, policy::Speech::any) ? "" : "was never looked into";
}

}  // namespace

Opening judge(const Request& request, const inspect::ClientHello& hello) {
  Opening made{.speech = Speech::tls,
               .server_name = hello.server_name.value_or(""),
               .objection = {},
               .hears_alert = true};
  if (!may_speak(request, policy::Speech::tls)) {
    made.objection = not_allowed(policy::Speech::tls);
    return made;
  }
  made.objection = objection_to_name(request, hello.server_name, "server name");
  if (!made.objection.empty() && hello.encrypted) made.objection += " (outside an encrypted hello)";
  return made;
}

Opening judge(const Request& request, const http1::RequestHead& head) {
  const auto target = http1::read_target(head);
  const auto upgrade = http1::read_upgrade(head);
  if (!target || !upgrade) {
    const auto& why = target ? upgrade.error() : target.error();
    return {.speech = Speech::http, .server_name = {}, .objection = why.message()};
  }
  const bool websocket = *upgrade == http1::Upgrade::websocket;
  Opening made{.speech = websocket ? Speech::websocket : Speech::http,
               .server_name = inner_host(head, *target).value_or("").substr(0, longest_name),
               .objection = {}};
  const auto speech = websocket ? policy::Speech::websocket : policy::Speech::http;
  if (!may_speak(request, speech)) {
    made.objection = not_allowed(speech);
    return made;
  }
  made.objection = objection_to_host(request, head, *target);
  if (made.objection.empty() && websocket) {
    made.objection = objection_to(handshake_of(head, target->path), request).value_or("");
  }
  return made;
}

Opening judge(const Request& request, const inspect::OtherSpeech& other) {
  Opening made;
  made.hears_alert = other.is_tls;
  // TLS that cannot be read would be a way round what is asked of its name.
  const bool hides_name = other.is_tls && asks_for_name(request);
  if (may_speak(request, policy::Speech::any) && !hides_name) return made;
  made.objection = "speaks " + other.detail;
  return made;
}

Opening judge_silence(const Request& request, std::string_view said) {
  constexpr char handshake = 22;  // of TLS, RFC 8446 §5.1
  Opening made;
  const bool hides_name = (said.starts_with(handshake) && asks_for_name(request)) ||
                          request.terms().sni == policy::Sni::require;
  if (may_speak(request, policy::Speech::any) && !hides_name) return made;
  made.objection =
      said.empty() ? "waits for the server to speak first" : "does not say in time what it speaks";
  return made;
}

bool is_opaque(const Request& request) {
  return request.terms().opaque() && !objection_of_listener(request);
}

std::optional<std::string> objection_to_handshake(const Request& request) {
  if (request.handshake.empty()) return std::nullopt;
  if (request.handshake == forgotten_handshake) {
    if (!request.terms().websocket.restricted()) return objection_of_listener(request);
    return "a WebSocket whose handshake was too long to be kept";
  }
  return objection_to(handshake_from(request.handshake), request);
}

std::string objecting_rule(const Request& request, const std::string& objection) {
  return objection == objection_of_listener(request) ? "" : request.record.rule;
}

std::string objection_to_target(Request& again, const observe::AccessRecord& known) {
  if (again.config->policy.mode() == policy::Mode::report) return {};
  if (!decide(again)) return "rule " + again.record.rule + " denies it";
  return judge_address(again, known.resolved).allowed ? "" : "its address is not allowed";
}

std::string objection_to_tunnel(Request& again, const observe::AccessRecord& known) {
  auto objection = objection_to_target(again, known);
  const bool reports = again.config->policy.mode() == policy::Mode::report;
  if (reports || !objection.empty()) return objection;
  if (again.scheme == policy::Scheme::connect) return objection_to_speech(again, known);
  return objection_to_handshake(again).value_or("");
}

}  // namespace culvert::proxy
