// SPDX-License-Identifier: Apache-2.0
#include <future>
#include <thread>

#include <fcntl.h>

#include <catch2/catch.hpp>
#include <culvert/error.hpp>

#include "relay/tunnel.hpp"
#include "support/frames.hpp"
#include "support/owner.hpp"
#include "support/pattern.hpp"
#include "support/soon.hpp"
#include "support/tls_client.hpp"

using namespace culvert;
using namespace std::chrono_literals;
using relay::Ending;
using test::meanwhile;
using test::pattern;
using test::SocketUser;
using test::soon;
using test::TlsOrigin;
using test::TlsPeer;
using websocket::Side;

namespace {

constexpr std::size_t MiB = 1024UL * 1024;
constexpr int small_buffer = 4096;

enum class Wire : std::uint8_t { tcp, exact };

/// A relay between a client in the clear and an origin over TLS. It runs on a thread of its own
/// from begin() to the end of the tunnel.
class Relayed {
 public:
  /// `buffer` is the size of TCP's buffers; 0 leaves them.
  explicit Relayed(int newest = TLS1_3_VERSION, int buffer = 0, Wire to_origin = Wire::tcp)
      : origin_(TlsOrigin::How{.newest = newest, .receive_bytes = buffer}),
        user_(to_origin == Wire::exact ? std::move(exact_.ours)
                                       : test::connected_to(origin_.authority(), buffer, buffer)),
        server(accept(to_origin)),
        door_("127.0.0.1", 0, buffer),
        client(test::Peer::to({.address = *Address::parse("127.0.0.1"), .port = door_.port()},
                              buffer)) {}
  ~Relayed() {
    if (running_.valid()) end();
  }
  Relayed(const Relayed&) = delete;
  Relayed& operator=(const Relayed&) = delete;

  void begin(const std::string& to_origin = "", const std::string& to_client = "",
             const relay::Limits& limits = {}, std::unique_ptr<websocket::Watch> watch = nullptr) {
    to_origin_ = user_.socket().number();
    net::Descriptor accepted(door_.accept().release());
    fcntl(accepted.number(), F_SETFL, O_NONBLOCK);
    net::Socket ours = net::Socket::watching(user_.loop(), std::move(accepted));
    relay::Ends ends{.client = ours.release(),
                     .origin = user_.socket().release(),
                     .to_origin = to_origin,
                     .to_client = to_client,
                     .websocket = std::move(watch)};
    auto done = [this](const relay::Outcome& outcome) {
      outcome_ = outcome;
      user_.loop().stop();
    };
    relays_.start(std::move(ends), limits, std::make_unique<test::Owner>(std::move(done)));
    running_ = std::async(std::launch::async, [this] { user_.loop().run(); });
  }

  void begin_websocket() {
    begin("", "", {},
          std::make_unique<websocket::Watch>(websocket::Settings(), websocket::Facts(),
                                             user_.loop().now()));
  }
  /// A WebSocket is ended from here, now.
  void drain() {
    user_.loop().post([this] { relays_.drain(user_.loop().now()); });
  }

  /// The origin's connection takes nothing more until all but a little has been read.
  void leave_no_room() const { test::leave_no_room(to_origin_); }

  /// The outcome, once the tunnel has ended by itself.
  relay::Outcome outcome() {
    if (running_.wait_for(test::Peer::patience) != std::future_status::ready) {
      end();
      throw std::runtime_error("the tunnel did not end");
    }
    running_.get();
    return outcome_;
  }

 private:
  TlsPeer accept(Wire wire) {
    auto accepted = std::async(std::launch::async, [this, wire] {
      return wire == Wire::exact ? origin_.serve(std::move(exact_.theirs)) : origin_.accept();
    });
    const auto started = user_.start_tls();
    if (!started) throw std::system_error(started.error().why, started.error().detail);
    return accepted.get();
  }
  void end() {
    user_.loop().post([this] {
      relays_.stop_all();
      user_.loop().stop();
    });
    running_.get();
  }

  TlsOrigin origin_;
  test::ExactPair exact_;
  SocketUser user_;
  relay::Relays relays_{user_.loop()};
  relay::Outcome outcome_;
  std::future<void> running_;
  int to_origin_ = -1;

 public:
  TlsPeer server;

 private:
  test::Origin door_;

