// SPDX-License-Identifier: Apache-2.0
// Ways round the policy, each of which ends before an origin is reached.
#include <catch2/catch.hpp>

#include "support/dns_server.hpp"
#include "support/http.hpp"
#include "support/proxy.hpp"

using namespace culvert::test;
using namespace std::chrono_literals;
using namespace std::string_literals;

namespace {

/// Requests in which every "{p}" stands for the origin's port.
struct Attempt {
  std::string says;
  std::string request;
  int status;
};

std::string filled_in(std::string request, std::uint16_t port) {
  for (auto at = request.find("{p}"); at != std::string::npos; at = request.find("{p}")) {
    request.replace(at, 3, std::to_string(port));
  }
  return request;
}

Attempt connects(const std::string& authority, int status, const std::string& fields = "") {
  return {"CONNECT " + authority, connect_to(authority, fields), status};
}

Attempt gets(const std::string& url, int status, const std::string& fields = "Host: a\r\n") {
  return {"GET " + url, "GET " + url + " HTTP/1.1\r\n" + fields + "\r\n", status};
}

/// The status of the answer; whatever was allowed must have reached the origin, and nothing else.
void check(const Attempt& attempt, const Proxy& proxy, Origin& origin) {
  CAPTURE(attempt.says);
  auto client = proxy.connect();
  client.send(filled_in(attempt.request, origin.port()));
  CHECK(Response{.head = client.read_head(), .body = {}}.status() == attempt.status);
  const bool allowed = attempt.status == 200;
  const bool visited = !origin.unvisited_for(allowed ? Peer::patience : 0ms);
  CHECK(visited == allowed);
  if (visited) origin.accept();
}

// All of them lead to the origin, so that the policy alone stands in the way.
const std::string hosts =
    "127.0.0.1 example.com evilexample.com example.com.evil.test www.example.com evil.test\n"
    "127.0.0.1 xn--exmple-cua.com xn--xample-2of.com example.co example.comm a.example.net\n"
    "127.0.0.1 example.net xn--bcher-kva.test bucher.test\n";

const std::string only_example =
    "[[rule]]\nname = \"example\"\naction = \"allow\"\nprivate = true\n"
    "hosts = [\"example.com\", \"*.example.net\", \"b\u00fccher.test\"]\n" CULVERT_OPAQUE;

/// A rule that lets `networks` be private addresses, and names that a name server knows.
std::string asking(const DnsServer& server, const std::string& rules) {
  return "workers = 1\n" + rules +
         "[dns]\nservers = [\"127.0.0.1:" + std::to_string(server.port()) +
         "\"]\nhosts_file = \"off\"\ncache_entries = 0\n";
}

const std::string only_two =
    "[[rule]]\nname = \"two\"\naction = \"allow\"\nprivate = [\"127.0.0.2/32\"]\n"
    "hosts = [\"name.test\"]\n" CULVERT_OPAQUE;

Say says(const std::vector<std::string>& addresses) {
  Say say;
  for (const auto& address : addresses) {
    say.records.push_back({.owner = "name.test", .type = Type::a, .ttl = 0, .data = address});
  }
  return say;
}

int status_of(const Proxy& proxy, const std::string& authority) {
  auto client = proxy.connect();
  client.send(connect_to(authority));
  return Response{.head = client.read_head(), .body = {}}.status();
}

}  // namespace

