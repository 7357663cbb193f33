// SPDX-License-Identifier: Apache-2.0
#include "http2/request_fields.hpp"

#include <algorithm>
#include <optional>

#include <culvert/authority.hpp>
#include <culvert/error.hpp>
#include <culvert/http1/flaw.hpp>

#include "http1/grammar.hpp"
#include "http2/field_rules.hpp"

namespace culvert::http2 {

using http1::Flaw;
using Kind = RequestFields::Kind;

namespace {

using Part = std::optional<std::string_view>;

/// A field section taken apart.
struct Parts {
  Part method, scheme, authority, path, protocol;
  http1::Fields fields;
};

Part* slot_of(std::string_view name, Parts& parts) {
  if (name == ":method") return &parts.method;
  if (name == ":scheme") return &parts.scheme;
  if (name == ":authority") return &parts.authority;
  if (name == ":path") return &parts.path;
  if (name == ":protocol") return &parts.protocol;
  return nullptr;
}

/// Each of them once, and none behind an ordinary field (RFC 9113 §8.3).
bool take_pseudo(const Field& field, Parts& parts) {
  auto* slot = slot_of(field.name, parts);
  if (slot == nullptr || *slot || parts.fields.size() > 0) return false;
  *slot = field.value;
  return true;
}

Result<Parts> take_apart(const FieldSection& section) {
  Parts parts;
  parts.fields.reserve(section.size());
  for (const auto& field : section) {
    if (is_pseudo(field)) {
      if (!take_pseudo(field, parts)) return fail(Flaw::bad_pseudo_field);
      continue;
    }
    if (auto sound = check_field(field); !sound) return fail(sound.error());
    parts.fields.add({.name = field.name, .value = field.value});
  }
  return parts;
}

/// Those that there must be, and those that there must not be (RFC 9113 §8.3.1, §8.5; RFC 8441 §4).
bool has_its_parts(const Parts& parts) {
  if (!parts.method) return false;
  if (parts.method != "CONNECT") return parts.scheme && parts.path && !parts.protocol;
  if (!parts.authority) return false;
  const bool extended = parts.protocol.has_value();
  return parts.scheme.has_value() == extended && parts.path.has_value() == extended;
}

bool is_visible(char c) {
  return c > ' ' && c < 0x7f;
}

/// ALPHA *( ALPHA / DIGIT / "+" / "-" / "." ) (RFC 3986 §3.1)
bool is_scheme(std::string_view text) {
  const auto is_letter = [](char c) { return lower(c) >= 'a' && lower(c) <= 'z'; };
  return !text.empty() && is_letter(text.front()) && std::ranges::all_of(text, [=](char c) {
    return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
  });
}

/// Nothing that would end it, or begin it anew, where it stands in a URL. The backslash is a slash
/// to browsers (WHATWG URL §4.4).
bool is_authority(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, is_visible) &&
         text.find_first_of("/?#@\\") == std::string_view::npos;
}

bool is_path(std::string_view text, std::string_view method) {
  if (text == "*") return method == "OPTIONS";
  return text.starts_with('/') && std::ranges::all_of(text, is_visible) && !text.contains('#');
}

/// Two spellings of one place: one may name the port that the other leaves out, as clients do in
/// the Host of a CONNECT (for http1::read_target they are the same, too).
bool same_place(std::string_view host, std::string_view authority, Port missing) {
  if (http1::same_token(host, authority)) return true;
  const auto one = Authority::parse(authority, missing);
  return one && Authority::parse(host, one->port) == one;
}

Port usual_port(std::string_view scheme) {
  const bool plain = http1::same_token(scheme, "http") || http1::same_token(scheme, "ws");
  return Port::of(plain ? 80 : 443);
}

/// Host must say what `:authority` says, or stands in for it (RFC 9113 §8.3.1).
Result<std::string_view> read_authority(const Parts& parts) {
  const auto hosts = parts.fields.count("host");
  if (hosts > 1) return fail(Flaw::repeated_host);
  if (hosts == 0 && !parts.authority) return fail(Flaw::missing_host);
  const auto host = parts.fields.first("host");
  if (!parts.authority) return host.value_or("");
  const auto usual = usual_port(parts.scheme.value_or(""));
  if (host && !same_place(*host, *parts.authority, usual)) return fail(Flaw::other_host);
  return *parts.authority;
}

Kind kind_of(const Parts& parts) {
  if (parts.method != "CONNECT") return Kind::ordinary;
  return parts.protocol ? Kind::websocket : Kind::connect;
}

Result<void> check_parts(const RequestFields& request) {
  if (!http1::is_token(request.method)) return fail(Flaw::bad_method);
  if (!is_authority(request.authority)) return fail(Flaw::bad_target);
  if (request.kind == Kind::connect) return {};
  if (!is_scheme(request.scheme) || !is_path(request.path, request.method)) {
    return fail(Flaw::bad_target);
  }
  return {};
}

}  // namespace

Result<RequestFields> read_request(const FieldSection& section) {
  auto parts = take_apart(section);
  if (!parts) return fail(parts.error());
  if (!has_its_parts(*parts)) return fail(Flaw::bad_pseudo_field);
  const auto authority = read_authority(*parts);
  if (!authority) return fail(authority.error());

  RequestFields request{.kind = kind_of(*parts),
                        .method = parts->method.value_or(""),
                        .scheme = parts->scheme.value_or(""),
                        .authority = *authority,
                        .path = parts->path.value_or(""),
                        .fields = std::move(parts->fields)};
  if (auto sound = check_parts(request); !sound) return fail(sound.error());
  if (!http1::same_token(parts->protocol.value_or("websocket"), "websocket")) {
    return fail(Errc::protocol_not_supported);
  }
  return request;
}

}  // namespace culvert::http2
