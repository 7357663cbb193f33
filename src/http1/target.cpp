// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <culvert/error.hpp>
#include <culvert/http1/body.hpp>
#include <culvert/http1/flaw.hpp>
#include <culvert/http1/target.hpp>

#include "http1/framing.hpp"
#include "http1/grammar.hpp"

namespace culvert::http1 {
namespace {

/// Holds for every form (RFC 9112 §3.2): none lacks its Host, but for HTTP/1.0, and none has two.
Result<void> check_host_count(const RequestHead& head) {
  const auto hosts = head.fields.count("Host");
  if (hosts > 1) return fail(Flaw::repeated_host);
  if (hosts == 0 && head.version == Version::http11) return fail(Flaw::missing_host);
  return {};
}

/// Is the Host field, where there is one, `host [":" port]`?
bool host_is_sound(const RequestHead& head, bool may_be_empty) {
  const auto host = head.fields.first("Host");
  if (!host || (may_be_empty && host->empty())) return true;
  return Authority::parse(*host, Port::of(80)).has_value();
}

/// A body that is announced is the failure `announced`.
Result<void> check_no_body(const RequestHead& head, Flaw announced) {
  const auto framing = request_framing(head);
  if (!framing) return fail(framing.error());
  if (has_body(*framing)) return fail(announced);
  return {};
}

/// `host ":" port` (RFC 9112 §3.2.3). Clients in the field send Host with the port, without it, or,
/// under HTTP/1.0, not at all.
Result<Target> read_authority_form(const RequestHead& head) {
  if (head.target.contains('@')) return fail(Flaw::bad_target);
  auto authority = Authority::parse(head.target);
  if (!authority) return fail(authority.error());
  if (const auto host = head.fields.first("Host")) {
    const auto named = Authority::parse(*host, authority->port);
    if (!named) return fail(Flaw::bad_host);
    if (*named != *authority) return fail(Flaw::other_host);
  }
  if (auto none = check_no_body(head, Flaw::body_on_connect); !none) return fail(none.error());
  return Target{.form = Target::Form::authority, .authority = std::move(*authority), .path = {}};
}

/// ALPHA *( ALPHA / DIGIT / "+" / "-" / "." ) (RFC 3986 §3.1)
bool is_scheme(std::string_view text) {
  const auto is_letter = [](char c) { return lower(c) >= 'a' && lower(c) <= 'z'; };
  return !text.empty() && is_letter(text.front()) && std::ranges::all_of(text, [=](char c) {
    return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
  });
}

Result<Scheme> read_scheme(std::string_view text) {
  if (same_token(text, "http")) return Scheme::http;
  if (same_token(text, "https")) return Scheme::https;
  if (same_token(text, "ws")) return Scheme::ws;
  if (same_token(text, "wss")) return Scheme::wss;
  return fail(is_scheme(text) ? make_error_code(Errc::scheme_unsupported)
                              : make_error_code(Flaw::bad_target));
}

/// `h:443` or `h:443/`: what follows the first colon is a port, so no scheme stands before it.
bool starts_with_port(std::string_view rest) {
  const auto port = rest.substr(0, rest.find_first_of("/?"));
  return rest.empty() || (!port.empty() && std::ranges::all_of(port, is_digit));
}

/// Takes `scheme "://"` off `rest`. `mailto:x` and `urn:x:y` have a scheme too, only not one of
/// ours.
Result<Scheme> take_scheme(std::string_view& rest) {
  const auto colon = rest.find(':');
  if (colon == std::string_view::npos) return fail(Flaw::bad_target);
  const auto name = rest.substr(0, colon);
  rest.remove_prefix(colon + 1);
  const bool has_slashes = rest.starts_with("//");
  if (!has_slashes && starts_with_port(rest)) return fail(Flaw::bad_target);
  const auto scheme = read_scheme(name);
  if (!scheme) return scheme;
  if (!has_slashes) return fail(Flaw::bad_target);
  rest.remove_prefix(2);
  return scheme;
}

/// `scheme "://" host [":" port] [path] ["?" query]` (RFC 9112 §3.2.2)
Result<Target> read_absolute_form(const RequestHead& head) {
  auto rest = head.target;
  const auto scheme = take_scheme(rest);
  if (!scheme) return fail(scheme.error());

  const auto authority_text = rest.substr(0, rest.find_first_of("/?"));
  if (authority_text.empty() || authority_text.contains('@')) return fail(Flaw::bad_target);
  auto authority = Authority::parse(authority_text, default_port(*scheme));
  if (!authority) return fail(authority.error());
  if (!host_is_sound(head, true)) return fail(Flaw::bad_host);
  return Target{.form = Target::Form::absolute,
                .scheme = *scheme,
                .authority = std::move(*authority),
                .path = rest.substr(authority_text.size())};
}

/// A target for this proxy itself: `/path` or `*`.
Result<Target> read_own(const RequestHead& head, Target target) {
  if (!host_is_sound(head, false)) return fail(Flaw::bad_host);
  return target;
}

}  // namespace

Port default_port(Scheme scheme) {
  switch (scheme) {
    case Scheme::http:
    case Scheme::ws: return Port::of(80);
    case Scheme::https:
    case Scheme::wss: break;
  }
  return Port::of(443);
}

Result<Target> read_target(const RequestHead& head) {
  if (auto counted = check_host_count(head); !counted) return fail(counted.error());
  if (head.target.contains('#')) return fail(Flaw::bad_target);
  if (head.method == "CONNECT") return read_authority_form(head);
  if (head.method == "TRACE") {
    if (auto none = check_no_body(head, Flaw::body_on_trace); !none) return fail(none.error());
  }
  if (head.target == "*") {
    if (head.method != "OPTIONS") return fail(Flaw::bad_target);
    return read_own(head, {.form = Target::Form::asterisk, .authority = {}, .path = {}});
  }
  if (head.target.starts_with('/')) {
    return read_own(head, {.form = Target::Form::origin, .authority = {}, .path = head.target});
  }
  return read_absolute_form(head);
}

}  // namespace culvert::http1
