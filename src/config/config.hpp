// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <culvert/address.hpp>
#include <culvert/http1/head.hpp>
#include <culvert/http1/hop.hpp>
#include <culvert/policy.hpp>
#include <culvert/websocket/settings.hpp>

#include "auth/settings.hpp"
#include "auth/users.hpp"
#include "base/endpoint.hpp"
#include "base/file_state.hpp"
#include "base/listen_tls.hpp"
#include "base/place.hpp"

/// Everything that can be set, as one value that never changes once it is read. A reload makes a
/// new one.
///
/// The way of a file: document.cpp makes TOML a tree of values with their places; a table of keys
/// (keys.cpp, and the parts of listeners.cpp and rules.cpp) says what each may be and where it
/// goes; a variable or a flag becomes a value, too, and goes the same way; read.cpp then looks at
/// the whole. Nothing stops at a mistake. Reading toml++'s nodes straight into the Config would be
/// shorter by one type, but variables would need readers of their own.
namespace culvert::config {

using std::chrono::milliseconds;

struct Listen {
  ListenPlace place;
  bool open = false;          ///< `open = true`: anyone may use it, and that is meant
  bool websocket = true;      ///< WebSockets may be opened by it; a rule may say otherwise
  std::uint32_t mode = 0660;  ///< of a Unix socket's file
  bool h2c = false;           ///< HTTP/2 in the clear, with prior knowledge (RFC 9113 §3.3)
  std::optional<ListenTls> tls = {};
};

/// A limit of 0 is off. See design and etc/culvert.toml for what each one measures.
struct Timeouts {
  milliseconds request_head{std::chrono::seconds(10)};
  milliseconds tls_handshake{std::chrono::seconds(10)};
  milliseconds keep_alive{std::chrono::seconds(75)};
  milliseconds connect{std::chrono::seconds(10)};
  milliseconds response_head{std::chrono::seconds(60)};
  milliseconds body_idle{std::chrono::seconds(60)};
  milliseconds tunnel_first_bytes{std::chrono::seconds(5)};
  milliseconds tunnel_idle{std::chrono::hours(1)};
  milliseconds tunnel_lifetime{0};
  milliseconds half_closed{std::chrono::seconds(60)};
  milliseconds origin_idle{std::chrono::seconds(30)};
};

struct Dns {
  std::vector<Endpoint> servers;                  ///< empty: those of /etc/resolv.conf
  std::string hosts_file = "/etc/hosts";          ///< "off" or "" reads none
  milliseconds timeout{std::chrono::seconds(2)};  ///< of one try at one server
  unsigned tries = 3;
  std::size_t cache_entries = 10'000;  ///< per worker; 0 caches nothing
  milliseconds min_ttl{std::chrono::seconds(1)};
  milliseconds max_ttl{std::chrono::hours(1)};
  milliseconds negative_ttl{std::chrono::seconds(10)};

  friend bool operator==(const Dns&, const Dns&) = default;
};

struct Log {
  std::string access = "stdout";  ///< "stdout", "off" or a file's path
  std::string level = "info";     ///< of the error log on stderr: error, warning, info, debug
};

/// How an origin is spoken to, by its rule or in general.
enum class OriginHttp : std::uint8_t {
  automatic,  ///< to https:// what ALPN settles on; to http:// HTTP/1.1
  http11,
  http2,  ///< to http:// with prior knowledge (RFC 9113 §3.3)
};
/// As the configuration writes it: "auto", "1.1", "2".
std::string_view word(OriginHttp how);

struct Http {
  /// The name in Via. Empty: one made up at start, so that two proxies in a chain never share it.
  std::string via;
  http1::HeadLimits limits;
  http1::Forwarded forwarded = http1::Forwarded::remove;
  std::size_t pool = 512;             ///< connections to origins that wait, a worker; 0 keeps none
  std::size_t pool_per_origin = 128;  ///< of these, for one origin
  OriginHttp origin_http = OriginHttp::automatic;
  milliseconds remember_origins{std::chrono::minutes(10)};  ///< what they speak; 0 not at all
};

/// What clients are offered on HTTP/2, and how much of what only costs a connection may send: so
/// many at once, and then so many a second.
struct Http2 {
  std::size_t max_streams = 256;  ///< at one time
  /// The widest window of a stream: what may be under way to one that keeps up.
  std::size_t max_window = 8UL * 1024 * 1024;
  bool extended_connect = true;  ///< RFC 8441
  std::size_t resets = 1000;     ///< of streams that the client began itself
  std::size_t resets_per_second = 33;
  std::size_t idle_frames = 1000;  ///< PING, SETTINGS, PRIORITY, empty DATA and the like
  std::size_t idle_frames_per_second = 100;
  std::size_t continuations = 8;  ///< frames of one head behind its first
};

/// How origins are verified that are reached over TLS (https:// in absolute-form).
struct OriginTls {
  std::string ca_file;  ///< PEM; empty: the system's trust store
};

/// How much clients may take. What a 0 means is proxy/bounds.hpp's to say for connections; else it
/// is off.
struct Limits {
  std::size_t connections = 0;             ///< of clients at one time, tunnels included
  std::size_t connections_per_client = 0;  ///< of these, from one address or local user
  std::size_t requests_per_connection = 10'000;
  std::size_t min_body_rate = 100;                    ///< bytes a second of a request body
  milliseconds body_grace{std::chrono::seconds(20)};  ///< on top of what that rate allows
};

/// A user who is known by where requests come from.
struct Identity {
  Network network;
  std::string user;
};

struct Config {
  std::vector<Listen> listen;
  unsigned workers = 0;  ///< 0: one for each core that this process may use
  milliseconds shutdown_grace{std::chrono::seconds(30)};
  policy::Policy policy = policy::Policy::built_in();
  auth::Settings auth;
  std::shared_ptr<const auth::Users> users;  ///< null: nobody is known by name and secret
  std::vector<Identity> identities;          ///< the narrowest network first
  Timeouts timeouts;
  std::vector<Timeouts> rule_timeouts;  ///< of each rule of the policy, in its order
  websocket::Settings websocket;
  std::vector<websocket::Settings> rule_websocket;  ///< of each rule, like rule_timeouts
  std::vector<OriginHttp> rule_origin_http;         ///< the same
  Dns dns;
  Log log;
  Http http;
  OriginTls origin_tls;
  Http2 http2;
  Limits limits;
  policy::Quota client_quota;              ///< of each client, whatever rules allow it
  policy::Quota user_quota;                ///< of each user
  std::string file;                        ///< where it came from; empty when there is no file
  std::vector<WatchedFile> watched_files;  ///< a change of one is to be taken up by itself
  /// Proves which policy is in force: SHA-256 of what it means, with the contents of all its files,
  /// in hex. Two configurations that allow the same have the same.
  std::string policy_hash;

