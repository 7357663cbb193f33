// SPDX-License-Identifier: Apache-2.0
// Names that a name server answers for, with all the tricks that it may know.
#include <catch2/catch.hpp>

#include "support/dns_server.hpp"
#include "support/http.hpp"
#include "support/proxy.hpp"
#include "support/soon.hpp"

using namespace culvert::test;
using namespace std::chrono_literals;

namespace {

/// Public addresses only, on every port; `more` goes under [dns].
std::string asking(const DnsServer& server, const std::string& rules,
                   const std::string& more = "") {
  return rules + "[dns]\nservers = [\"127.0.0.1:" + std::to_string(server.port()) +
         "\"]\nhosts_file = \"off\"\n" + more;
}

const std::string anywhere_public = "[policy]\ndefault = \"allow\"\n";

struct Refused {
  int status;
  std::string proxy_status;
};

Refused refused(const Proxy& proxy, const std::string& target) {
  auto client = proxy.connect();
  const auto response = ask(client, connect_to(target));
  return {.status = response.status(), .proxy_status = response.field("Proxy-Status")};
}

}  // namespace

TEST_CASE("names: a name is resolved and its address connected to", "[names]") {
  Origin origin;
  DnsServer dns;
  dns.host("chat.test", {"127.0.0.1"});
  Proxy proxy(asking(dns, allow_local));
  const auto target = "chat.test:" + std::to_string(origin.port());
  auto client = proxy.tunnel(target);
  client.send("x");
  CHECK(origin.accept().read_exactly(1) == "x");
  CHECK(proxy.log(1).at(0)["resolved"] == "127.0.0.1");
}

TEST_CASE("names: a name that leads to a private address is a 403", "[names]") {
  auto address =
      GENERATE("127.0.0.1", "10.0.0.1", "169.254.169.254", "0.0.0.0", "::1", "::", "fd00::1",
               "fe80::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::");
  CAPTURE(address);
  DnsServer dns;
  dns.host("inside.test", {address});
  const Proxy proxy(asking(dns, anywhere_public));
  const auto answer = refused(proxy, "inside.test:443");
  CHECK(answer.status == 403);
  CHECK(answer.proxy_status.contains("error=destination_ip_prohibited"));
}

TEST_CASE("names: an alias for a name inside leads nowhere", "[names]") {
  Origin origin;
  DnsServer dns;
  dns.script("alias.test", Type::a,
             {{.records = {{.owner = "alias.test", .type = Type::cname, .data = "inside.test"},
                           {.owner = "inside.test", .type = Type::a, .data = "127.0.0.1"}}}});
  const Proxy proxy(asking(dns, anywhere_public));
  CHECK(refused(proxy, "alias.test:" + std::to_string(origin.port())).status == 403);
  CHECK(origin.unvisited_for(50ms));
}

TEST_CASE("names: an address that changes between two answers is judged each time", "[names]") {
  Origin origin;
  DnsServer dns;
  const auto says = [](const char* address) {
    return Say{.records = {{.owner = "rebind.test", .type = Type::a, .ttl = 0, .data = address}}};
  };
  dns.script("rebind.test", Type::a, {says("198.51.100.1"), says("127.0.0.1")});
  Proxy proxy("workers = 1\n" + asking(dns,
                                       "[[rule]]\nname = \"not there\"\naction = \"deny\"\n"
                                       "hosts = [\"198.51.100.0/24\"]\n" +
                                           anywhere_public,
                                       "cache_entries = 0\n"));
  const auto target = "rebind.test:" + std::to_string(origin.port());
  CHECK(refused(proxy, target).proxy_status.contains("not there"));
  CHECK(refused(proxy, target).proxy_status.contains("destination_ip_prohibited"));
  CHECK(dns.queries("rebind.test", Type::a) == 2);
  CHECK(origin.unvisited_for(50ms));
  const auto lines = proxy.final_log();
  CHECK(lines.at(0)["resolved"] == "198.51.100.1");
  CHECK(lines.at(1)["resolved"] == "127.0.0.1");
}

