// SPDX-License-Identifier: Apache-2.0
#include <string>

#include <culvert/error.hpp>

namespace culvert {
namespace {

const char* text_of(Errc code) {
  switch (code) {
    case Errc::bad_authority: return "the target is not host:port";
    case Errc::bad_host: return "not a host name or an address";
    case Errc::bad_port: return "the port is not a number from 1 to 65535";
    case Errc::bad_address: return "not an IP address";
    case Errc::bad_network: return "not an address or an address/prefix";
    case Errc::bad_hours: return "not days and times of a week";
    case Errc::http_request_denied: return "denied by policy";
    case Errc::destination_ip_prohibited: return "the host's address is not allowed";
    case Errc::connection_limit_reached: return "too many connections";
    case Errc::client_limit_reached: return "too many connections from this client";
    case Errc::credentials_missing: return "the proxy needs to know who you are";
    case Errc::credentials_wrong: return "the credentials for the proxy are wrong";
    case Errc::credentials_guessed: return "too many wrong credentials from this client";
    case Errc::authentication_busy: return "too many passwords are being checked";
    case Errc::quota_exceeded: return "the quota of this client or user is used up";
    case Errc::rule_quota_exceeded: return "the quota of the rule is used up";
    case Errc::budget_used_up: return "the budget of bytes for today is used up";
    case Errc::request_timeout: return "the request did not arrive in time";
    case Errc::name_not_found: return "the host name does not exist";
    case Errc::dns_error: return "the name servers failed";
    case Errc::dns_timeout: return "the name servers did not answer in time";
    case Errc::connection_refused: return "the origin refused the connection";
    case Errc::destination_ip_unroutable: return "the origin cannot be reached";
    case Errc::connection_terminated: return "the origin closed the connection";
    case Errc::connection_timeout: return "the origin could not be connected to in time";
    case Errc::http_response_timeout: return "the origin did not answer in time";
    case Errc::http_protocol_error: return "the origin's response is malformed";
    case Errc::tls_certificate_error: return "the origin's certificate is not trusted";
    case Errc::tls_protocol_error: return "the origin does not speak TLS as it must";
    case Errc::http_upgrade_failed: return "the origin does not take the upgrade as it must";
    case Errc::stream_refused: return "the origin refused the stream";
    case Errc::proxy_loop_detected: return "the request would come back to this proxy";
    case Errc::scheme_unsupported: return "the scheme of the target is not forwarded";
    case Errc::protocol_not_supported:
      return "only WebSockets can be asked for by extended CONNECT";
    case Errc::not_a_proxy_request: return "this is a proxy; the request is for a web server";
    case Errc::timed_out: return "timed out";
    case Errc::aborted: return "given up";
  }
  return "unknown error";
}

class Category : public std::error_category {
 public:
  const char* name() const noexcept override { return "culvert"; }
  std::string message(int code) const override { return text_of(static_cast<Errc>(code)); }
};

}  // namespace

const std::error_category& error_category() noexcept {
  static const Category category;
  return category;
}

}  // namespace culvert
