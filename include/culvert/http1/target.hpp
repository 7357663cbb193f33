// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include <culvert/authority.hpp>
#include <culvert/http1/head.hpp>
#include <culvert/result.hpp>

namespace culvert::http1 {

/// The scheme of an absolute-form target. ws is http and wss is https to a proxy, but the policy
/// and the log may tell them apart.
enum class Scheme : std::uint8_t { http, https, ws, wss };

/// The port of a target that names none: 80, or 443 for https and wss.
Port default_port(Scheme scheme);

/// What a request asks a forward proxy for (RFC 9112 §3.2).
struct Target {
  enum class Form : std::uint8_t {
    authority,  ///< CONNECT host:port
    absolute,   ///< GET http://host/path
    origin,     ///< GET /path: meant for this proxy itself
    asterisk,   ///< OPTIONS *
  };
  Form form = Form::origin;
  Scheme scheme = Scheme::http;        ///< absolute-form only
  std::optional<Authority> authority;  ///< authority-form and absolute-form
  /// absolute- and origin-form: path and query. Empty for `http://host` and "?q" for
  /// `http://host?q`; write_request puts the "/" there.
  std::string_view path;
};

/// Reads the target of a request and checks its Host field:
/// - CONNECT takes authority-form and nothing else; every other method refuses it. No userinfo,
///   path, query or sign; a port of 1 to 65535. A Host field must name the same host; its port may
///   be absent. A CONNECT that announces a body is Flaw::body_on_connect (`Content-Length: 0`
///   announces none).
/// - absolute-form wins over Host (RFC 9112 §3.2.2). userinfo and fragments are Flaw::bad_target.
///   A scheme that is not one of ours is Errc::scheme_unsupported, also in `mailto:x`; `h:443` has
///   none, since digits behind a colon are a port.
/// - `*` is for OPTIONS alone.
/// - A TRACE that announces a body is Flaw::body_on_trace (RFC 9110 §9.3.8).
/// - HTTP/1.1 must have one Host (Flaw::missing_host), HTTP/1.0 may have none, nobody more than one
///   (repeated_host). A Host that is no `host [":" port]` is bad_host; an empty one is allowed only
///   with absolute-form.
/// A target whose host or port is none has the code of Authority::parse: Errc::bad_authority,
/// bad_host or bad_port.
Result<Target> read_target(const RequestHead& head);

}  // namespace culvert::http1
