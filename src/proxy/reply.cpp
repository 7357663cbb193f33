// SPDX-License-Identifier: Apache-2.0
#include "proxy/reply.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <culvert/error.hpp>
#include <culvert/http1/flaw.hpp>

namespace culvert::proxy {
namespace {

constexpr const char* bad_request = "http_request_error";

Answer answer_for_flaw(http1::Flaw flaw) {
  if (flaw == http1::Flaw::head_too_large || flaw == http1::Flaw::too_many_fields) {
    return {431, bad_request, "Request Header Fields Too Large"};
  }
  if (flaw == http1::Flaw::target_too_long) return {414, bad_request, "URI Too Long"};
  if (flaw == http1::Flaw::bad_version) return {505, bad_request, "HTTP Version Not Supported"};
  return {400, bad_request, "Bad Request"};
}

Answer answer_for_errc(Errc why) {
  switch (why) {
    case Errc::bad_authority:
    case Errc::bad_host:
    case Errc::bad_port:
    case Errc::bad_address:
    case Errc::bad_network:
    case Errc::bad_hours: return {400, bad_request, "Bad Target"};
    case Errc::scheme_unsupported: return {400, bad_request, "Scheme Not Supported"};
    case Errc::protocol_not_supported: return {501, bad_request, "Protocol Not Supported"};
    case Errc::not_a_proxy_request: return {400, bad_request, "This Is A Proxy"};
    case Errc::request_timeout: return {408, bad_request, "Request Timeout"};
    case Errc::http_request_denied: return {403, "http_request_denied", "Forbidden"};
    case Errc::destination_ip_prohibited:
      return {403, "destination_ip_prohibited", "Address Not Allowed"};
    case Errc::connection_limit_reached:
      return {503, "connection_limit_reached", "Too Many Connections"};
    case Errc::client_limit_reached:
      return {429, "connection_limit_reached", "Too Many Connections From This Client"};
    case Errc::credentials_missing:
    case Errc::credentials_wrong:
      return {407, "http_request_denied", "Proxy Authentication Required"};
    case Errc::credentials_guessed:
      return {429, "http_request_denied", "Too Many Wrong Credentials"};
    case Errc::authentication_busy:
      return {503, "proxy_internal_response", "Too Many Passwords Being Checked"};
    case Errc::quota_exceeded: return {429, "connection_limit_reached", "Quota Used Up"};
    case Errc::rule_quota_exceeded:
      return {503, "connection_limit_reached", "Quota Of The Rule Used Up"};
    case Errc::budget_used_up: return {429, "connection_limit_reached", "Daily Budget Used Up"};
    case Errc::name_not_found: return {502, "dns_error", "Host Name Not Found"};
    case Errc::dns_error: return {502, "dns_error", "DNS Failure"};
    case Errc::dns_timeout: return {504, "dns_timeout", "DNS Timeout"};
    case Errc::connection_refused: return {502, "connection_refused", "Connection Refused"};
    case Errc::destination_ip_unroutable:
      return {502, "destination_ip_unroutable", "Host Unreachable"};
    case Errc::connection_terminated:
      return {502, "connection_terminated", "Connection Closed By Origin"};
    case Errc::connection_timeout: return {504, "connection_timeout", "Connect Timeout"};
    case Errc::http_response_timeout: return {504, "http_response_timeout", "Response Timeout"};
    case Errc::http_protocol_error: return {502, "http_protocol_error", "Bad Response"};
    case Errc::tls_certificate_error:
      return {502, "tls_certificate_error", "Origin Certificate Not Trusted"};
    case Errc::tls_protocol_error: return {502, "tls_protocol_error", "TLS Failure With Origin"};
    case Errc::stream_refused: return {502, "connection_terminated", "Refused By Origin"};
    case Errc::http_upgrade_failed: return {502, "http_upgrade_failed", "Upgrade Failed"};
    case Errc::proxy_loop_detected: return {508, "proxy_loop_detected", "Loop Detected"};
    case Errc::timed_out:
    case Errc::aborted: break;  // of a wait; whoever waited says what it means
  }
  return {500, "proxy_internal_error", "Internal Error"};
}

/// Text for a status line or a quoted string: visible ASCII and spaces.
std::string plain(std::string_view text) {
  std::string out;
  for (const char c : text) out += c >= ' ' && c <= '~' ? c : '?';
  return out;
}

/// An sf-string (RFC 8941 §3.3.3).
std::string sf_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : plain(text)) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

std::string escaped_html(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
  return out;
}

/// "Forbidden" says little in a client that shows nothing else: the phrase names the rule.
std::string phrase_of(const Refusal& refusal, const Answer& answer) {
  if (refusal.why != Errc::http_request_denied) return answer.phrase;
  if (refusal.rule.empty()) return "Denied By Policy";
  if (refusal.rule == "default") return "Host Not In Any Rule";
  return "Denied By Rule " + plain(refusal.rule);
}

/// One sentence for people.
std::string reason_of(const Refusal& refusal) {
  std::string reason = refusal.why.message();
  if (!refusal.detail.empty()) reason += ": " + refusal.detail;
  return reason;
}

std::string html_page(const Refusal& refusal, const Answer& answer) {
  std::string page = fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{0} "
      "{1}</title></head>\n"
      "<body><h1>{0} {1}</h1>\n<p>The proxy did not serve this request: {2}.</p>\n",
      answer.status, escaped_html(phrase_of(refusal, answer)), escaped_html(reason_of(refusal)));
  if (!refusal.rule.empty()) {
    page += fmt::format("<p>Rule: <code>{}</code></p>\n", escaped_html(refusal.rule));
  }
  return page +
         fmt::format("<p>Request <code>{:016x}</code>, culvert</p></body></html>\n", refusal.id);
}

