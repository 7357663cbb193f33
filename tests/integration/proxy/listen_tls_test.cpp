// SPDX-License-Identifier: Apache-2.0
// A TLS listener: its handshake, what it shows, what may be spoken, and what is none.
#include <future>

#include <catch2/catch.hpp>

#include "support/http.hpp"
#include "support/soon.hpp"
#include "support/tls_guest.hpp"

using namespace culvert::test;
using namespace std::chrono_literals;

namespace {

/// A proxy of one worker on a TLS listener, and an origin.
struct Secured {
  explicit Secured(const std::string& keys = "", const std::string& rest = allow_local)
      : own(make_identity({.hosts = {"proxy.test"}, .subject = "own"})),
        proxy("workers = 1\n" + rest +
              listen_tls("certificate = " + files.put("own.pem", own) + keys)) {}

  /// A tunnel through a connection carries a byte each way.
  bool carries(TlsPeer& guest) {
    guest.send(connect_to(origin.authority()));
    if (!guest.read_head().starts_with("HTTP/1.1 200 ")) return false;
    auto server = origin.accept();
    guest.send("ping");
    const bool up = server.read_exactly(4) == "ping";
    server.send("pong");
    return up && guest.read_exactly(4) == "pong";
  }

  ListenFiles files;
  Identity own;
  Origin origin;
  Proxy proxy;
};

}  // namespace

TEST_CASE("listen tls: a tunnel through it carries bytes, and ends in order", "[tls]") {
  Secured here;
  {
    auto guest = Guest{}.connect(here.proxy);
    CHECK(guest.protocol() == "TLSv1.3");
    CHECK(guest.alpn().empty());
    guest.send(connect_to(here.origin.authority()));
    CHECK(guest.read_head().starts_with("HTTP/1.1 200 "));
    auto server = here.origin.accept();
    const std::string much(3'000'000, 'x');
    auto sends = std::async(std::launch::async, [&] { server.send(much), server.finish(); });
    CHECK(guest.read_to_end() == much);
    sends.get();
    guest.send("last");
    guest.finish();
    CHECK(server.read_to_end() == "last");
  }
  const auto lines = here.proxy.log(2);
  REQUIRE(lines.size() == 2);
  CHECK(lines[1]["bytes_down"] == 3'000'000);
}

