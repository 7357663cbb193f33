// SPDX-License-Identifier: Apache-2.0
#include "proxy/reply.hpp"

#include <nlohmann/json.hpp>

#include <catch2/catch.hpp>
#include <culvert/error.hpp>
#include <culvert/http1/flaw.hpp>

using namespace culvert;
using namespace culvert::proxy;

namespace {

Refusal denied_by(std::string rule) {
  return {.why = Errc::http_request_denied, .rule = std::move(rule), .detail = {}, .id = 0xabc};
}

std::string head_of(const std::string& reply) {
  return reply.substr(0, reply.find("\r\n\r\n") + 4);
}
std::string body_of(const std::string& reply) {
  return reply.substr(reply.find("\r\n\r\n") + 4);
}

PageKind page_for(std::string_view accept) {
  http1::Fields fields;
  fields.add({.name = "accept", .value = accept});
  return page_kind_for(fields);
}

}  // namespace

TEST_CASE("reply: each failure has one status and one error of RFC 9209", "[reply]") {
  auto [why, status, error] = GENERATE(table<std::error_code, int, const char*>({
      {http1::Flaw::bad_request_line, 400, "http_request_error"},
      {http1::Flaw::repeated_host, 400, "http_request_error"},
      {http1::Flaw::bad_chunk, 400, "http_request_error"},
      {http1::Flaw::head_too_large, 431, "http_request_error"},
      {http1::Flaw::too_many_fields, 431, "http_request_error"},
      {http1::Flaw::target_too_long, 414, "http_request_error"},
      {http1::Flaw::bad_version, 505, "http_request_error"},
      {Errc::bad_authority, 400, "http_request_error"},
      {Errc::bad_port, 400, "http_request_error"},
      {Errc::scheme_unsupported, 400, "http_request_error"},
      {Errc::protocol_not_supported, 501, "http_request_error"},
      {Errc::not_a_proxy_request, 400, "http_request_error"},
      {Errc::request_timeout, 408, "http_request_error"},
      {Errc::http_request_denied, 403, "http_request_denied"},
      {Errc::destination_ip_prohibited, 403, "destination_ip_prohibited"},
      {Errc::connection_limit_reached, 503, "connection_limit_reached"},
      {Errc::client_limit_reached, 429, "connection_limit_reached"},
      {Errc::credentials_missing, 407, "http_request_denied"},
      {Errc::credentials_wrong, 407, "http_request_denied"},
      {Errc::credentials_guessed, 429, "http_request_denied"},
      {Errc::authentication_busy, 503, "proxy_internal_response"},
      {Errc::quota_exceeded, 429, "connection_limit_reached"},
      {Errc::rule_quota_exceeded, 503, "connection_limit_reached"},
      {Errc::budget_used_up, 429, "connection_limit_reached"},
      {Errc::name_not_found, 502, "dns_error"},
      {Errc::dns_error, 502, "dns_error"},
      {Errc::dns_timeout, 504, "dns_timeout"},
      {Errc::connection_refused, 502, "connection_refused"},
      {Errc::destination_ip_unroutable, 502, "destination_ip_unroutable"},
      {Errc::connection_terminated, 502, "connection_terminated"},
      {Errc::connection_timeout, 504, "connection_timeout"},
      {Errc::http_response_timeout, 504, "http_response_timeout"},
      {Errc::http_protocol_error, 502, "http_protocol_error"},
      {Errc::http_upgrade_failed, 502, "http_upgrade_failed"},
      {Errc::proxy_loop_detected, 508, "proxy_loop_detected"},
      {Errc::aborted, 500, "proxy_internal_error"},
      {std::make_error_code(std::errc::io_error), 500, "proxy_internal_error"},
  }));
  CAPTURE(why.message());
  const auto answer = answer_for(why);
  CHECK(answer.status == status);
  CHECK(std::string(answer.error) == error);
}

TEST_CASE("reply: the page is in what the client accepts, else in plain text", "[reply]") {
  CHECK(page_kind_for({}) == PageKind::text);
  CHECK(page_for("*/*") == PageKind::text);
  CHECK(page_for("text/html,application/xhtml+xml,*/*;q=0.8") == PageKind::html);
  CHECK(page_for("application/json") == PageKind::json);
  CHECK(page_for("image/avif,*/*") == PageKind::text);
}

