// SPDX-License-Identifier: Apache-2.0
// What a hostile HTTP/2 client can do: its own connection ends, with the right code and one line in
// the log, and nobody else's. The limits are those of a configuration that says nothing of them.
#include <algorithm>
#include <fstream>
#include <iterator>

#include <sys/socket.h>

#include <catch2/catch.hpp>

#include "support/h2_client.hpp"
#include "support/hop.hpp"
#include "support/soon.hpp"

using namespace culvert::test;
using namespace culvert::test::h2;
using namespace std::chrono_literals;
namespace http2 = culvert::http2;

namespace {

const std::string one_worker = "workers = 1\n" + std::string(allow_local);

/// Memory that this process has.
std::size_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t all = 0;
  std::size_t resident = 0;
  file >> all >> resident;
  return resident * 4096;
}

/// A proxy with one worker, a tunnel of somebody else on it, and somebody who means harm.
struct Attack {
  explicit Attack(const std::string& toml = one_worker)
      : proxy(with_h2c(toml)),
        bystander(proxy.connect()),
        tunnel(bystander.connect(origin.authority())) {
    server = origin.accept();
    if (tunnel.status() != 200) throw std::runtime_error("no tunnel");
    hostile = proxy.connect();
    hostile.send(hello());
    resident = resident_bytes();
  }

  /// Sends it again and again until nobody takes it any more.
  void flood(const std::string& bytes, int times = 100'000) {
    try {
      for (int i = 0; i < times; ++i) hostile.send(bytes);
    } catch (const std::exception&) {
      return;  // the other side has gone
    }
  }

  /// The code of the GOAWAY with which the connection ended.
  std::string code() {
    auto bytes = hostile.read_rest();
    std::string code = "none";
    for (const auto& frame : take_frames(bytes)) {
      if (frame.type == goaway) code = http2::name_of_code(frame.word(4));
    }
    return code;
  }

  bool bystander_goes_on() {
    tunnel.send("x");
    if (server.read_exactly(1) != "x") return false;
    server.send("y");
    return tunnel.read_exactly(1) == "y";
  }

  /// The connection's lines in the log that name this.
  std::size_t lines_with(const std::string& reason) {
    const auto log = proxy.log(0);
    return static_cast<std::size_t>(std::ranges::count_if(log, [&](const Proxy::Line& line) {
      return line.value("reason", "") == "connection ended: " + reason;
    }));
  }

  /// What must be so after every attack.
  void check(const std::string& reason) {
    hostile.close();
    CHECK(bystander_goes_on());
    CHECK(soon([&] { return lines_with(reason) == 1; }));
    CHECK(resident_bytes() < resident + (64UL << 20));
  }

  Origin origin;
  Proxy proxy;
  H2Client bystander;
  H2Stream& tunnel;
  Peer server{-1};
  Peer hostile{-1};
  std::size_t resident = 0;
};

std::string repeated(const std::string& what, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += what;
  return all;
}

/// The same for one stream after the other.
template <class Frames>
std::string for_streams(std::uint32_t count, Frames frames) {
  std::string all;
  for (std::uint32_t i = 0; i < count; ++i) all += frames(1 + 2 * i);
  return all;
}

const std::string calm = "ENHANCE_YOUR_CALM";

}  // namespace

TEST_CASE("http2 hostile: rapid reset", "[http2][hostile]") {
  Attack attack;
  attack.flood(for_streams(3000,
                           [](std::uint32_t stream) {
                             return connect_frame(stream, "h.test:1") + reset_frame(stream, 8);
                           }),
               1);
  CHECK(attack.code() == calm);
  attack.check(calm);
}

TEST_CASE("http2 hostile: resets that the proxy is made to send", "[http2][hostile]") {
  const auto kind = GENERATE(0, 1, 2, 3);
  CAPTURE(kind);
  Attack attack;
  const auto head = block({{":method", "POST"},
                           {":scheme", "http"},
                           {":path", "/"},
                           {":authority", "h.test"},
                           {"content-length", "1"}});
  attack.flood(for_streams(5000,
                           [&](std::uint32_t stream) -> std::string {
                             switch (kind) {
                               case 0:
                                 return connect_frame(stream, "h.test:1") +
                                        window_frame(stream, 0x7fffffff);
                               case 1:
                                 return frame(headers, end_headers, stream, head) +
                                        frame(data, none, stream, "too much");
                               case 2:
                                 return frame(headers, end_headers, stream, head) +
                                        frame(headers, end_headers, stream, block({{"a", "b"}}));
                               default:
                                 return frame(headers, end_headers | end_stream, stream, block({}));
                             }
                           }),
               1);
  CHECK(attack.code() == calm);
  attack.check(calm);
}

TEST_CASE("http2 hostile: more streams than are allowed, again and again", "[http2][hostile]") {
  Attack attack;
  attack.flood(for_streams(5000,
                           [&](std::uint32_t stream) {
                             return connect_frame(stream, attack.origin.authority());
                           }),
               1);
  CHECK(attack.code() == calm);
  attack.check(calm);
}