TEST_CASE("names: one look-up serves the check and the connection", "[names]") {
  Origin origin;
  DnsServer dns;
  dns.host("once.test", {"127.0.0.1"}, 0);
  const Proxy proxy(asking(dns, allow_local, "cache_entries = 0\n"));
  const auto client = proxy.tunnel("once.test:" + std::to_string(origin.port()));
  CHECK(soon([&] { return dns.queries("once.test", Type::aaaa) == 1; }));
  CHECK(dns.queries("once.test", Type::a) == 1);
}

TEST_CASE("names: each failure of DNS is told from the others", "[names]") {
  auto [say, status, error] = GENERATE(table<Say, int, const char*>({
      {{.rcode = Rcode::no_name}, 502, "error=dns_error; rcode=\"NXDOMAIN\""},
      {{.rcode = Rcode::failure}, 502, "error=dns_error; details"},
      {{.rcode = Rcode::refused}, 502, "error=dns_error; details"},
      {{.silent = true}, 504, "error=dns_timeout"},
  }));
  CAPTURE(error);
  DnsServer dns;
  dns.otherwise(say);
  const std::string timeout = say.silent ? "100ms" : "2s";
  Proxy proxy(asking(dns, anywhere_public, "timeout = \"" + timeout + "\"\ntries = 2\n"));
  const auto begun = std::chrono::steady_clock::now();
  const auto answer = refused(proxy, "nobody.test:443");
  CHECK(answer.status == status);
  CHECK(answer.proxy_status.contains(error));
  CHECK(std::chrono::steady_clock::now() - begun < 4s);
  const auto line = proxy.log(1).at(0);
  CHECK(line["verdict"] == "allow");  // the policy had nothing against it
  CHECK(line.contains("dns_ms"));
  CHECK(!line.contains("resolved"));
}

TEST_CASE("names: the connect timeout is over the look-up, too", "[names]") {
  DnsServer dns;
  dns.otherwise({.silent = true});
  const Proxy proxy(asking(dns, anywhere_public) + "[timeouts]\nconnect = \"200ms\"\n");
  const auto begun = std::chrono::steady_clock::now();
  CHECK(refused(proxy, "nobody.test:443").status == 504);
  CHECK(std::chrono::steady_clock::now() - begun < 4s);  // the look-up alone would take 14 s
}

TEST_CASE("names: where IPv6 is closed, IPv4 is reached quickly", "[names]") {
  Origin origin;
  DnsServer dns;
  dns.host("both.test", {"::1", "127.0.0.1"});
  const Proxy proxy(asking(dns, allow_local));
  const auto begun = std::chrono::steady_clock::now();
  auto client = proxy.tunnel("both.test:" + std::to_string(origin.port()));
  CHECK(std::chrono::steady_clock::now() - begun < 3s);
  client.send("x");
  CHECK(origin.accept().read_exactly(1) == "x");
}

TEST_CASE("names: a denied name is not asked for", "[names]") {
  DnsServer dns;
  const Proxy proxy(
      asking(dns, "[[rule]]\nname = \"a\"\naction = \"allow\"\nhosts = [\"a.test\"]\n"));
  CHECK(refused(proxy, "secret.b.test:443").status == 403);
  CHECK(dns.queries() == 0);
}

TEST_CASE("names: a reload does not fail a look-up under way", "[names]") {
  Origin origin;
  DnsServer dns;
  dns.script(
      "slow.test", Type::a,
      {{.records = {{.owner = "slow.test", .type = Type::a, .data = "127.0.0.1"}}, .delay = 1s}});
  dns.script("slow.test", Type::aaaa, {{}});
  const auto toml = "workers = 1\n" + asking(dns, allow_local);
  Proxy proxy(toml);
  auto client = proxy.connect();
  client.send(connect_to("slow.test:" + std::to_string(origin.port())));
  REQUIRE(soon([&] { return dns.queries("slow.test", Type::a) == 1; }));
  SECTION("with the same servers") {
    REQUIRE(proxy.reload(toml) == "");
  }
  SECTION("with other settings") {
    REQUIRE(proxy.reload(toml + "tries = 2\n") == "");
  }
  CHECK(client.read_head().starts_with("HTTP/1.1 200 "));
}