 public:
  test::Peer client;
};

const std::string told = "1001 the proxy is going down";
const auto close_size = websocket::close_frame(1001, told.substr(5), std::nullopt).size();

/// A frame as that side sends it.
std::string binary(websocket::Side side, std::string_view payload) {
  return websocket::frame_of(side, websocket::opcode_binary, payload);
}
std::string close_of(websocket::Side side) {
  return websocket::frame_of(side, websocket::opcode_close, "\x03\xe9");
}

/// The origin hears its Close, masked.
bool hears_close(TlsPeer& origin) {
  const auto close = origin.read_exactly(close_size + 4);
  return (close.at(1) & 0x80) != 0 && test::told_by_close(close) == told;
}
bool hears_close(test::Peer& client) {
  return test::told_by_close(client.read_exactly(close_size)) == told;
}

/// True when both TLS and TCP come to their end here, in order.
bool finishes(TlsPeer& origin) {
  return origin.ends_here() && !origin.silent_for(TlsPeer::patience);
}

}  // namespace

TEST_CASE("tls relay: bytes go both ways, and what came before goes first", "[tls]") {
  Relayed relayed(GENERATE(TLS1_3_VERSION, TLS1_2_VERSION));
  relayed.begin("early up ", "early down ");
  relayed.client.send("ping");
  CHECK(relayed.server.read_exactly(13) == "early up ping");
  relayed.server.send("pong");
  CHECK(relayed.client.read_exactly(15) == "early down pong");
  for (int i = 0; i < 100; ++i) {
    relayed.client.send("ping");
    CHECK(relayed.server.read_exactly(4) == "ping");
    relayed.server.send("pong");
    CHECK(relayed.client.read_exactly(4) == "pong");
  }
}

TEST_CASE("tls relay: bulk goes both ways at once", "[tls]") {
  Relayed relayed(GENERATE(TLS1_3_VERSION, TLS1_2_VERSION), GENERATE(0, small_buffer));
  relayed.begin();
  const auto down = pattern(2, 0, 4 * MiB);
  auto sends_up = test::send_pattern(relayed.client, 1, 4 * MiB);
  auto sends_down = meanwhile([&] {
    relayed.server.send(down);
    relayed.server.finish();
  });
  auto reads_up = std::async(std::launch::async, [&] { return relayed.server.read_to_end(); });
  CHECK(test::read_pattern(relayed.client, 2, 4 * MiB).empty());
  CHECK((reads_up.get() == pattern(1, 0, 4 * MiB)));
  sends_up.get();
  sends_down.get();
  const auto outcome = relayed.outcome();
  CHECK(outcome.bytes_up == 4 * MiB);
  CHECK(outcome.bytes_down == 4 * MiB);
  CHECK_FALSE(outcome.error);
}

TEST_CASE("tls relay: each byte may be a record of its own", "[tls]") {
  Relayed relayed;
  relayed.begin();
  const auto bytes = pattern(3, 0, 3000);
  auto sends = meanwhile([&] {
    for (const char byte : bytes) relayed.server.send({&byte, 1});
  });
  CHECK((relayed.client.read_exactly(bytes.size()) == bytes));
  sends.get();
  for (const char byte : bytes) relayed.client.send({&byte, 1});
  CHECK((relayed.server.read_exactly(bytes.size()) == bytes));
}

TEST_CASE("tls relay: a side that does not read holds back the other, not more", "[tls]") {
  Relayed relayed;
  relayed.begin();
  constexpr std::size_t most = 64 * MiB;
  SECTION("the origin") {
    const auto sent = relayed.client.send_until_blocked(most);
    CHECK(sent < most);
    CHECK(relayed.server.read_exactly(sent) == std::string(sent, 'x'));
  }
  SECTION("the client") {
    const auto sent = relayed.server.send_until_blocked(most);
    CHECK(sent < most);
    CHECK(relayed.client.read_exactly(sent) == std::string(sent, 'x'));
  }
}

TEST_CASE("tls relay: a finish is passed on, and the other direction goes on", "[tls]") {
  Relayed relayed(GENERATE(TLS1_3_VERSION, TLS1_2_VERSION));
  relayed.begin();
  SECTION("the client's") {
    relayed.client.send("all");
    relayed.client.finish();
    CHECK(relayed.server.read_to_end() == "all");
    relayed.server.send("answer");
    CHECK(relayed.client.read_exactly(6) == "answer");
    relayed.server.finish();
    CHECK(relayed.client.ends_here());
    CHECK(relayed.outcome().ending == Ending::client_finished);
  }
  SECTION("the origin's") {
    relayed.server.send("all");
    relayed.server.finish();
    CHECK(relayed.client.read_to_end() == "all");
    relayed.client.send("answer");
    CHECK(relayed.server.read_exactly(6) == "answer");
    relayed.client.finish();
    CHECK(relayed.server.ends_here());
    CHECK(relayed.outcome().ending == Ending::origin_finished);
  }
}

