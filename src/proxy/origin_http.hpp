// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include <culvert/http1/head.hpp>

#include "proxy/request.hpp"

/// Which HTTP an origin is spoken to by, as far as the request tells.
namespace culvert::proxy {

/// True where NTLM or Negotiate is named: schemes that authenticate a connection instead of a
/// request (RFC 4559 §6).
bool authenticates_connection(const http1::Fields& fields, std::string_view name);

/// True when the request may go on a stream: by its rule, and since it is for no connection of its
/// own.
bool may_go_on_stream(const Request& request);

}  // namespace culvert::proxy
