// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <culvert/address.hpp>
#include <culvert/authority.hpp>
#include <culvert/policy/host_set.hpp>
#include <culvert/policy/hours.hpp>
#include <culvert/quota.hpp>
#include <culvert/result.hpp>

namespace culvert::policy {

/// A few of an enumeration's values.
template <class Enum>
class Few {
 public:
  constexpr Few() = default;
  constexpr Few(std::initializer_list<Enum> members) {
    for (const auto member : members) add(member);
  }
  constexpr void add(Enum member) { bits_ |= bit(member); }
  constexpr bool has(Enum member) const { return (bits_ & bit(member)) != 0; }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr bool covers(Few other) const { return (other.bits_ & ~bits_) == 0; }
  friend constexpr bool operator==(const Few&, const Few&) = default;

 private:
  static constexpr std::uint8_t bit(Enum member) {
    return static_cast<std::uint8_t>(1U << static_cast<unsigned>(member));
  }
  std::uint8_t bits_ = 0;
};

/// `443` or `1024-65535`, both ends included.
struct PortRange {
  std::uint16_t first = 1;
  std::uint16_t last = 65535;
  bool contains(Port port) const { return port.number() >= first && port.number() <= last; }
};

enum class Action : std::uint8_t { allow, deny };

/// What a request asks for. A WebSocket handshake on the plain hop is ws or wss, whatever the
/// scheme of its target is called.
enum class Scheme : std::uint8_t { http, https, ws, wss, connect };

/// CONNECT comes as `connect` and nothing else does; a WebSocket handshake is a GET (RFC 6455
/// §4.1).
bool go_together(std::string_view method, Scheme scheme);

/// What may run in a CONNECT tunnel.
enum class Speech : std::uint8_t { tls, websocket, http, any };

/// What is asked of the server name in a tunnel's ClientHello (RFC 6066 §3). Each asks for what
/// stands before it, too.
enum class Sni : std::uint8_t {
  off,      ///< nothing
  log,      ///< it is written in the log
  match,    ///< one that is there is the CONNECT's host, or a host that the same rule allows
  require,  ///< there is one
};

/// One entry of `origins`: who may open a WebSocket, by its Origin field (RFC 6454 §7).
struct OriginPattern {
  std::string text;                      ///< as written, normalised
  std::string scheme;                    ///< empty: any
  std::shared_ptr<const HostSet> hosts;  ///< null: "null" or "none", by `text`
  std::optional<Port> port;              ///< nullopt: any
};

/// Reads `https://app.example.com` (a scheme without a port has its default one), with a port
/// `https://app.example.com:8443`, `app.example.com` (any scheme, any port), `app.example.com:8443`
/// (any scheme); each host may be a pattern such as `*.example.com`, but no network. `null` is a
/// page that has no origin to tell, `none` a handshake without the field, which no browser makes.
/// Else Errc::bad_host or bad_port.
Result<OriginPattern> parse_origin(std::string_view text);

/// True for an entry of `paths`: "/chat" or "/chat/*", in ASCII without a query, and such that it
/// cannot be read in two ways (see objection).
bool is_path_pattern(std::string_view text);

/// What a rule says of WebSocket handshakes, on the plain hop and in the clear in a tunnel.
struct WebSockets {
  bool denied = false;
  bool allowed = false;                ///< said so, in place of what a listener says
  std::vector<OriginPattern> origins;  ///< empty: all
  /// "/chat" exactly, "/chat/*" what begins with "/chat/"; empty: all.
  std::vector<std::string> paths;
  std::vector<std::string> protocols;  ///< subprotocols; empty: all, and none

  /// True when a listener that takes no WebSocket decides, since nothing here says allow or deny.
  bool leaves_to_listener() const { return !denied && !allowed; }
  bool restricted() const {
    return denied || !origins.empty() || !paths.empty() || !protocols.empty();
  }
};

/// Hosts that a rule names.
struct RuleHosts {
  std::string set;                       ///< the set's name; empty when they stand in the rule
  std::shared_ptr<const HostSet> hosts;  ///< never null
};

struct Rule {
  std::string name;  ///< never empty; what the log and the 403 page say
  Action action = Action::allow;
  std::uint32_t line = 0;  ///< where it stands in the file; 0 when it stands in none

  // Selectors. One that is empty matches all.
  std::vector<RuleHosts> hosts;
  std::vector<PortRange> ports;
  std::vector<Network> clients;
  std::vector<std::string> users;   ///< "*" is everyone who said who they are
  std::vector<std::string> groups;  ///< a user of one of `users`, or in one of these, matches
  std::vector<std::string> methods;
  Few<Scheme> schemes;
  Hours hours;

  /// The private addresses (is_private) that targets may have: none, all, or these networks only.
  bool all_private = false;
  std::vector<Network> private_networks;

  WebSockets websocket;
  Few<Speech> tunnel{Speech::tls, Speech::websocket, Speech::http};
  Sni sni = Sni::match;
  Quota quota;

  /// True when it asks who the user is.
  bool asks_user() const { return !users.empty() || !groups.empty(); }
  /// True when nothing in a tunnel is looked at.
  bool opaque() const {
    return tunnel.has(Speech::any) && sni == Sni::off && !websocket.restricted();
  }
  bool names_host(const Host& host) const;
};

/// A WebSocket handshake, as a request or a tunnel's first bytes have it. Views into these.
struct Handshake {
  std::string_view path;                    ///< with its query
  std::optional<std::string_view> origin;   ///< the Origin field
  std::vector<std::string_view> protocols;  ///< all that Sec-WebSocket-Protocol offers
};

/// Why a rule does not let this handshake through, for people: `origin "https://evil.example"`.
/// nullopt when it does. All subprotocols that are offered must be allowed, since the server may
/// take any of them. A path that could be read in two ways (dot segments, also with parameters
/// behind them, encoded slashes, dots and percent signs, backslashes, empty segments) fits no entry
/// of `paths`, and an Origin field that is not one origin no entry of `origins`.
std::optional<std::string> objection(const WebSockets& rule, const Handshake& handshake);

/// The words of the configuration.
std::string_view word(Action action);
std::string_view word(Scheme scheme);
std::string_view word(Speech speech);
std::string_view word(Sni sni);

}  // namespace culvert::policy
