// SPDX-License-Identifier: Apache-2.0
#include "auth/credentials.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <optional>
#include <utility>

#include "auth/base64.hpp"
#include "auth/name.hpp"
#include "auth/parameters.hpp"
#include "http1/grammar.hpp"

namespace culvert::auth {
namespace {

using Read = std::expected<Credentials, Missing>;

Read malformed() {
  return std::unexpected(Missing::malformed);
}

Read read_basic(std::string_view text) {
  const auto pair = from_base64(text);
  if (!pair) return malformed();
  const auto colon = pair->find(':');
  if (colon == std::string::npos || !without_controls(*pair)) return malformed();
  Basic basic{.user = pair->substr(0, colon), .password = pair->substr(colon + 1)};
  if (!is_utf8(basic.user)) return malformed();
  return basic;
}

/// b64token (RFC 6750 §2.1).
bool is_bearer_token(std::string_view text) {
  const auto last = text.find_last_not_of('=');
  if (last == std::string_view::npos) return false;
  return std::ranges::all_of(text.substr(0, last + 1), [](char c) {
    const char letter = lower(c);
    return (letter >= 'a' && letter <= 'z') || is_digit(c) ||
           std::string_view("-._~+/").contains(c);
  });
}

bool is_lower_hex(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); });
}

/// A missing algorithm is MD5 (RFC 7616 §3.3).
std::optional<Algorithm> read_algorithm(const Parameters& given) {
  const auto found = given.find("algorithm");
  if (found == given.end() || http1::same_token(found->second, "MD5")) return Algorithm::md5;
  if (http1::same_token(found->second, "SHA-256")) return Algorithm::sha256;
  return std::nullopt;
}

std::optional<std::string> decode_percent(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    unsigned value = 0;
    const auto digits = text.substr(i + 1, 2);
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (digits.size() != 2 || error != std::errc() || end != digits.data() + 2) return std::nullopt;
    out += static_cast<char>(value);
    i += 2;
  }
  return out;
}

/// `username`, or `username*` with a name that is not ASCII (RFC 7616 §3.4.4), never both.
std::optional<std::string> read_username(const Parameters& given) {
  const auto plain = given.find("username");
  const auto extended = given.find("username*");
  if ((plain == given.end()) == (extended == given.end())) return std::nullopt;
  if (plain != given.end()) return plain->second;
  constexpr std::string_view charset = "UTF-8'";
  const std::string_view value = extended->second;
  if (!http1::has_prefix(value, charset)) return std::nullopt;
  const auto language_end = value.find('\'', charset.size());
  if (language_end == std::string_view::npos) return std::nullopt;
  return decode_percent(value.substr(language_end + 1));
}

/// The value of a parameter that must be there; empty is as good as missing.
std::optional<std::string> required(const Parameters& given, std::string_view name) {
  const auto found = given.find(name);
  if (found == given.end() || found->second.empty()) return std::nullopt;
  return found->second;
}

std::optional<std::uint32_t> read_count(std::string_view nc) {
  std::uint32_t count = 0;
  const auto [end, error] = std::from_chars(nc.data(), nc.data() + nc.size(), count, 16);
  if (nc.size() != 8 || error != std::errc() || end != nc.data() + nc.size()) return std::nullopt;
  return count;
}

bool is_false(const Parameters& given, std::string_view name) {
  const auto found = given.find(name);
  return found == given.end() || http1::same_token(found->second, "false");
}

/// Everything but qop=auth is refused: without qop nothing tells a replay (RFC 7616 §3.3), and we
/// offered neither auth-int nor userhash.
bool is_as_offered(const Parameters& given) {
  const auto qop = given.find("qop");
  return qop != given.end() && http1::same_token(qop->second, "auth") &&
         is_false(given, "userhash");
}

Read read_digest(std::string_view text) {
  const auto given = read_parameters(text);
  if (!given || !is_as_offered(*given)) return malformed();
  const auto algorithm = read_algorithm(*given);
  auto username = read_username(*given);
  auto nonce = required(*given, "nonce");
  auto uri = required(*given, "uri");
  auto response = required(*given, "response");
  auto cnonce = required(*given, "cnonce");
  auto nc = required(*given, "nc");
  const auto realm = given->find("realm");
  if (!algorithm || !username || !nonce || !uri || !response || !cnonce || !nc ||
      realm == given->end()) {
    return malformed();
  }
  const auto count = read_count(*nc);
  const std::size_t digits = *algorithm == Algorithm::md5 ? 32 : 64;
  if (!count || response->size() != digits || !is_lower_hex(*response)) return malformed();
  if (!without_controls(*username) || !is_utf8(*username)) return malformed();
  const auto opaque = given->find("opaque");
  return Digest{.username = std::move(*username),
                .realm = realm->second,
                .nonce = std::move(*nonce),
                .uri = std::move(*uri),
                .response = std::move(*response),
                .cnonce = std::move(*cnonce),
                .nc = std::move(*nc),
                .count = *count,
                .opaque = opaque == given->end() ? "" : opaque->second,
                .algorithm = *algorithm};
}

}  // namespace

Read read_credentials(std::string_view value) {
  const auto space = value.find(' ');
  if (space == std::string_view::npos) return malformed();
  const auto scheme = value.substr(0, space);
  auto rest = value.substr(space);
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));  // 1*SP
  if (http1::same_token(scheme, "Basic")) return read_basic(rest);
  if (http1::same_token(scheme, "Digest")) return read_digest(rest);
  if (http1::same_token(scheme, "Bearer") && is_bearer_token(rest)) {
    return Bearer{.token = std::string(rest)};
  }
  return malformed();
}

Read read_credentials(const http1::Fields& fields) {
  constexpr std::string_view name = "Proxy-Authorization";
  if (fields.count(name) == 0) return std::unexpected(Missing::none);
  const auto value = http1::only(fields, name);
  return value ? read_credentials(*value) : malformed();
}

}  // namespace culvert::auth