TEST_CASE("http2 hostile: CONTINUATION without end", "[http2][hostile]") {
  Attack attack;
  attack.hostile.send(frame(headers, none, 1, connect_block("h.test:1")));
  attack.flood(repeated(frame(continuation, none, 1, ""), 100), 10);
  CHECK(attack.code() == calm);
  attack.check(calm);
}

TEST_CASE("http2 hostile: CONTINUATION without end behind trailers", "[http2][hostile]") {
  Attack attack;
  attack.hostile.send(connect_frame(1, attack.origin.authority()) +
                      frame(headers, end_stream, 1, block({{"a", "b"}})));
  attack.flood(repeated(frame(continuation, none, 1, block({{"a", "b"}})), 100), 10);
  CHECK(attack.code() == calm);
  attack.check(calm);
}

TEST_CASE("http2 hostile: frames that move nothing", "[http2][hostile]") {
  const auto idle = GENERATE(
      frame(data, none, 1), frame(data, padded, 1, std::string(1, '\0')),
      frame(data, padded, 1, std::string(1, '\xc8') + std::string(200, '\0')),
      frame(ping, none, 0, "12345678"), frame(ping, ack, 0, "12345678"), settings_frame(),
      settings_frame({{4, 100'000}}), frame(priority, none, 1, std::string("\0\0\0\0\0", 5)),
      frame(priority, none, 9, std::string("\0\0\0\1\0", 5)), frame(16, none, 0, "\0\0\0\1u=1"),
      window_frame(0, 1), window_frame(1, 1), frame(77, none, 0, "what"));
  CAPTURE(static_cast<int>(idle[3]));
  Attack attack;
  attack.hostile.send(connect_frame(1, attack.origin.authority()));
  const auto server = attack.origin.accept();
  attack.flood(repeated(idle, 100), 200);
  CHECK(attack.code() == calm);
  attack.check(calm);
}

TEST_CASE("http2 hostile: questions from a client that reads no answer", "[http2][hostile]") {
  const auto question = GENERATE(frame(ping, none, 0, "12345678"), settings_frame());
  Attack attack;
  attack.hostile.close();
  attack.hostile = attack.proxy.connect(4096);
  attack.hostile.send(hello());
  attack.flood(repeated(question, 1000), 100);
  CHECK(attack.code() == calm);
  attack.check(calm);
}

TEST_CASE("http2 hostile: a header bomb", "[http2][hostile]") {
  // One large field in the table, and then its one-byte name again and again (RFC 7541 §6.1).
  Attack attack;
  const std::string value(4000, 'v');
  std::string entry{'\x40', '\x01', 'b'};           // with indexing
  entry += std::string("\x7f\xa1\x1e", 3) + value;  // 127 + 0x21 + 128 * 0x1e = 4000
  const auto first = connect_block("h.test:1") + entry + std::string(12'000, '\xbe');
  attack.flood(frame(headers, end_headers, 1, first), 1);
  CHECK(attack.code() == calm);
  attack.check(calm);
}

TEST_CASE("http2 hostile: a head that is merely too large is answered", "[http2][hostile]") {
  Proxy proxy(with_h2c(one_worker));
  H2Client client(proxy.connect());
  auto& stream = client.ask({{":method", "GET"},
                             {":scheme", "http"},
                             {":authority", "h.test"},
                             {":path", "/"},
                             {"x-large", std::string(70'000, 'l')}});
  CHECK(stream.status() == 431);
  CHECK(proxy.log(1).at(0).at("status") == 431);
}

TEST_CASE("http2 hostile: windows that never open", "[http2][hostile]") {
  // 200 large downloads by a client that gives no window for any.
  Attack attack("workers = 1\n" + with_timeouts("body_idle = \"200ms\"\ntunnel_idle = \"2s\""));
  attack.hostile.send(settings_frame({{4, 0}}));
  const auto tunnels = GENERATE(false, true);
  std::vector<Peer> servers;
  for (std::uint32_t stream = 1; stream < 400; stream += 2) {
    const auto authority = attack.origin.authority();
    attack.hostile.send(tunnels ? connect_frame(stream, authority)
                                : frame(headers, end_headers | end_stream, stream,
                                        block({{":method", "GET"},
                                               {":scheme", "http"},
                                               {":authority", authority},
                                               {":path", "/"}})));
    servers.push_back(attack.origin.accept());
    if (!tunnels) {
      servers.back().read_head();
      servers.back().send("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n");
    }
  }
  const std::string much(16UL << 10, 'x');
  for (int i = 0; i < 64; ++i) {
    for (const auto& server : servers) {
      send(server.number(), much.data(), much.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    }
  }
  CHECK(attack.bystander_goes_on());
  // 64 KiB a stream, and what the system's buffers make of it is not ours.
  CHECK(resident_bytes() < attack.resident + (80UL << 20));
  for (auto& server : servers) server.drain();
  CHECK(serves(attack.proxy, attack.origin));
}
