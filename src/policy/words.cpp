// SPDX-License-Identifier: Apache-2.0
#include <culvert/policy.hpp>

namespace culvert::policy {

std::string_view word(Action action) {
  switch (action) {
    case Action::allow: return "allow";
    case Action::deny: return "deny";
  }
  return "?";
}

std::string_view word(Scheme scheme) {
  switch (scheme) {
    case Scheme::http: return "http";
    case Scheme::https: return "https";
    case Scheme::ws: return "ws";
    case Scheme::wss: return "wss";
    case Scheme::connect: return "connect";
  }
  return "?";
}

std::string_view word(Speech speech) {
  switch (speech) {
    case Speech::tls: return "tls";
    case Speech::websocket: return "websocket";
    case Speech::http: return "http";
    case Speech::any: return "any";
  }
  return "?";
}

std::string_view word(Sni sni) {
  switch (sni) {
    case Sni::off: return "off";
    case Sni::log: return "log";
    case Sni::match: return "match";
    case Sni::require: return "require";
  }
  return "?";
}

std::string_view word(Selector selector) {
  switch (selector) {
    case Selector::ports: return "ports";
    case Selector::clients: return "clients";
    case Selector::methods: return "methods";
    case Selector::schemes: return "schemes";
    case Selector::hours: return "hours";
    case Selector::hosts: return "hosts";
    case Selector::users: return "users";
  }
  return "?";
}

}  // namespace culvert::policy
