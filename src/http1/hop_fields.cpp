// SPDX-License-Identifier: Apache-2.0
#include "http1/hop_fields.hpp"

#include <algorithm>

#include "http1/grammar.hpp"

namespace culvert::http1 {
namespace {

constexpr std::string_view hop_names[] = {
    "Connection",
    "Proxy-Connection",
    "Keep-Alive",
    "TE",
    "Transfer-Encoding",
    "Upgrade",
    "HTTP2-Settings",
    "Proxy-Authenticate",
    "Proxy-Authentication-Info",
    "Proxy-Authorization",
};

constexpr std::string_view kept_names[] = {
    "Host", "Authorization", "Cookie",    "Set-Cookie", "Cache-Control",
    "Via",  "Forwarded",     "X-Real-IP", "Expect",     "Max-Forwards",
};

constexpr std::string_view kept_prefixes[] = {"Content-", "X-Forwarded-", "Sec-WebSocket-"};

}  // namespace

bool is_for_recipient(std::string_view name) noexcept {
  return std::ranges::any_of(kept_names, [name](auto kept) { return same_token(name, kept); }) ||
         std::ranges::any_of(kept_prefixes, [name](auto kept) { return has_prefix(name, kept); });
}

bool is_hop_field(std::string_view name) noexcept {
  return std::ranges::any_of(hop_names, [name](auto hop) { return same_token(name, hop); });
}

bool is_made_anew(std::string_view name) noexcept {
  return same_token(name, "Host") || same_token(name, "Content-Length");
}

bool ends_here(const Fields& fields, std::string_view name) {
  return is_hop_field(name) || (fields.has_token("Connection", name) && !is_for_recipient(name));
}

}  // namespace culvert::http1