TEST_CASE("tls relay: a finish that finds no room follows when there is some", "[tls]") {
  Relayed relayed(TLS1_3_VERSION, 0, Wire::exact);
  relayed.begin();
  const bool first = GENERATE(true, false);
  if (!first) {
    relayed.server.finish();
    CHECK(relayed.client.ends_here());
  }
  const auto bytes = pattern(7, 0, 60'000);
  relayed.client.send(bytes);
  std::this_thread::sleep_for(50ms);  // it is with the system now, and nobody reads it
  relayed.leave_no_room();
  relayed.client.finish();
  std::this_thread::sleep_for(50ms);
  CHECK((relayed.server.read_to_end() == bytes));
  if (!first) CHECK(relayed.outcome().ending == Ending::origin_finished);
}

TEST_CASE("tls relay: an origin that is cut off is passed on as a reset", "[tls]") {
  Relayed relayed(GENERATE(TLS1_3_VERSION, TLS1_2_VERSION));
  relayed.begin();
  relayed.server.send("half");
  CHECK(relayed.client.read_exactly(4) == "half");
  SECTION("by a FIN alone") {
    relayed.server.cut();
    CHECK(relayed.client.ends_with_reset());
    const auto outcome = relayed.outcome();
    CHECK(outcome.ending == Ending::origin_reset);
    CHECK(outcome.error == Errc::connection_terminated);
  }
  SECTION("by what is no record") {
    relayed.server.send_raw("HTTP/1.1 200 OK\r\n\r\n");
    CHECK(relayed.client.ends_with_reset());
    const auto outcome = relayed.outcome();
    CHECK(outcome.ending == Ending::origin_reset);
    CHECK(outcome.error == Errc::tls_protocol_error);
  }
  SECTION("by a reset") {
    relayed.server.reset();
    CHECK(relayed.client.ends_with_reset());
    CHECK(relayed.outcome().ending == Ending::origin_reset);
  }
  SECTION("by a reset behind its end") {
    relayed.server.finish();
    CHECK(relayed.client.ends_here());
    relayed.server.reset();
    CHECK(relayed.outcome().ending == Ending::origin_reset);
  }
}

TEST_CASE("tls relay: a client's reset is no end for the origin", "[tls]") {
  Relayed relayed;
  relayed.begin();
  relayed.client.send("half");
  CHECK(relayed.server.read_exactly(4) == "half");
  relayed.client.reset();
  CHECK(relayed.server.ends_with_failure());
  CHECK(relayed.outcome().ending == Ending::client_reset);
}

TEST_CASE("tls relay: new keys and tickets pass without a byte on the other side", "[tls]") {
  Relayed relayed;
  relayed.begin();
  for (int i = 0; i < 3; ++i) {
    relayed.server.update_keys();
    relayed.server.send_ticket();
    CHECK(relayed.client.silent_for(20ms));
    relayed.client.send("ping");
    CHECK(relayed.server.read_exactly(4) == "ping");
    relayed.server.send("pong");
    CHECK(relayed.client.read_exactly(4) == "pong");
  }
}

TEST_CASE("tls relay: the limits hold", "[tls]") {
  Relayed relayed;
  relayed.begin("", "", {.idle = 100ms});
  CHECK(relayed.client.ends_here());
  CHECK(relayed.outcome().ending == Ending::idle);
}

TEST_CASE("tls relay: both sides of a WebSocket hear a Close, and a finish for their answer",
          "[tls][leave]") {
  const int newest = GENERATE(TLS1_3_VERSION, TLS1_2_VERSION);
  CHECK(soon([&] {
    Relayed relayed(newest);
    relayed.begin_websocket();
    const auto up = binary(Side::client, "hello");
    const auto down = binary(Side::origin, "hello");
    relayed.client.send(up);
    CHECK(relayed.server.read_exactly(up.size()) == up);
    relayed.server.send(down);
    CHECK(relayed.client.read_exactly(down.size()) == down);
    const auto begun = net::Clock::now();
    relayed.drain();
    CHECK(hears_close(relayed.client));
    CHECK(hears_close(relayed.server));
    relayed.client.send(up + close_of(Side::client));  // this goes no further
    CHECK(relayed.client.ends_here());
    relayed.client.finish();
    relayed.server.send(down + close_of(Side::origin));
    CHECK(finishes(relayed.server));
    relayed.server.finish();
    const auto outcome = relayed.outcome();
    CHECK(outcome.ending == Ending::stopped);
    CHECK_FALSE(outcome.error);
    CHECK(outcome.bytes_up == up.size() + close_size + 4);
    CHECK(outcome.bytes_down == down.size() + close_size);
    return net::Clock::now() - begun < 400ms;  // and nobody has waited
  }));
}

TEST_CASE("tls relay: a frame that is split over records is completed before the Close",
          "[tls][leave]") {
  Relayed relayed(GENERATE(TLS1_3_VERSION, TLS1_2_VERSION));
  relayed.begin_websocket();
  const auto frame = binary(Side::origin, pattern(4, 0, 100'000));
  const std::size_t half = 50'000;
  relayed.server.send(frame.substr(0, half));
  CHECK((relayed.client.read_exactly(half) == frame.substr(0, half)));
  relayed.drain();
  CHECK(hears_close(relayed.server));
  auto rest = std::string_view(frame).substr(half);
  for (; rest.size() > 1000; rest.remove_prefix(1000)) relayed.server.send(rest.substr(0, 1000));
  relayed.server.send(std::string(rest) + close_of(Side::origin));  // in one record
  CHECK((relayed.client.read_exactly(frame.size() - half) == frame.substr(half)));
  CHECK(hears_close(relayed.client));
  relayed.client.send(close_of(Side::client));
  CHECK(relayed.client.ends_here());
  CHECK(finishes(relayed.server));
  relayed.client.finish();
  relayed.server.finish();
  CHECK(relayed.outcome().ending == Ending::stopped);
}

TEST_CASE("tls relay: a client that was blocked hears its Close behind a whole frame",
          "[tls][leave]") {
  Relayed relayed;
  relayed.begin_websocket();
  const auto frame = binary(Side::origin, pattern(6, 0, 40'000));  // of some records
  std::string frames;
  while (frames.size() < 32 * MiB) frames += frame;  // far more than the systems take
  auto sends = meanwhile([&] {
    try {
      relayed.server.send(frames);
    } catch (const std::runtime_error&) {
      // Cut off: not all is taken in time.
    }
  });
  REQUIRE_FALSE(relayed.client.silent_for(test::Peer::patience));
  std::this_thread::sleep_for(200ms);
  relayed.drain();
  const auto got = relayed.client.read_to_end();
  REQUIRE(got.size() > close_size);
  const auto before = got.size() - close_size;
  CHECK(before % frame.size() == 0);
  CHECK(before < frames.size());
  CHECK((got.substr(0, before) == frames.substr(0, before)));
  CHECK(test::told_by_close(got.substr(before)) == told);
  CHECK(hears_close(relayed.server));
  relayed.client.finish();
  sends.get();
  relayed.server.cut();
  CHECK(relayed.outcome().ending == Ending::stopped);
}

TEST_CASE("tls relay: an origin that was blocked hears its Close behind a whole frame",
          "[tls][leave]") {
  Relayed relayed(GENERATE(TLS1_3_VERSION, TLS1_2_VERSION), 0, Wire::exact);
  relayed.begin_websocket();
  const auto frame = binary(Side::client, pattern(7, 0, 3000));  // some in a record
  std::string frames;
  while (frames.size() < 16 * MiB) frames += frame;
  auto sends = meanwhile([&] {
    try {
      relayed.client.send(frames);
    } catch (const std::runtime_error&) {
      // Cut off: not all is taken in time.
    }
  });
  REQUIRE_FALSE(relayed.server.silent_for(TlsPeer::patience));
  std::this_thread::sleep_for(200ms);
  relayed.drain();
  std::this_thread::sleep_for(20ms);  // it has begun, and still nothing fits
  const auto got = relayed.server.read_to_end();
  REQUIRE(got.size() > close_size + 4);
  const auto before = got.size() - close_size - 4;
  CHECK(before % frame.size() == 0);
  CHECK((got.substr(0, before) == frames.substr(0, before)));
  CHECK(test::told_by_close(got.substr(before)) == told);
  CHECK(hears_close(relayed.client));
  sends.get();
  relayed.client.finish();
  relayed.server.finish();
  CHECK(relayed.outcome().ending == Ending::stopped);
}

TEST_CASE("tls relay: a client that stays blocked is reset, and the origin hears its Close",
          "[tls][leave]") {
  Relayed relayed;
  relayed.begin_websocket();
  relayed.server.send("\x82\x7f" + std::string("\0\0\1\0\0\0\0\0", 8));  // 1 TiB
  relayed.server.send_until_blocked(64 * MiB);
  relayed.drain();
  CHECK(hears_close(relayed.server));
  CHECK(finishes(relayed.server));
  CHECK(relayed.outcome().ending == Ending::stopped);
  CHECK(relayed.client.ends_with_reset());
}
