// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include <culvert/http1/hop.hpp>

namespace culvert::http1 {

/// True when a field of this name tells who the client is: Forwarded, X-Forwarded-For, X-Real-IP.
bool is_about_client(std::string_view name) noexcept;

/// Forwarded and X-Forwarded-For with this client behind those who are there. All lines become one,
/// since some recipients read only the first and some only the last. A Forwarded line with a quote
/// that does not end is left out: it would swallow what stands behind it. A client without an
/// address (it came over a Unix socket) is `unknown` (RFC 7239 §6.2).
void write_forwarded(std::string& out, const Fields& fields, std::string_view client);

}  // namespace culvert::http1