std::string json_page(const Refusal& refusal, const Answer& answer) {
  nlohmann::ordered_json page;
  page["status"] = answer.status;
  page["error"] = answer.error;
  page["reason"] = reason_of(refusal);
  if (!refusal.rule.empty()) page["rule"] = refusal.rule;
  page["id"] = fmt::format("{:016x}", refusal.id);
  return page.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

std::string text_page(const Refusal& refusal, const Answer& answer) {
  std::string page =
      fmt::format("{} {}: {}", answer.status, phrase_of(refusal, answer), reason_of(refusal));
  if (!refusal.rule.empty()) page += fmt::format("; rule \"{}\"", refusal.rule);
  return page + fmt::format("; request {:016x}\n", refusal.id);
}

std::string page_of(const Refusal& refusal, const Answer& answer, PageKind kind) {
  switch (kind) {
    case PageKind::text: return text_page(refusal, answer);
    case PageKind::html: return html_page(refusal, answer);
    case PageKind::json: return json_page(refusal, answer);
  }
  return {};
}

const char* media_type_of(PageKind kind) {
  switch (kind) {
    case PageKind::text: return "text/plain; charset=utf-8";
    case PageKind::html: return "text/html; charset=utf-8";
    case PageKind::json: return "application/json";
  }
  return "";
}

/// The sf-parameters of Proxy-Status.
std::string proxy_status(const Refusal& refusal, const Answer& answer) {
  std::string value = fmt::format("culvert; error={}", answer.error);
  if (refusal.why == Errc::name_not_found) value += "; rcode=\"NXDOMAIN\"";
  std::string details = refusal.why.message();
  if (!refusal.rule.empty()) details += ", rule " + refusal.rule;
  if (!refusal.detail.empty()) details += ": " + refusal.detail;
  return value + "; details=" + sf_string(details);
}

}  // namespace

Answer answer_for(std::error_code why) {
  if (why.category() == http1::flaw_category()) {
    return answer_for_flaw(static_cast<http1::Flaw>(why.value()));
  }
  if (why.category() == error_category()) return answer_for_errc(static_cast<Errc>(why.value()));
  return {500, "proxy_internal_error", "Internal Error"};
}

PageKind page_kind_for(const http1::Fields& fields) {
  const auto accept = fields.first("Accept").value_or("");
  if (accept.contains("text/html")) return PageKind::html;
  if (accept.contains("application/json")) return PageKind::json;
  return PageKind::text;
}

std::string write_reply(const Refusal& refusal, const ReplyOptions& options) {
  const auto answer = answer_for(refusal.why);
  const auto page = page_of(refusal, answer, options.page);
  std::string out = fmt::format("HTTP/1.1 {} {}\r\n", answer.status, phrase_of(refusal, answer));
  out += fmt::format("Content-Type: {}\r\nContent-Length: {}\r\n", media_type_of(options.page),
                     page.size());
  if (options.date) out += fmt::format("Date: {}\r\n", *options.date);
  out += "Proxy-Status: " + proxy_status(refusal, answer) + "\r\n";
  out += "Cache-Control: no-store\r\n";
  if (answer.status == 503 || answer.status == 429) {
    out += fmt::format("Retry-After: {}\r\n", refusal.retry_after);
  }
  if (answer.status == 407) {
    for (const auto& challenge : refusal.challenges) {
      out += "Proxy-Authenticate: " + plain(challenge) + "\r\n";
    }
  }
  out += options.keep_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";
  if (!options.without_body) out += page;
  return out;
}

}  // namespace culvert::proxy