TEST_CASE("reply: the head tells the length, the status and whether the connection stays",
          "[reply]") {
  const auto reply = write_reply(denied_by("games"), {.keep_alive = true});
  CHECK(head_of(reply) ==
        "HTTP/1.1 403 Denied By Rule games\r\nContent-Type: text/plain; charset=utf-8\r\n"
        "Content-Length: " +
            std::to_string(body_of(reply).size()) +
            "\r\nProxy-Status: culvert; error=http_request_denied; "
            "details=\"denied by policy, rule games\"\r\nCache-Control: no-store\r\n"
            "Connection: keep-alive\r\n\r\n");
  CHECK(body_of(reply) ==
        "403 Denied By Rule games: denied by policy; rule \"games\"; request 0000000000000abc\n");
  CHECK(head_of(write_reply(denied_by("games"), {})).contains("\r\nConnection: close\r\n"));
}

TEST_CASE("reply: an answer to HEAD has the same head and no body", "[reply]") {
  const auto whole = write_reply(denied_by("games"), {});
  CHECK(write_reply(denied_by("games"), {.without_body = true}) == head_of(whole));
}

TEST_CASE("reply: a rule's name cannot break out of where it stands", "[reply]") {
  const auto refusal = denied_by("a\r\nSet-Cookie: x\t\"q\\\x7f<b>&\xc3\xa4");
  for (const auto page : {PageKind::text, PageKind::html, PageKind::json}) {
    const auto reply = write_reply(refusal, {.page = page});
    const auto head = head_of(reply);
    CHECK(!head.contains("\r\nSet-Cookie"));
    CHECK(head.contains("details=\"denied by policy, rule a??Set-Cookie: x?\\\"q\\\\?<b>&??\""));
  }
  CHECK(body_of(write_reply(refusal, {.page = PageKind::html})).contains("&quot;q\\"));
  CHECK(!body_of(write_reply(refusal, {.page = PageKind::html})).contains("<b>"));
  const auto json = nlohmann::json::parse(body_of(write_reply(refusal, {.page = PageKind::json})));
  CHECK(json["rule"] == refusal.rule);
}

TEST_CASE("reply: a name that does not exist is told from other failures of DNS", "[reply]") {
  const auto status_of = [](Errc why) {
    return write_reply({.why = why, .rule = {}, .detail = {}}, {});
  };
  CHECK(status_of(Errc::name_not_found).contains("error=dns_error; rcode=\"NXDOMAIN\""));
  CHECK(!status_of(Errc::dns_error).contains("rcode"));
}

TEST_CASE("reply: who is over a limit is told when to come again", "[reply]") {
  const auto reply =
      write_reply({.why = Errc::connection_limit_reached, .rule = {}, .detail = {}}, {});
  CHECK(reply.contains("\r\nRetry-After: 5\r\n"));
  const auto later =
      write_reply({.why = Errc::quota_exceeded, .rule = {}, .detail = {}, .retry_after = 3600}, {});
  CHECK(later.contains("\r\nRetry-After: 3600\r\n"));
  const auto denied = write_reply(denied_by("games"), {});
  CHECK_FALSE(denied.contains("Retry-After"));
}

TEST_CASE("reply: a 407 has each challenge on a line of its own", "[reply]") {
  const auto reply = write_reply({.why = Errc::credentials_wrong,
                                  .rule = {},
                                  .detail = {},
                                  .challenges = {"Digest realm=\"c\"", "Basic realm=\"c\""}},
                                 {.keep_alive = true});
  CHECK(reply.starts_with("HTTP/1.1 407 Proxy Authentication Required\r\n"));
  CHECK(head_of(reply).contains(
      "\r\nProxy-Authenticate: Digest realm=\"c\"\r\nProxy-Authenticate: Basic realm=\"c\"\r\n"));
  CHECK(head_of(reply).contains("\r\nConnection: keep-alive\r\n"));
  CHECK(head_of(reply).contains("\r\nContent-Length: "));
  auto denied = denied_by("chat");
  denied.challenges = {"Basic realm=\"c\""};
  CHECK_FALSE(write_reply(denied, {}).contains("Proxy-Authenticate"));
}

TEST_CASE("reply: whoever is to wait is told how long", "[reply]") {
  Refusal slowed{.why = Errc::credentials_guessed, .rule = {}, .detail = {}};
  CHECK(write_reply(slowed, {}).contains("\r\nRetry-After: 5\r\n"));
  slowed.retry_after = 16;
  CHECK(write_reply(slowed, {}).contains("\r\nRetry-After: 16\r\n"));
}
