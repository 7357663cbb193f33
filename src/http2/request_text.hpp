// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include <culvert/http1/body.hpp>

#include "http2/request_fields.hpp"

namespace culvert::http2 {

/// The target over HTTP/1, as a proxy is asked (RFC 9112 §3.2): authority-form of CONNECT, else
/// absolute-form.
std::string target_of(const RequestFields& request);

/// The head of the same request over HTTP/1.1. One that asks for a tunnel asks for `close` as well:
/// what follows it is a tunnel's, and no request even if the tunnel is refused. `key`: the
/// Sec-WebSocket-Key of an extended CONNECT, which becomes a handshake (RFC 6455 §4.1); a key that
/// came with it means nothing (RFC 8441 §5).
std::string write_request(const RequestFields& request, std::string_view target,
                          const http1::Framing& framing, std::string_view key);

}  // namespace culvert::http2