TEST_CASE("bypass: no spelling of a name makes it one that is allowed", "[bypass]") {
  Origin origin;
  const Proxy proxy(only_example, hosts);
  const std::vector<Attempt> attempts = {
      connects("example.com:{p}", 200),
      connects("EXAMPLE.Com:{p}", 200),
      connects("example.com.:{p}", 200),
      connects("a.example.net:{p}", 200),
      connects("A.EXAMPLE.NET.:{p}", 200),
      connects("xn--bcher-kva.test:{p}", 200),
      connects("XN--BCHER-KVA.test:{p}", 200),
      connects("example.com..:{p}", 400),
      connects(".example.com:{p}", 400),
      connects("example..com:{p}", 400),
      connects("evilexample.com:{p}", 403),
      connects("example.com.evil.test:{p}", 403),
      connects("www.example.com:{p}", 403),
      connects("example.co:{p}", 403),
      connects("example.comm:{p}", 403),
      connects("example.net:{p}", 403),
      connects("xexample.net:{p}", 403),
      connects("bucher.test:{p}", 403),
      connects("xn--exmple-cua.com:{p}", 403),     // an a with dots
      connects("xn--xample-2of.com:{p}", 403),     // a Cyrillic e
      connects("b\u00fccher.test:{p}", 400),       // a U-label
      connects("\u0435xample.com:{p}", 400),       // a Cyrillic e
      connects("\uff45\uff58ample.com:{p}", 400),  // wide letters
      connects("example\u3002com:{p}", 400),       // another full stop
      connects("ex\u00adample.com:{p}", 400),      // a soft hyphen
      connects("example%2ecom:{p}", 400),
      connects("%65xample.com:{p}", 400),
      connects("example.com%00.evil.test:{p}", 400),
      connects("example.com\0.evil.test:{p}"s, 400),
      connects("evil.test\0.example.net:{p}"s, 400),
      connects("evil.test%2f.example.net:{p}", 400),
      connects("evil.test/.example.net:{p}", 400),
      connects("evil.test?.example.net:{p}", 400),
      connects("evil.test#.example.net:{p}", 400),
      connects("evil.test\\.example.net:{p}", 400),
      connects("evil.test:{p}:example.com:{p}", 400),
      connects("evil.test:{p}\t.example.net:{p}", 400),
      connects("evil.test,example.com:{p}", 400),
      connects("example.com@evil.test:{p}", 400),
      connects("example.com:80@evil.test:{p}", 400),
      connects("evil.test@example.com:{p}", 400),
      connects("http://example.com:{p}", 400),
      connects("[example.com]:{p}", 400),
      connects("evil.test:{p}", 403),
  };
  for (const auto& attempt : attempts) check(attempt, proxy, origin);
}