  /// True when somebody has a secret to prove who they are: then whoever is nobody is asked (407),
  /// and credentials are looked at.
  bool can_ask_user() const { return users && users->has_secrets(); }

  /// Those that hold for what this rule allowed; null: the default did.
  const Timeouts& timeouts_of(const policy::Rule* rule) const {
    if (rule == nullptr || rule_timeouts.empty()) return timeouts;
    return rule_timeouts[number_of(*rule)];
  }
  /// The same of what is asked of WebSockets.
  const websocket::Settings& websocket_of(const policy::Rule* rule) const {
    if (rule == nullptr || rule_websocket.empty()) return websocket;
    return rule_websocket[number_of(*rule)];
  }
  /// And of how its origins are spoken to.
  OriginHttp origin_http_of(const policy::Rule* rule) const {
    if (rule == nullptr || rule_origin_http.empty()) return http.origin_http;
    return rule_origin_http[number_of(*rule)];
  }

 private:
  /// From 0. The rule is one of the policy's own.
  std::size_t number_of(const policy::Rule& rule) const {
    return static_cast<std::size_t>(&rule - policy.rules().data());
  }
};

/// One mistake in a configuration. Line and column count from 1; 0 when it is not at one place.
struct Mistake {
  std::string file;  ///< or "CULVERT_WORKERS" (environment), "--listen" (flag)
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::string key;   ///< dotted: "timeouts.connect", "rule[2].hosts" (the second); may be empty
  std::string what;  ///< what is wrong, and what would be right
  /// "culvert.toml:3:1: timeouts.conect: unknown key; did you mean \"connect\"?"
  std::string text() const;
};

/// A value from outside the file. Flags win over environment, environment over file: of two with
/// one key the later in the list wins.
struct Override {
  std::string key;     ///< dotted, as in the file: "timeouts.connect", "workers", "listen"
  std::string value;   ///< as text: "5s", "4", "127.0.0.1:8080,[::1]:8080"
  std::string origin;  ///< for messages: "CULVERT_TIMEOUTS_CONNECT" or "--listen"
};

/// What is wrong with a file of certificates to trust, for people; empty if nothing is. Asked of
/// whoever knows TLS.
using TrustCheck = std::function<std::string(const std::string& ca_file)>;

/// What is wrong with the files of a TLS listener, and what is odd. Asked of whoever knows TLS.
using ListenTlsCheck = std::function<std::vector<ListenTlsFinding>(const ListenTls& tls)>;

struct Loaded {
  std::optional<Config> config;   ///< set when there is no mistake
  std::vector<Mistake> mistakes;  ///< all of them, in the order of the file
  std::vector<Mistake> warnings;  ///< what can hardly be meant, but may be
};

/// Reads a file, or text that came from one. A file that cannot be read, or is not TOML, is one
/// mistake. A file with neither `[policy]` nor a `[[rule]]` keeps Policy::built_in(); as soon as it
/// has either, only what it says holds, and what no rule matches is denied. What overrides replace
/// must be right all the same.
Loaded load(const std::string& path, const std::vector<Override>& overrides,
            const TrustCheck& trust = {}, const ListenTlsCheck& listen_tls = {});
Loaded parse(std::string_view toml, const std::string& name, const std::vector<Override>& overrides,
             const TrustCheck& trust = {}, const ListenTlsCheck& listen_tls = {});
/// What holds without a file.
Loaded defaults(const std::vector<Override>& overrides, const TrustCheck& trust = {});

/// The `CULVERT_` variables of an environment block ("NAME=value" strings, ended by null) as
/// overrides: CULVERT_TIMEOUTS_CONNECT is timeouts.connect. One that names no key is a mistake,
/// like an unknown key.
std::vector<Override> overrides_from(const char* const* environment);

}  // namespace culvert::config
