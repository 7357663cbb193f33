// SPDX-License-Identifier: Apache-2.0
#include <thread>

#include <catch2/catch.hpp>
#include <culvert/error.hpp>

#include "support/tls_client.hpp"

using namespace culvert;
using namespace std::chrono_literals;
using test::meanwhile;
using test::Shown;
using test::SocketUser;
using test::TlsOrigin;
using How = TlsOrigin::How;

TEST_CASE("tls: a certificate is good for the names and addresses in it", "[tls]") {
  struct Row {
    const char* host;
    const char* server_name;
    std::vector<std::string> hosts;
  };
  const auto row = GENERATE(values<Row>({
      {"origin.test", "origin.test", {"origin.test"}},
      {"ORIGIN.test.", "origin.test", {"origin.test"}},
      {"a.origin.test", "a.origin.test", {"*.origin.test"}},
      {"127.0.0.1", "", {"127.0.0.1"}},  // an address is no server name (RFC 6066 §3)
      {"0x7f000001", "", {"127.0.0.1"}},
      {"[::1]", "", {"::1"}},
  }));
  CAPTURE(row.host);
  TlsOrigin origin(How{.shown = {.hosts = row.hosts}});
  auto script = std::async(std::launch::async, [&] { return origin.accept().server_name(); });
  SocketUser client(origin.authority());
  const auto started = client.start_tls(row.host);
  CHECK((started ? "" : started.error().detail) == "");
  CHECK(script.get() == row.server_name);
}

TEST_CASE("tls: a certificate that proves nothing is refused, and says why", "[tls]") {
  struct Row {
    const char* host;
    Shown shown;
    const char* detail;
  };
  const auto row = GENERATE(values<Row>({
      {"origin.test", {.expired = true}, "certificate has expired"},
      {"origin.test", {.self_signed = true}, "self-signed certificate"},
      {"other.test", {}, "hostname mismatch"},
      {"origin.test.origin.test", {}, "hostname mismatch"},
      {"origin.test", {.hosts = {"*.test.origin.test"}}, "hostname mismatch"},
      {"a.b.origin.test", {.hosts = {"*.origin.test"}}, "hostname mismatch"},
      {"aa.origin.test", {.hosts = {"a*.origin.test"}}, "hostname mismatch"},
      // A name in the subject alone names no host (RFC 9525 §2).
      {"origin.test", {.hosts = {}, .subject = "origin.test"}, "hostname mismatch"},
      {"127.0.0.2", {}, "IP address mismatch"},
      {"127.0.0.1", {.hosts = {"origin.test"}}, "IP address mismatch"},
      {"[::2]", {}, "IP address mismatch"},
  }));
  CAPTURE(row.host, row.shown.hosts);
  TlsOrigin origin(How{.shown = row.shown});
  auto script = std::async(std::launch::async, [&] { return origin.accept_failure(); });
  SocketUser client(origin.authority());
  const auto started = client.start_tls(row.host);
  REQUIRE_FALSE(started);
  CHECK(started.error().why == Errc::tls_certificate_error);
  CHECK(started.error().detail == row.detail);
  CHECK(script.get().contains("alert"));  // the origin is told, too
}

TEST_CASE("tls: an authority that is not trusted vouches for nobody", "[tls]") {
  TlsOrigin origin;
  auto script = std::async(std::launch::async, [&] { return origin.accept_failure(); });
  SocketUser client(origin.authority());
  const auto system = net::TlsContext::for_origins("");
  REQUIRE(system);
  const auto host = *Host::parse("origin.test");
  const auto started =
      client.run(client.socket().start_tls(**system, host, net::Clock::now() + 5s));
  REQUIRE_FALSE(started);
  CHECK(started.error().why == Errc::tls_certificate_error);
  CHECK(started.error().detail == "unable to get local issuer certificate");
  CHECK(script.get().contains("unknown ca"));
}