TEST_CASE("bypass: no spelling of an address makes it a name", "[bypass]") {
  Origin origin;
  const Proxy proxy(only_example, hosts);
  const std::string host =
      GENERATE("127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1",
               "017700000001", "0x7F.0.0.0x1", "127.0.0.1.", "0.0.0.0", "0", "0x0", "[::1]", "[::]",
               "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:7f00:1]", "[::127.0.0.1]",
               "[64:ff9b::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "localhost");
  check(connects(host + ":{p}", 403), proxy, origin);
  check(gets("http://" + host + ":{p}/", 403), proxy, origin);
}

TEST_CASE("bypass: a denied name or network is denied in every spelling", "[bypass]") {
  Origin origin;
  const Proxy proxy(
      "[[rule]]\nname = \"not these\"\naction = \"deny\"\n"
      "hosts = [\".evil.test\", \"127.0.0.0/8\", \"::1\", \"b\u00fccher.test\"]\n" +
          std::string(allow_local),
      hosts);
  const std::string host =
      GENERATE("evil.test", "EVIL.TEST", "evil.test.", "example.com.evil.test", "eViL.tEsT.",
               "xn--bcher-kva.test", "127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1",
               "0.0.0.0", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
               "[64:ff9b::7f00:1]", "localhost", "example.com", "by.localhost");
  check(connects(host + ":{p}", 403), proxy, origin);
  check(gets("http://" + host + ":{p}/", 403), proxy, origin);
}

TEST_CASE("bypass: nothing but the target's host is judged, and nothing else connected to",
          "[bypass]") {
  Origin origin;
  const Proxy proxy(only_example, hosts);
  const std::string two_hosts = "Host: example.com\r\nHost: evil.test\r\n";
  const std::vector<Attempt> attempts = {
      connects("evil.test:{p}", 403, "X-Forwarded-Host: example.com\r\n"),
      {"CONNECT, Host of another", "CONNECT evil.test:{p} HTTP/1.1\r\nHost: example.com\r\n\r\n",
       400},
      {"CONNECT, two Hosts", "CONNECT example.com:{p} HTTP/1.1\r\n" + two_hosts + "\r\n", 400},
      gets("http://evil.test:{p}/", 403, "Host: example.com\r\n"),
      gets("http://evil.test:{p}/http://example.com/", 403),
      gets("http://evil.test:{p}/?http://example.com/", 403),
      gets("http://example.com:{p}/", 400, two_hosts),
      gets("http://example.com@evil.test:{p}/", 400),
      gets("http://example.com:80@evil.test:{p}/", 400),
      gets("http://evil.test:{p}@example.com/", 400),
      gets("http://evil.test:{p}#@example.com/", 400),
      gets("http://evil.test:{p}\\@example.com/", 400),
      gets("http:\\\\example.com\\", 400),
      gets("http:///example.com/", 400),
      gets("http:/example.com/", 400),
      gets("http:example.com", 400),
      gets("http://example.com%2f@evil.test:{p}/", 400),
      gets("http://example.com%00.evil.test:{p}/", 400),
      gets("http://example.com\0.evil.test:{p}/"s, 400),
      gets("http://b\u00fccher.test:{p}/", 400),
      gets("//example.com:{p}/", 400, "Host: example.com\r\n"),
      gets("/", 400, "Host: example.com\r\n"),
      gets("gopher://example.com:{p}/", 400),
      gets("file:///etc/passwd", 400),
  };
  for (const auto& attempt : attempts) check(attempt, proxy, origin);
}

TEST_CASE("bypass: the address that was judged is the one connected to", "[bypass]") {
  Origin allowed("127.0.0.2");
  Origin inside("127.0.0.1", allowed.port());
  DnsServer dns;
  dns.script("name.test", Type::a, {says({"127.0.0.2"}), says({"127.0.0.1"})});
  dns.script("name.test", Type::aaaa, {{}});
  const Proxy proxy(asking(dns, only_two));
  const auto authority = "name.test:" + std::to_string(allowed.port());
  CHECK(status_of(proxy, authority) == 200);
  allowed.accept();
  CHECK(dns.queries("name.test", Type::a) == 1);
  CHECK(status_of(proxy, authority) == 403);
  CHECK(dns.queries("name.test", Type::a) == 2);
  CHECK(allowed.unvisited_for(0ms));
  CHECK(inside.unvisited_for(50ms));
}

TEST_CASE("bypass: of two addresses the one that is refused is not tried when the other fails",
          "[bypass]") {
  Origin inside("127.0.0.1");
  DnsServer dns;
  const bool first = GENERATE(true, false);
  dns.script("name.test", Type::a,
             {first ? says({"127.0.0.2", "127.0.0.1"}) : says({"127.0.0.1", "127.0.0.2"})});
  dns.script("name.test", Type::aaaa, {{}});
  Proxy proxy(asking(dns, only_two));
  CHECK(status_of(proxy, "name.test:" + std::to_string(inside.port())) == 502);
  CHECK(inside.unvisited_for(300ms));
  CHECK(proxy.log(1).at(0)["error"] == "connection_refused");
}

TEST_CASE("bypass: an alias leads to no address that is refused", "[bypass]") {
  // Private addresses, and a network that is denied, whatever its addresses are.
  const bool by_rule = GENERATE(false, true);
  const auto rules =
      by_rule ? "[[rule]]\nname = \"not there\"\naction = \"deny\"\nhosts = [\"127.0.0.0/24\"]\n" +
                    std::string(allow_local)
              : only_two;
  const auto type = GENERATE(Type::a, Type::aaaa);
  const bool mapped = type == Type::aaaa;
  Origin inside;
  DnsServer dns;
  const auto data = mapped ? "::ffff:127.0.0.1" : "127.0.0.1";
  dns.script("name.test", Type::a, {{}});
  dns.script("name.test", Type::aaaa, {{}});
  dns.script("name.test", type,
             {{.records = {{.owner = "name.test", .type = Type::cname, .data = "b.test"},
                           {.owner = "b.test", .type = Type::cname, .data = "c.localhost"},
                           {.owner = "c.localhost", .type = type, .data = data}}}});
  Proxy proxy(asking(dns, rules));
  CHECK(status_of(proxy, "name.test:" + std::to_string(inside.port())) == 403);
  CHECK(inside.unvisited_for(50ms));
  const auto line = proxy.log(1).at(0);
  CHECK(line["error"] == "destination_ip_prohibited");
  CHECK(line["verdict"] == "deny");
  CHECK(line["rule"] == (by_rule ? "not there" : "two"));
}
