// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <system_error>

namespace culvert {

/// Why a request or a tunnel failed or ended. The names are those of RFC 9209 §2.3 where it has
/// one; proxy/reply.cpp is the one place that turns them into a status. What a parser finds wrong
/// with a message is an http1::Flaw, which is more precise.
enum class Errc {
  bad_authority = 1,          ///< not `host ":" port` (RFC 9112 §3.2.3)
  bad_host,                   ///< neither a DNS name nor an address in any spelling
  bad_port,                   ///< not 1 to 65535 in digits
  bad_address,                ///< not an IP address in its usual spelling
  bad_network,                ///< not `address "/" prefix-length`, or bits set behind the prefix
  bad_hours,                  ///< no days and times of a week (policy::Hours::parse)
  http_request_denied,        ///< a rule, or the default, says no
  destination_ip_prohibited,  ///< the name resolved only to addresses that the policy refuses
  connection_limit_reached,   ///< too many connections, or no descriptors left
  client_limit_reached,       ///< too many connections from this client
  credentials_missing,        ///< this needs a user, and the client did not say who it is
  credentials_wrong,          ///< what the client said of itself is not so, or cannot be read
  credentials_guessed,        ///< too many wrong credentials from this client
  authentication_busy,        ///< too many passwords are being checked
  quota_exceeded,             ///< the client or the user has taken what it may
  rule_quota_exceeded,        ///< all who come under the rule have taken what they may
  budget_used_up,             ///< nothing more may be moved today: found out while bytes moved
  request_timeout,            ///< the client took too long over a request head or body
  name_not_found,             ///< the name does not exist, or has no address (NXDOMAIN, no data)
  dns_error,                  ///< the name servers answered with a failure
  dns_timeout,                ///< the name servers did not answer
  connection_refused,         ///< the origin refuses connections on that port
  destination_ip_unroutable,  ///< there is no route to the origin
  connection_terminated,      ///< the origin closed or reset before its answer was complete
  connection_timeout,         ///< resolve and connect together took longer than allowed
  http_response_timeout,      ///< the origin took too long over its response head
  http_protocol_error,        ///< the origin's response is malformed
  stream_refused,             ///< the origin did not look at an HTTP/2 request: it may come again
  http_upgrade_failed,        ///< a 101 that does not answer the upgrade that was asked for
  tls_certificate_error,      ///< the origin's certificate is not trusted, or is another host's
  tls_protocol_error,         ///< the origin does not speak TLS, or not as it must
  proxy_loop_detected,        ///< the request came from here, or would come back here
  scheme_unsupported,         ///< an absolute-form target whose scheme culvert does not forward
  protocol_not_supported,     ///< extended CONNECT for something but WebSocket (RFC 8441)
  not_a_proxy_request,        ///< origin-form: the client takes the proxy for a web server
  timed_out,                  ///< a wait reached its deadline; the caller knows what that means
  aborted,                    ///< the wait was given up because the session is being ended
};

const std::error_category& error_category() noexcept;

inline std::error_code make_error_code(Errc code) noexcept {
  return {static_cast<int>(code), error_category()};
}

}  // namespace culvert

template <>
struct std::is_error_code_enum<culvert::Errc> : std::true_type {};