TEST_CASE("tls: versions 1.3 and 1.2 are spoken, and http/1.1 is announced", "[tls]") {
  auto [newest, name] =
      GENERATE(table<int, std::string>({{TLS1_3_VERSION, "TLSv1.3"}, {TLS1_2_VERSION, "TLSv1.2"}}));
  TlsOrigin origin(How{.newest = newest});
  auto script = std::async(std::launch::async, [&] {
    const auto peer = origin.accept();
    return peer.protocol() + " " + peer.alpn();
  });
  SocketUser client(origin.authority());
  CHECK(client.start_tls());
  CHECK(script.get() == name + " http/1.1");
}

TEST_CASE("tls: an origin that speaks only older versions is refused", "[tls]") {
  TlsOrigin origin(How{.newest = TLS1_1_VERSION});
  auto script = std::async(std::launch::async, [&] { return origin.accept_failure(); });
  SocketUser client(origin.authority());
  const auto started = client.start_tls();
  REQUIRE_FALSE(started);
  CHECK(started.error().why == Errc::tls_protocol_error);
  CHECK(started.error().detail == "the origin speaks no TLS newer than 1.1");
  script.get();
}

TEST_CASE("tls: an origin that does not speak TLS is said to", "[tls]") {
  const auto* answer = GENERATE("HTTP/1.1 400 Bad Request\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n",
                                "220 mail.example ESMTP\r\n");
  test::Origin origin;
  auto script = meanwhile([&] {
    auto peer = origin.accept();
    peer.send(answer);
    peer.drain();
  });
  {
    SocketUser client(origin.authority());
    const auto started = client.start_tls();
    REQUIRE_FALSE(started);
    CHECK(started.error().why == Errc::tls_protocol_error);
    CHECK(started.error().detail == "the origin does not speak TLS");
  }
  script.get();
}

TEST_CASE("tls: an origin that leaves in mid-handshake has closed the connection", "[tls]") {
  struct Row {
    void (*leave)(test::Peer& peer);
    const char* detail;
  };
  const auto row = GENERATE(values<Row>({
      {[](test::Peer& peer) { peer.finish(); }, "in the TLS handshake"},
      {[](test::Peer& peer) { peer.reset(); }, "in the TLS handshake: Connection reset by peer"},
      {[](test::Peer& peer) {
         peer.send("\x16\x03\x03");  // the beginning of a record
         peer.finish();
       },
       "in the TLS handshake"},
  }));
  test::Origin origin;
  auto script = meanwhile([&] {
    auto peer = origin.accept();
    peer.read_exactly(100);  // of the ClientHello
    row.leave(peer);
  });
  SocketUser client(origin.authority());
  const auto started = client.start_tls();
  REQUIRE_FALSE(started);
  CHECK(started.error().why == Errc::connection_terminated);
  CHECK(started.error().detail == row.detail);
  script.get();
}

TEST_CASE("tls: an origin that is silent, or slow beyond the deadline, is timed out", "[tls]") {
  const bool dribbles = GENERATE(false, true);
  test::Origin origin;
  SocketUser client(origin.authority());
  auto peer = origin.accept();
  auto script = meanwhile([&] {
    // A record that never ends.
    if (dribbles) peer.send("\x16\x03\x03\x40");
    for (int i = 0; dribbles && i < 10; ++i) {
      std::this_thread::sleep_for(20ms);
      peer.send("x");
    }
  });
  const auto started = client.start_tls("origin.test", 100ms);
  REQUIRE_FALSE(started);
  CHECK(started.error().why == Errc::timed_out);
  script.get();
}

TEST_CASE("tls: a handshake that is given up ends at once", "[tls]") {
  test::Origin origin;
  SocketUser client(origin.authority());
  const bool before = GENERATE(false, true);
  if (before) {
    client.socket().abort();
  } else {
    client.loop().post([&] { client.socket().abort(); });
  }
  const auto started = client.start_tls();
  REQUIRE_FALSE(started);
  CHECK(started.error().why == Errc::aborted);
}
