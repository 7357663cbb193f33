// SPDX-License-Identifier: Apache-2.0
#include <array>

#include <catch2/catch.hpp>
#include <culvert/error.hpp>

#include "support/pattern.hpp"
#include "support/tls_client.hpp"

using namespace culvert;
using namespace std::chrono_literals;
using test::meanwhile;
using test::pattern;
using test::SocketUser;
using test::TlsOrigin;
using test::TlsPeer;

namespace {

constexpr std::size_t MiB = 1024UL * 1024;
constexpr int small_buffer = 4096;

/// An origin, and culvert's end of a connection to it; the handshake is complete.
struct Pair {
  /// `buffer` is the size of all system buffers; 0 leaves them.
  explicit Pair(int newest = TLS1_3_VERSION, int buffer = 0)
      : origin(TlsOrigin::How{.newest = newest, .receive_bytes = buffer}),
        client(origin.authority(), buffer, buffer),
        server(connect()) {}

  TlsPeer connect() {
    auto accepted = std::async(std::launch::async, [this] { return origin.accept(); });
    const auto started = client.start_tls();
    if (!started) throw std::system_error(started.error().why, started.error().detail);
    return accepted.get();
  }

  TlsOrigin origin;
  SocketUser client;
  TlsPeer server;
};

}  // namespace

TEST_CASE("tls: bytes go both ways", "[tls]") {
  Pair pair(GENERATE(TLS1_3_VERSION, TLS1_2_VERSION));
  pair.client.write("ping");
  CHECK(pair.server.read_exactly(4) == "ping");
  pair.server.send("pong");
  CHECK(pair.client.read(4) == "pong");
}

TEST_CASE("tls: much is carried both ways at once, through small buffers", "[tls]") {
  const auto newest = GENERATE(TLS1_3_VERSION, TLS1_2_VERSION);
  Pair pair(newest, GENERATE(0, small_buffer));
  const auto up = pattern(1, 0, 2 * MiB);
  const auto down = pattern(2, 0, 2 * MiB);
  auto sends = meanwhile([&] {
    pair.server.send(down);
    pair.server.finish();
  });
  auto reads = std::async(std::launch::async, [&] { return pair.server.read_to_end(); });
  bool written = false;
  pair.client.loop().spawn(
      [](net::Socket& socket, const std::string& bytes, bool& done) -> net::Task<void> {
        done = !co_await socket.write_all(bytes, test::Peer::patience);
        socket.finish();
      }(pair.client.socket(), up, written));
  CHECK((pair.client.read_to_end() == down));
  for (int i = 0; i < 100 && !written; ++i) pair.client.turn(50ms);
  CHECK(written);
  sends.get();
  CHECK((reads.get() == up));
}

TEST_CASE("tls: each byte may be a record of its own", "[tls]") {
  Pair pair;
  const auto bytes = pattern(3, 0, 3000);
  auto script = std::async(std::launch::async, [&] {
    for (const char byte : bytes) pair.server.send({&byte, 1});
    return pair.server.read_exactly(bytes.size());
  });
  CHECK((pair.client.read(bytes.size()) == bytes));
  for (const char byte : bytes) pair.client.write({&byte, 1});
  CHECK((script.get() == bytes));
}

TEST_CASE("tls: what comes in one piece can be read byte by byte", "[tls]") {
  Pair pair;
  const auto bytes = pattern(4, 0, 3000);
  pair.server.send(bytes);
  std::string got;
  while (got.size() < bytes.size()) got += pair.client.read(1);
  CHECK((got == bytes));
}

TEST_CASE("tls: an end of one direction leaves the other open", "[tls]") {
  Pair pair(GENERATE(TLS1_3_VERSION, TLS1_2_VERSION));
  SECTION("the origin's") {
    pair.server.send("all");
    pair.server.finish();
    CHECK(pair.client.read_to_end() == "all");
    pair.client.write("still here");
    CHECK(pair.server.read_exactly(10) == "still here");
  }
  SECTION("culvert's") {
    pair.client.write("all");
    pair.client.socket().finish();
    CHECK(pair.server.read_to_end() == "all");
    pair.server.send("still here");
    CHECK(pair.client.read(10) == "still here");
    pair.server.finish();
    CHECK(pair.client.end() == std::error_code());
  }
}