TEST_CASE("listen tls: requests follow one another on one connection", "[tls]") {
  Secured here;
  auto guest = Guest{}.connect(here.proxy);
  for (const auto* path : {"/a", "/b"}) {
    guest.send(get(here.origin.authority(), path));
    auto server = here.origin.accept();
    CHECK(server.read_head().starts_with("GET " + std::string(path) + " "));
    server.send("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
    CHECK(guest.read_head().starts_with("HTTP/1.1 204 "));
  }
}

TEST_CASE("listen tls: ALPN settles on what both know", "[tls]") {
  Secured here;
  CHECK(Guest{.alpn = {"http/1.1"}}.connect(here.proxy).alpn() == "http/1.1");
  CHECK(Guest{.alpn = {"spdy/3", "http/1.1"}}.connect(here.proxy).alpn() == "http/1.1");
  CHECK(Guest{.alpn = {"spdy/3"}}.failure(here.proxy) == "tlsv1 alert no application protocol");
}

TEST_CASE("listen tls: TLS 1.2 has forward secrecy and authenticated encryption, or nothing",
          "[tls]") {
  Secured here;
  Guest old{.newest = TLS1_2_VERSION};
  {
    auto guest = old.connect(here.proxy);
    CHECK(guest.protocol() == "TLSv1.2");
    CHECK(here.carries(guest));
  }
  const auto* suites =
      GENERATE("AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA", "DHE-RSA-AES128-GCM-SHA256");
  CAPTURE(suites);
  old.suites_12 = suites;
  CHECK(old.failure(here.proxy).find("handshake failure") != std::string::npos);
}

TEST_CASE("listen tls: min_version refuses what is older", "[tls]") {
  Secured here(", min_version = \"1.3\"");
  CHECK(Guest{.newest = TLS1_2_VERSION}.failure(here.proxy) == "tlsv1 alert protocol version");
  auto guest = Guest{}.connect(here.proxy);
  CHECK(here.carries(guest));
}

TEST_CASE("listen tls: the name that a client asks for says which certificate is shown", "[tls]") {
  const ListenFiles files;
  const auto put = [&](const std::string& subject, const std::vector<std::string>& hosts) {
    return files.put(subject, make_identity({.hosts = hosts, .subject = subject}));
  };
  const Proxy proxy(
      std::string(allow_local) +
      listen_tls("certificate = [" + put("first", {"a.test"}) + ", " + put("wild", {"*.b.test"}) +
                 ", " + put("exact", {"x.b.test", "X2.B.test", "127.0.0.1"}) + ", " +
                 put("again", {"a.test", "x.b.test"}) + ", " + put("nameless", {}) + "]"));
  auto [name, shown] = GENERATE(table<const char*, const char*>({
      {"a.test", "first"},
      {"A.TEST", "first"},
      {"y.b.test", "wild"},
      {"x.b.test", "exact"},  // a name is worth more than a wildcard
      {"x2.b.test", "exact"},
      {"z.y.b.test", "first"},  // a star is one label
      {"b.test", "first"},
      {"nameless", "first"},  // a name in the subject alone names no host
      {"unknown.test", "first"},
      {"", "first"},
  }));
  CAPTURE(name);
  CHECK(shown_to(Guest{.server_name = name}.connect(proxy)) == shown);
}

TEST_CASE("listen tls: who speaks HTTP in the clear is told", "[tls]") {
  Secured here;
  const auto* request = GENERATE("CONNECT a.test:443 HTTP/1.1\r\n\r\n", "GET / HTTP/1.0\r\n\r\n",
                                 "OPTIONS * HTTP/1.1\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  auto client = here.proxy.connect();
  client.send(request);
  const auto answer = read_response(client);
  CHECK(answer.head.starts_with("HTTP/1.1 400 "));
  CHECK(answer.body.starts_with("This is an HTTPS proxy"));
  CHECK(client.ends_here());
}

TEST_CASE("listen tls: what is neither TLS nor HTTP is closed", "[tls]") {
  Secured here;
  auto client = here.proxy.connect();
  client.send(std::string("\x05\x01\x00\x00\x00\x00\x00", 7));
  client.drain();
  CHECK(here.proxy.final_log().empty());
}

TEST_CASE("listen tls: a handshake that is not complete in time is closed", "[tls]") {
  Secured here("", std::string(allow_local) + "[timeouts]\ntls_handshake = \"200ms\"\n");
  auto silent = here.proxy.connect();
  auto begun = here.proxy.connect();
  begun.send(std::string("\x16\x03\x01\x00\x50\x01", 6));
  auto guest = Guest{}.connect(here.proxy);
  silent.drain();
  begun.drain();
  CHECK(here.carries(guest));
  CHECK(here.proxy.final_log().size() == 2);  // of the tunnel alone
}

TEST_CASE("listen tls: a drain does not wait for handshakes", "[tls]") {
  Secured here;
  auto silent = here.proxy.connect();
  auto begun = here.proxy.connect();
  begun.send(std::string("\x16\x03\x01\x00\x50\x01", 6));
  auto guest = Guest{}.connect(here.proxy);  // the worker has them all
  here.proxy.server().drain();
  CHECK(here.proxy.ended_within(Peer::patience));
}

TEST_CASE("listen tls: a session is resumed, also over a reload, by each worker", "[tls]") {
  const ListenFiles files;
  const auto listen = listen_tls("certificate = " + files.put("own.pem", make_identity({})));
  const auto toml = std::string("workers = 2\n") + allow_local;
  const auto version = GENERATE(TLS1_2_VERSION, TLS1_3_VERSION);
  Proxy proxy(toml + listen);
  auto ask_something = [](TlsPeer& guest) {
    guest.send("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n");
    guest.read_head();
  };
  auto first = Guest{.newest = version}.connect(proxy);
  ask_something(first);
  CHECK_FALSE(resumed(first));
  const auto session = session_of(first);
  for (int i = 0; i < 8; ++i) {  // some for each worker
    if (i == 4) CHECK(proxy.reload(toml + listen).empty());
    auto next = Guest{.session = session.get(), .newest = version}.connect(proxy);
    ask_something(next);
    CHECK(resumed(next));
  }
}

TEST_CASE("listen tls: a reload shows the new certificate, and live connections go on", "[tls]") {
  Secured here;
  auto before = Guest{}.connect(here.proxy);
  const auto toml = "workers = 1\n" + std::string(allow_local);
  const auto next =
      here.files.put("next.pem", make_identity({.hosts = {"proxy.test"}, .subject = "next"}));
  CHECK(here.proxy.reload(toml + listen_tls("certificate = " + next)).empty());
  CHECK(soon([&] { return shown_to(Guest{}.connect(here.proxy)) == "next"; }));
  CHECK(here.carries(before));

  // One that is of no use leaves the old one in force.
  here.files.folder().write("next.pem", "nothing\n");
  const auto wrong = here.proxy.reload(toml + listen_tls("certificate = " + next));
  CHECK(wrong.find("next.pem holds no certificate in PEM form") != std::string::npos);
  CHECK(shown_to(Guest{}.connect(here.proxy)) == "next");
}

TEST_CASE("listen tls: a listener may get TLS and lose it by a reload", "[tls]") {
  Secured here;
  const std::string toml = "workers = 1\n" + std::string(allow_local);
  const std::string plain = "[[listen]]\naddress = \"127.0.0.1:0\"\n";
  CHECK(here.proxy.reload(toml + plain).empty());
  CHECK(soon([&] {
    auto client = here.proxy.connect();
    client.send("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n");
    return client.read_head().starts_with("HTTP/1.1 20");
  }));
}

TEST_CASE("listen tls: over a Unix socket it is the same", "[tls]") {
  const ListenFiles files;
  const auto path = "unix:" + files.folder().socket().text;
  const Proxy proxy("workers = 1\n" + std::string(allow_local) + "[[listen]]\naddress = \"" + path +
                    "\"\ntls = { certificate = " + files.put("own.pem", make_identity({})) +
                    " }\n");
  auto guest = Guest{}.connect(proxy);
  guest.send("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(guest.read_head().starts_with("HTTP/1.1 20"));
}
