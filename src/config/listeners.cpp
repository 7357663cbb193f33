// SPDX-License-Identifier: Apache-2.0
#include "config/listeners.hpp"

#include "config/endpoint.hpp"
#include "config/listen_tls.hpp"

namespace culvert::config {
namespace {

void read_address(const Value& value, const std::string& key, Listener& into, Draft& draft) {
  const auto place = read_listen_address(value);
  if (!place) {
    draft.mistakes.add(value.place, key, place.error());
    return;
  }
  into.listen.place = *place;
  into.has_address = true;
  into.place = value.place;
}

template <bool Listen::* member>
void read_flag(const Value& value, const std::string& key, Listener& into, Draft& draft) {
  const auto read = read_bool(value);
  if (read) {
    into.listen.*member = *read;
  } else {
    draft.mistakes.add(value.place, key, read.error());
  }
}

void read_mode(const Value& value, const std::string& key, Listener& into, Draft& draft) {
  into.mode_place = value.place;
  const auto mode = read_socket_mode(value);
  if (mode) {
    into.listen.mode = *mode;
  } else {
    draft.mistakes.add(value.place, key, mode.error());
  }
}

void read_h2c(const Value& value, const std::string& key, Listener& into, Draft& draft) {
  into.h2c_place = value.place;
  read_flag<&Listen::h2c>(value, key, into, draft);
}

constexpr Part<Listener> parts[] = {
    {.name = "address",
     .read = read_address,
     .help = "Where clients connect to: \"127.0.0.1:3128\", \"[::1]:3128\", "
             "\"unix:/run/culvert.sock\"."},
    {.name = "open",
     .read = read_flag<&Listen::open>,
     .help = "true: anyone who can reach the address may use it, and that is meant."},
    {.name = "websocket",
     .read = read_flag<&Listen::websocket>,
     .help = "false: WebSockets are answered 403, but for rules that say websocket = \"allow\"."},
    {.name = "mode",
     .read = read_mode,
     .help = "Of a Unix socket's file, in octal: who has write permission may connect."},
    {.name = "h2c",
     .read = read_h2c,
     .help =
         "true: clients may speak HTTP/2 in the clear, without asking first (prior knowledge)."},
    {.name = "tls",
     .read = read_listen_tls,
     .help = "Clients speak TLS: { certificate, key, client_ca, client_certificate, client_user, "
             "min_version, alpn }."},
};

/// The listener that has this address already, or null. The system gives each port 0 another one.
const Listener* twin(const Listener& listener, const Draft& draft) {
  for (const auto& other : draft.listeners) {
    const auto& place = other.listen.place;
    const bool chosen = place.endpoint() != nullptr && place.endpoint()->port == 0;
    if (!chosen && place == listener.listen.place) return &other;
  }
  return nullptr;
}

void add(Listener listener, Draft& draft) {
  if (const auto* other = twin(listener, draft)) {
    draft.mistakes.add(
        listener.place, listener.key,
        listener.listen.place.text() + " is listened on by " + other->key + " already");
  }
  const bool has_file = listener.listen.place.unix_path() != nullptr;
  if (listener.mode_place && !has_file) {
    draft.mistakes.add(
        *listener.mode_place, listener.key + ".mode",
        "is for Unix sockets, and " + listener.listen.place.text() + " has no file; leave it out");
  }
  if (listener.listen.h2c && listener.listen.tls) {
    draft.mistakes.add(
        *listener.h2c_place, listener.key + ".h2c",
        "is for listeners without tls, where alpn says what is spoken; leave it out");
  }
  draft.listeners.push_back(std::move(listener));
}

}  // namespace

std::span<const Part<Listener>> listen_parts() {
  return parts;
}

void read_listeners(const Value& value, Draft& draft) {
  draft.says_listen = true;
  const auto* list = std::get_if<List>(&value.what);
  if (list != nullptr && list->empty()) {
    draft.mistakes.add(value.place, "listen",
                       "listens nowhere; write a [[listen]] with an address, or leave it out for "
                       "127.0.0.1:3128");
  }
  for (const auto& [table, place, key] : elements(value, "listen", draft)) {
    Listener listener{.listen = {}, .place = place, .key = key};
    read_parts(listen_parts(), table, key, listener, draft);
    if (find(table, "address") == nullptr) {
      draft.mistakes.add(place, key + ".address",
                         "is missing; write one such as \"127.0.0.1:3128\"");
    } else if (listener.has_address) {
      add(std::move(listener), draft);
    }
  }
}

void override_listeners(const Value& value, Draft& draft) {
  draft.says_listen = true;
  for (const auto& replaced : draft.listeners) {
    if (!replaced.listen.websocket) {
      draft.warnings.add(value.place, "listen",
                         "replaces " + replaced.key + ", and with it websocket = false");
    }
    if (replaced.listen.tls) {
      draft.warnings.add(value.place, "listen",
                         "replaces " + replaced.key + ", and with it its tls");
    }
  }
  draft.listeners.clear();
  const auto addresses = read_list(value, "listen", draft, MayBeEmpty::no, read_listen_address);
  for (const auto& address : addresses) {
    const auto key = "listen[" + std::to_string(draft.listeners.size() + 1) + "]";
    add({.listen = {.place = address}, .place = value.place, .key = key}, draft);
  }
}

}  // namespace culvert::config
