// SPDX-License-Identifier: Apache-2.0
// What a client is shown when the proxy does not serve it.
#include <catch2/catch.hpp>

#include "support/http.hpp"
#include "support/proxy.hpp"

using namespace culvert::test;

namespace {

const std::string no = "[[rule]]\nname = \"<no> & \\\"never\\\"\"\naction = \"deny\"\n";

}  // namespace

TEST_CASE("page: it is written in what the client accepts", "[page]") {
  auto [accept, type, says] = GENERATE(table<const char*, const char*, const char*>({
      {"", "text/plain; charset=utf-8", "rule \"<no> & \"never\"\""},
      {"Accept: */*\r\n", "text/plain; charset=utf-8", "rule \"<no> & \"never\"\""},
      {"Accept: text/html,application/xhtml+xml;q=0.9,*/*;q=0.8\r\n", "text/html; charset=utf-8",
       "<code>&lt;no&gt; &amp; &quot;never&quot;</code>"},
      {"Accept: application/json\r\n", "application/json", R"("rule":"<no> & \"never\"")"},
  }));
  CAPTURE(accept);
  Proxy proxy(no);
  auto client = proxy.connect();
  const auto response = ask(client, get("a.test", "/secret?q=1", accept));
  CHECK(response.status() == 403);
  CHECK(response.field("Content-Type") == type);
  CHECK(response.field("Cache-Control") == "no-store");
  CHECK(response.body.contains(says));
  CHECK(!response.body.contains("secret"));
  CHECK(response.body.contains(proxy.log(1).at(0)["id"].get<std::string>()));
}

TEST_CASE("page: JSON can be read by a program", "[page]") {
  const Proxy proxy(no);
  auto client = proxy.connect();
  const auto page =
      nlohmann::json::parse(ask(client, get("a.test", "/", "Accept: application/json\r\n")).body);
  CHECK(page["status"] == 403);
  CHECK(page["error"] == "http_request_denied");
  CHECK(page["rule"] == "<no> & \"never\"");
}

TEST_CASE("page: an answer to HEAD has a length and no body", "[page]") {
  const Proxy proxy(no);
  auto client = proxy.connect();
  client.send("HEAD http://a.test/ HTTP/1.1\r\nHost: a\r\n\r\n" + get("b.test"));
  CHECK(Response{.head = client.read_head(), .body = {}}.field("Content-Length") != "0");
  CHECK(read_response(client).status() == 403);  // what follows is the next answer
}

TEST_CASE("page: what the client wrote cannot break out of it", "[page]") {
  const Proxy proxy;
  auto client = proxy.connect();
  const auto path = "/" + std::string(10'000, 'p') + "<script>\"";
  const auto response = ask(
      client, "GET ftp://a.test" + path + " HTTP/1.1\r\nHost: a.test\r\nAccept: text/html\r\n\r\n");
  CHECK(response.status() == 400);
  CHECK(response.body.size() < 1000);
  CHECK(!response.body.contains("<script>"));
}
