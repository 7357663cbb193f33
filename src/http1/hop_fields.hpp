// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include <culvert/http1/head.hpp>

namespace culvert::http1 {

/// Fields that speak of one connection, or to one proxy, and are never forwarded (RFC 9110 §7.6.1,
/// §11.7; Proxy-Connection and HTTP2-Settings for what old and odd clients send).
bool is_hop_field(std::string_view name) noexcept;

/// Fields whose value is ours to say, since we read them otherwise than by passing them on: Host
/// and Content-Length.
bool is_made_anew(std::string_view name) noexcept;

/// What the recipient must see: where the message goes, how it is framed, who asks, and what
/// proxies before us said.
bool is_for_recipient(std::string_view name) noexcept;

/// True when a field of this name ends here: it is a hop field, or Connection names it and it is
/// not for the recipient. (A client that could take such a field away would use us to strip what a
/// front added: CVE-2022-1388.)
bool ends_here(const Fields& fields, std::string_view name);

}  // namespace culvert::http1
