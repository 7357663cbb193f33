// SPDX-License-Identifier: Apache-2.0
#include "config/keys.hpp"

#include <algorithm>

#include "config/origin_http.hpp"
#include "config/websocket.hpp"

namespace culvert::config {
namespace {

/// The member of the Config that a path of members leads to.
template <auto... path>
auto& at(Draft& draft) {
  return (draft.config.*....*path);
}

template <milliseconds Timeouts::* limit>
constexpr Duration timeout() {
  return {.at = at<&Config::timeouts, limit>, .may_be_off = true};
}

std::string& default_action(Draft& draft) {
  return draft.default_action;
}

std::string& mode(Draft& draft) {
  return draft.mode;
}

std::string& forwarded(Draft& draft) {
  return draft.forwarded;
}

std::string& heartbeat(Draft& draft) {
  return draft.heartbeat;
}

std::string& origin_http(Draft& draft) {
  return draft.origin_http;
}

template <milliseconds websocket::Settings::* limit>
constexpr Duration websocket_duration() {
  return {.at = at<&Config::websocket, limit>, .may_be_off = true};
}

constexpr std::string_view forwarded_words[] = {"off", "add", "remove"};
constexpr std::string_view modes[] = {"enforce", "report"};
constexpr std::string_view actions[] = {"allow", "deny"};
constexpr std::string_view levels[] = {"error", "warning", "info", "debug"};

/// A path must have a slash, so that a word that was misspelt does not become a file.
bool is_path_or_off(std::string_view text) {
  return text.empty() || text == "off" || text.contains('/');
}

bool is_log_target(std::string_view text) {
  return !text.empty() && (text == "stdout" || is_path_or_off(text));
}

bool is_token_byte(char c) {
  const bool alphanumeric =
      (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return alphanumeric || std::string_view("!#$%&'*+-.^_`|~").contains(c);
}

/// A token (RFC 9110 §5.6.2), which is what stands in Via for a host's name (§7.6.3).
bool is_pseudonym(std::string_view text) {
  return text.size() <= 64 && std::ranges::all_of(text, is_token_byte);
}

/// What can stand in quotes in a challenge as it is.
bool is_realm(std::string_view text) {
  return !text.empty() && text.size() <= 128 && std::ranges::all_of(text, [](char c) {
    return c >= ' ' && c <= '~' && c != '"' && c != '\\' && c != ':';
  });
}

bool is_anything(std::string_view /*text*/) {
  return true;
}

bool is_path_or_nothing(std::string_view text) {
  return text.empty() || text.contains('/');
}

constexpr auto KiB = std::size_t{1024};
constexpr auto MiB = 1024 * KiB;
constexpr std::size_t most = 1'000'000'000;  // of what is counted in limits: in effect, no bound

constexpr Range any_number{0, most};

template <std::size_t policy::Quota::* member>
constexpr Count<std::size_t> client_count() {
  return {at<&Config::client_quota, member>, any_number};
}
template <std::uint64_t policy::Quota::* member>
constexpr Size client_bytes() {
  return {at<&Config::client_quota, member>, any_bytes};
}
template <std::size_t policy::Quota::* member>
constexpr Count<std::size_t> user_count() {
  return {at<&Config::user_quota, member>, any_number};
}
template <std::uint64_t policy::Quota::* member>
constexpr Size user_bytes() {
  return {at<&Config::user_quota, member>, any_bytes};
}

constexpr Key table[] = {
    {"workers", Count<unsigned>{at<&Config::workers>, {0, 1024}},
     "Threads that carry traffic; 0 is one for each core."},
    {"shutdown_grace", Duration{at<&Config::shutdown_grace>},
     "How long tunnels may go on after SIGTERM; more than 0."},

    {"policy.default", Choice{default_action, actions},
     "What happens to a request that no rule matches: \"allow\" or \"deny\"."},
    {"policy.mode", Choice{mode, modes},
     "\"enforce\", or \"report\": let pass what is denied, and log it."},

    {"auth.realm",
     Text{at<&Config::auth, &auth::Settings::realm>, is_realm,
          "1 to 128 letters, digits, spaces and ASCII signs without \\ \" and :"},
     "What clients are told that they log in to."},
    {"auth.htpasswd",
     Text{at<&Config::auth, &auth::Settings::htpasswd>, is_anything, "a file's path"},
     "Users and their passwords, hashed by bcrypt, yescrypt or SHA-crypt; for Basic."},
    {"auth.htdigest",
     Text{at<&Config::auth, &auth::Settings::htdigest>, is_anything, "a file's path"},
     "Users, realm, and their hash by SHA-256 or MD5; for Digest, which stock Java needs."},
    {"auth.tokens", Text{at<&Config::auth, &auth::Settings::tokens>, is_anything, "a file's path"},
     "Users and the SHA-256 of their tokens; for Bearer, and as a Basic password."},
    {"auth.groups", Text{at<&Config::auth, &auth::Settings::groups>, is_anything, "a file's path"},
     "Groups: \"dev: alice bob\", one a line."},
    {"auth.remember", Duration{at<&Config::auth, &auth::Settings::remember>, true},
     "How long a right password need not be hashed again; 0 or \"off\" hashes each time."},

    {"timeouts.request_head", timeout<&Timeouts::request_head>(),
     "From the first byte of a request to the end of its head."},
    {"timeouts.tls_handshake", timeout<&Timeouts::tls_handshake>(),
     "From a client's connection to a TLS listener to the end of its handshake."},
    {"timeouts.keep_alive", timeout<&Timeouts::keep_alive>(),
     "How long a client's connection may wait for its next request."},
    {"timeouts.connect", timeout<&Timeouts::connect>(),
     "To look up the host and connect to it, all its addresses together."},
    {"timeouts.response_head", timeout<&Timeouts::response_head>(),
     "From a request sent to the head of its response."},
    {"timeouts.body_idle", timeout<&Timeouts::body_idle>(),
     "How long a request or response body may make no progress."},
    {"timeouts.tunnel_first_bytes", timeout<&Timeouts::tunnel_first_bytes>(),
     "How long a tunnel's client may take to show what it speaks, where that is looked at."},
    {"timeouts.tunnel_idle", timeout<&Timeouts::tunnel_idle>(),
     "How long a tunnel may be silent; a byte either way starts the time anew."},
    {"timeouts.tunnel_lifetime", timeout<&Timeouts::tunnel_lifetime>(),
     "The longest that a tunnel may last, however busy."},
    {"timeouts.half_closed", timeout<&Timeouts::half_closed>(),
     "How long one direction may be silent after the other has ended."},
    {"timeouts.origin_idle", timeout<&Timeouts::origin_idle>(),
     "How long a connection to an origin is kept for the next request."},

    {"websocket.idle", websocket_duration<&websocket::Settings::idle>(),
     "How long a WebSocket may go without a byte of a message; heartbeats do not count."},
    {"websocket.heartbeat", Choice{heartbeat, heartbeat_words},
     "What keeps timeouts.tunnel_idle from striking: \"any\", \"answered\" or \"data\"."},
    {"websocket.pong_timeout", websocket_duration<&websocket::Settings::pong_timeout>(),
     "How long a Ping may go unanswered."},
    {"websocket.ping_interval", websocket_duration<&websocket::Settings::ping_interval>(),
     "How long a side may be silent before culvert sends it a Ping of its own."},
    {"websocket.strict", Flag{at<&Config::websocket, &websocket::Settings::strict>},
     "true: a WebSocket that breaks the protocol is ended (1002)."},
    {"websocket.max_message",
     Size{at<&Config::websocket, &websocket::Settings::max_message>, any_bytes},
     "The largest message, as it is sent (1009); 0 sets no limit."},
    {"websocket.max_frame",
     Size{at<&Config::websocket, &websocket::Settings::max_frame>, any_bytes},
     "The largest frame (1009); 0 sets no limit."},

    {"dns.servers", Servers{at<&Config::dns, &Dns::servers>},
     "Name servers, \"address\" or \"address:port\"; none: those of /etc/resolv.conf."},
    {"dns.hosts_file",
     Text{at<&Config::dns, &Dns::hosts_file>, is_path_or_off, "a path with a slash, or \"off\""},
     "Names that are asked for nowhere else; \"off\" reads none."},
    {"dns.timeout", Duration{at<&Config::dns, &Dns::timeout>},
     "Of the first try at one name server; more than 0."},
    {"dns.tries", Count<unsigned>{at<&Config::dns, &Dns::tries>, {1, 10}},
     "How often each name server is asked, 1 to 10."},
    {"dns.cache_entries",
     Count<std::size_t>{at<&Config::dns, &Dns::cache_entries>, {0, 10'000'000}},
     "Names that each worker remembers; 0 remembers none."},
    {"dns.min_ttl", Duration{at<&Config::dns, &Dns::min_ttl>, true},
     "An answer is kept at least this long, whatever its TTL; 0 or \"off\" sets no floor."},
    {"dns.max_ttl", Duration{at<&Config::dns, &Dns::max_ttl>},
     "An answer is kept at most this long, whatever its TTL; more than 0."},
    {"dns.negative_ttl", Duration{at<&Config::dns, &Dns::negative_ttl>, true},
     "How long it is remembered that a name does not exist; 0 or \"off\" forgets at once."},

    {"log.access",
     Text{at<&Config::log, &Log::access>, is_log_target,
          "\"stdout\", \"off\", or a file's path with a slash"},
     "Where the access log goes, one JSON object a line: \"stdout\", \"off\" or a path."},
    {"log.level", Choice{at<&Config::log, &Log::level>, levels},
     "How much is said on stderr: \"error\", \"warning\", \"info\" or \"debug\"."},

    {"http.via",
     Text{at<&Config::http, &Http::via>, is_pseudonym,
          "a name of letters, digits, - and . (64 at most)"},
     "This proxy's name in Via; \"\" makes one up at each start."},
    {"http.head_bytes",
     Size{at<&Config::http, &Http::limits, &http1::HeadLimits::head_bytes>, {KiB, MiB}},
     "The largest request or response head, 1KiB to 1MiB."},
    {"http.target_bytes",
     Size{at<&Config::http, &Http::limits, &http1::HeadLimits::target_bytes>, {256, MiB}},
     "The longest request target (URL), 256B to head_bytes."},
    {"http.fields",
     Count<std::size_t>{at<&Config::http, &Http::limits, &http1::HeadLimits::fields>, {10, 10'000}},
     "The most fields in a head, 10 to 10000."},
    {"http.forwarded", Choice{forwarded, forwarded_words},
     "Fields that tell origins who the client is: \"off\" (let alone), \"add\" or \"remove\"."},
    {"http.pool", Count<std::size_t>{at<&Config::http, &Http::pool>, {0, 100'000}},
     "Connections to origins that each worker keeps for later requests; 0 keeps none."},
    {"http.pool_per_origin",
     Count<std::size_t>{at<&Config::http, &Http::pool_per_origin>, {1, 100'000}},
     "The most of these for one origin."},
    {"http.origin_http", Choice{origin_http, origin_http_words},
     "How origins are spoken to: \"auto\", \"1.1\" or \"2\"."},
    {"http.remember_origins", Duration{at<&Config::http, &Http::remember_origins>, true},
     "How long it is remembered what an origin speaks; 0 or \"off\" forgets at once."},

    {"http2.max_streams", Count<std::size_t>{at<&Config::http2, &Http2::max_streams>, {1, 100'000}},
     "Streams that a client may have open on one connection, 1 to 100000."},
    {"http2.max_window", Size{at<&Config::http2, &Http2::max_window>, {64 * KiB, 1024 * MiB}},
     "How much may be under way on one stream to a receiver that keeps up, from 64KiB."},
    {"http2.extended_connect", Flag{at<&Config::http2, &Http2::extended_connect>},
     "false: clients are not offered WebSockets on HTTP/2 streams (RFC 8441)."},
    {"http2.resets", Count<std::size_t>{at<&Config::http2, &Http2::resets>, {1, 1'000'000}},
     "Streams that a client may open and reset at once, before its connection is ended."},
    {"http2.resets_per_second",
     Count<std::size_t>{at<&Config::http2, &Http2::resets_per_second>, {1, 1'000'000}},
     "Such resets in each second from then on."},
    {"http2.idle_frames",
     Count<std::size_t>{at<&Config::http2, &Http2::idle_frames>, {10, 1'000'000}},
     "Frames that move nothing (PING, SETTINGS, PRIORITY, empty DATA) at once."},
    {"http2.idle_frames_per_second",
     Count<std::size_t>{at<&Config::http2, &Http2::idle_frames_per_second>, {1, 1'000'000}},
     "Such frames in each second from then on."},
    {"http2.continuations",
     Count<std::size_t>{at<&Config::http2, &Http2::continuations>, {1, 1000}},
     "CONTINUATION frames that one head may have."},

    {"origin_tls.ca_file",
     Text{at<&Config::origin_tls, &OriginTls::ca_file>, is_path_or_nothing, "a path with a slash"},
     "Certificates that origins of https:// are verified by, in PEM; \"\": the system's."},

    {"limits.connections", Count<std::size_t>{at<&Config::limits, &Limits::connections>, {0, most}},
     "Client connections at one time, tunnels included; 0: as many as descriptors allow."},
    {"limits.connections_per_client",
     Count<std::size_t>{at<&Config::limits, &Limits::connections_per_client>, {0, most}},
     "Of these from one address (IPv6: /64) or local user; 0: 49 in 50, so that no client takes "
     "all."},
    {"limits.requests_per_connection",
     Count<std::size_t>{at<&Config::limits, &Limits::requests_per_connection>, {0, most}},
     "Requests on one client connection, which then ends in order; 0 sets no limit."},
    {"limits.min_body_rate", Size{at<&Config::limits, &Limits::min_body_rate>, {0, 1024 * MiB}},
     "Bytes a second that a request body must bring at least; 0 sets no floor."},
    {"limits.body_grace", Duration{at<&Config::limits, &Limits::body_grace>},
     "How long a request body may wait for its client beyond that rate; more than 0."},

    {"limits_per_client.tunnels", client_count<&policy::Quota::tunnels>(),
     "Open tunnels and WebSockets of one client (IPv6: /64); 0 sets no limit."},
    {"limits_per_client.tunnels_per_second", client_count<&policy::Quota::tunnels_per_second>(),
     "New ones a second; a second's worth may come at once."},
    {"limits_per_client.bytes_per_second", client_bytes<&policy::Quota::bytes_per_second>(),
     "Bytes of tunnels and of HTTP, heads too, a second, both directions together."},
    {"limits_per_client.bytes_per_day", client_bytes<&policy::Quota::bytes_per_day>(),
     "The same from midnight to midnight, local time."},

    {"limits_per_user.tunnels", user_count<&policy::Quota::tunnels>(),
     "Open tunnels and WebSockets of one user; 0 sets no limit."},
    {"limits_per_user.tunnels_per_second", user_count<&policy::Quota::tunnels_per_second>(),
     "New ones of one user a second; a second's worth may come at once."},
    {"limits_per_user.bytes_per_second", user_bytes<&policy::Quota::bytes_per_second>(),
     "Bytes of one user's tunnels and HTTP, heads too, a second, both directions together."},
    {"limits_per_user.bytes_per_day", user_bytes<&policy::Quota::bytes_per_day>(),
     "The same of one user from midnight to midnight, local time."},
};

}  // namespace

bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, is_token_byte);
}

std::span<const Key> keys() {
  return table;
}

const Key* find_key(std::string_view name) {
  const auto* found = std::ranges::find(table, name, &Key::name);
  return found == std::end(table) ? nullptr : found;
}

}  // namespace culvert::config