TEST_CASE("tls: an end that finds no room follows by itself", "[tls]") {
  TlsOrigin origin;
  test::ExactPair ends;
  SocketUser client(std::move(ends.ours));
  auto accepted =
      std::async(std::launch::async, [&] { return origin.serve(std::move(ends.theirs)); });
  REQUIRE(client.start_tls());
  auto server = accepted.get();
  const auto bytes = pattern(6, 0, 60'000);
  client.write(bytes);
  test::leave_no_room(client.socket().number());
  client.socket().finish();
  auto reads = std::async(std::launch::async, [&] { return server.read_to_end(); });
  while (reads.wait_for(0ms) != std::future_status::ready) client.turn(20ms);
  CHECK((reads.get() == bytes));
}

TEST_CASE("tls: a stream without a close_notify is cut off, not ended", "[tls]") {
  Pair pair(GENERATE(TLS1_3_VERSION, TLS1_2_VERSION));
  pair.server.send("half of i");
  pair.server.cut();
  CHECK(pair.client.read(9) == "half of i");
  CHECK(pair.client.end() == Errc::connection_terminated);
}

TEST_CASE("tls: a reset is the system's error", "[tls]") {
  Pair pair;
  pair.server.reset();
  CHECK(pair.client.end() == std::error_code(ECONNRESET, std::system_category()));
}

TEST_CASE("tls: what is no record is a protocol error", "[tls]") {
  Pair pair(GENERATE(TLS1_3_VERSION, TLS1_2_VERSION));
  pair.server.send_raw("HTTP/1.1 200 OK\r\n\r\n");
  CHECK(pair.client.end() == Errc::tls_protocol_error);
  // Also afterwards there is no way to take it for an end.
  CHECK(pair.client.end());
  pair.client.socket().finish();
  CHECK(pair.server.ends_with_failure());
}

TEST_CASE("tls: new keys are taken without a word of it", "[tls]") {
  Pair pair;
  auto script = meanwhile([&] {
    for (int i = 0; i < 5; ++i) {
      pair.server.update_keys();
      pair.server.send("ping");
      pair.server.read_until("pong");
    }
  });
  for (int i = 0; i < 5; ++i) {
    CHECK(pair.client.read(4) == "ping");
    pair.client.write("pong");
  }
  script.get();
}

TEST_CASE("tls: new keys are taken while a write waits for room", "[tls]") {
  Pair pair(TLS1_3_VERSION, small_buffer);
  const auto bytes = pattern(5, 0, MiB);
  bool written = false;
  pair.client.loop().spawn(
      [](net::Socket& socket, const std::string& all, bool& done) -> net::Task<void> {
        done = !co_await socket.write_all(all, test::Peer::patience);
      }(pair.client.socket(), bytes, written));
  pair.client.turn(50ms);
  REQUIRE_FALSE(written);
  pair.server.update_keys();
  pair.server.send("ping");
  CHECK(pair.client.read(4) == "ping");
  auto reads = std::async(std::launch::async, [&] { return pair.server.read_exactly(MiB); });
  for (int i = 0; i < 100 && !written; ++i) pair.client.turn(50ms);
  CHECK(written);
  CHECK((reads.get() == bytes));
}

TEST_CASE("tls: an idle connection is quiet, whatever tickets come", "[tls]") {
  Pair pair;
  pair.client.turn(20ms);
  CHECK(pair.client.socket().quiet());  // the tickets of the handshake
  int news = 0;
  pair.client.socket().when_readable([&] { ++news; });
  pair.server.send_ticket();
  pair.client.turn(20ms);
  CHECK(news == 1);
  CHECK(pair.client.socket().quiet());
  pair.client.write("x");
  CHECK(pair.server.read_exactly(1) == "x");
}

TEST_CASE("tls: a connection with anything else to read is not quiet", "[tls]") {
  Pair pair;
  SECTION("bytes") {
    pair.server.send("x");
    pair.client.turn(20ms);
    CHECK_FALSE(pair.client.socket().quiet());
    CHECK(pair.client.read(1) == "x");  // and they are still there
    CHECK(pair.client.socket().quiet());
  }
  SECTION("an end") {
    pair.server.finish();
    pair.client.turn(20ms);
    CHECK_FALSE(pair.client.socket().quiet());
  }
  SECTION("a cut") {
    pair.server.cut();
    pair.client.turn(20ms);
    CHECK_FALSE(pair.client.socket().quiet());
  }
  SECTION("a reset") {
    pair.server.reset();
    pair.client.turn(20ms);
    CHECK_FALSE(pair.client.socket().quiet());
  }
}

TEST_CASE("tls: a connection moves on to another keeper with its TLS", "[tls]") {
  Pair pair;
  pair.server.send("first");
  CHECK(pair.client.read(3) == "fir");  // the rest waits in TLS
  auto moved = net::Socket::taking_over(pair.client.loop(), pair.client.socket().release());
  std::string got;
  std::array<char, 10> buffer{};
  const auto rest = moved.try_read(buffer);
  REQUIRE(rest);
  CHECK(std::string(buffer.data(), *rest) == "st");
  CHECK(pair.client.run(moved.write_all("second", 1s)) == std::error_code());
  CHECK(pair.server.read_exactly(6) == "second");
}
