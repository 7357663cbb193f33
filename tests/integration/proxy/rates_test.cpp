// SPDX-License-Identifier: Apache-2.0
// `bytes_per_second` holds for everything that is passed on: heads, small messages, first bytes.
#include <algorithm>
#include <atomic>
#include <future>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include "support/hop.hpp"
#include "support/pattern.hpp"
#include "support/tunnels.hpp"

using namespace culvert::test;
using namespace std::chrono_literals;
using namespace std::string_literals;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::size_t KiB = 1024;
constexpr std::size_t rate = 64 * KiB;
constexpr std::size_t burst = 64 * KiB;  // what may move at once
const std::string limited = "limits = { bytes_per_second = \"64KiB\" }\n";

/// So many bytes need this long, with some room for how clocks are read. There is no upper bound:
/// the machine may be slow.
std::chrono::milliseconds least_time_for(std::size_t bytes) {
  return std::chrono::milliseconds((bytes - burst) * 1000 / rate) - 100ms;
}

std::string padding(std::size_t bytes) {
  return "X-Padding: " + std::string(bytes, 'x') + "\r\n";
}

std::string answer(std::size_t bytes) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(bytes) + "\r\n\r\n" +
         pattern(1, 0, bytes);
}

/// A client, the proxy and an origin, under a rule with the rate above.
struct Limited : Hop {
  explicit Limited(const std::string& more = "") : Hop(allow_local + limited + more) {}

  /// One exchange after the other over the same connections.
  void exchange(const std::string& fields, const std::string& said) {
    if (server.number() < 0) {
      begin("GET", fields);
    } else {
      again("GET", fields);
    }
    server.send(said);
    CHECK(read_response(client).status() == 200);
  }
  /// Leaves nothing of what may move at once.
  void take_burst() { exchange("", answer(burst)); }
};

/// Somebody with a connection of its own to the proxy and to an origin of its own, who asks for one
/// small answer after the other.
class Greedy {
 public:
  explicit Greedy(const Proxy& proxy) : client_(proxy.connect()) {
    asks_ = std::async(std::launch::async, [this] { ask_on(); });
  }
  ~Greedy() {
    stopped_ = true;
    asks_.wait();
  }
  Greedy(const Greedy&) = delete;
  Greedy& operator=(const Greedy&) = delete;

  /// Waits until it has had so many.
  void wait_for(int answers) const {
    const auto until = Clock::now() + Peer::patience;
    while (answers_ < answers && Clock::now() < until) std::this_thread::sleep_for(1ms);
  }

 private:
  void ask_on() {
    client_.send(get(origin_.authority()));
    auto server = origin_.accept();
    while (!stopped_) {
      server.read_head();
      server.send(answer(30'000));
      read_response(client_);
      ++answers_;
      client_.send(get(origin_.authority()));
    }
  }

  Origin origin_;
  Peer client_;
  std::atomic<bool> stopped_ = false;
  std::atomic<int> answers_ = 0;
  std::future<void> asks_;
};

}  // namespace

TEST_CASE("rates: many small exchanges take as long as their bytes", "[rates]") {
  const auto [fields, said] = GENERATE(table<std::string, std::string>({
      {"", answer(8 * KiB)},
      {padding(8 * KiB), answer(1)},
      {"", "HTTP/1.1 200 OK\r\n" + padding(8 * KiB) + "Content-Length: 0\r\n\r\n"},
      {"", "HTTP/1.1 103 Early Hints\r\n" + padding(8 * KiB) + "\r\n" + answer(1)},
      {"", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Padding\r\n\r\n0\r\n" +
               padding(8 * KiB) + "\r\n"},
  }));
  CAPTURE(fields.size(), said.substr(0, 40));
  Limited hop;
  const auto begun = Clock::now();
  for (int i = 0; i < 20; ++i) {
    if (i == 0) hop.begin("GET", fields);
    if (i > 0) hop.again("GET", fields);
    hop.server.send(said);
    if (said.contains(" 103 ")) hop.client.read_head();
    if (said.contains("chunked")) {
      hop.client.read_head();
      hop.client.read_until("x\r\n\r\n");
    } else {
      CHECK(read_response(hop.client).status() == 200);
    }
  }
  CHECK(Clock::now() - begun > least_time_for(20 * 8 * KiB));
}

TEST_CASE("rates: who asks for a lot leaves others their share", "[rates]") {
  Limited hop;
  const Greedy greedy(hop.proxy);
  greedy.wait_for(4);
  auto client = hop.proxy.tunnel(hop.origin.authority());
  auto server = hop.origin.accept();
  for (int i = 0; i < 8; ++i) {
    client.send(pattern(1, 0, 2 * KiB));  // each needs a turn, and nobody waits for more than that
    CHECK(server.read_exactly(2 * KiB) == pattern(1, 0, 2 * KiB));
  }
}

TEST_CASE("rates: the first bytes of tunnels have to wait as well", "[rates]") {
  constexpr std::size_t tunnels = 10;
  const auto first = pattern(1, 0, 16 * KiB);
  Limited hop;
  std::vector<Peer> clients;
  const auto begun = Clock::now();
  for (std::size_t i = 0; i < tunnels; ++i) {
    clients.push_back(hop.proxy.connect());
    clients.back().send(connect_to(hop.origin.authority()) + first);
  }
  std::vector<std::future<std::string>> received;
  std::vector<Peer> servers;
  for (std::size_t i = 0; i < tunnels; ++i) servers.push_back(hop.origin.accept());
  for (auto& server : servers) {
    received.push_back(
        std::async(std::launch::async, [&] { return server.read_exactly(16 * KiB); }));
  }
  for (auto& one : received) CHECK(one.get() == first);
  CHECK(Clock::now() - begun > least_time_for(tunnels * 16 * KiB));
}

TEST_CASE("rates: the handshakes of WebSockets in tunnels have to wait as well", "[rates]") {
  Tunnels tunnels("tunnel = [\"websocket\"]\n" + limited);
  const bool up = GENERATE(true, false);
  CAPTURE(up);
  std::string asks = handshake_inside();
  std::string says = switching;
  (up ? asks : says).insert((up ? asks : says).size() - 2, padding(16 * KiB));
  const auto begun = Clock::now();
  for (int i = 0; i < 10; ++i) {
    auto tunnel = tunnels.open();
    tunnel.client.send(asks);
    CHECK(tunnel.server.read_head() == asks);
    tunnel.server.send(says + "frame");
    CHECK(tunnel.client.read_exactly(says.size() + 5) == says + "frame");
  }
  CHECK(Clock::now() - begun > least_time_for(10 * 16 * KiB));
}

TEST_CASE("rates: what moves in pieces stays in order", "[rates]") {
  Limited hop;
  std::string requests;
  for (int i = 0; i < 3; ++i) {
    requests += "POST http://" + hop.origin.authority() + "/" + std::to_string(i) +
                " HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n" + padding(5000) + "\r\n" +
                pattern(1, 0, 5000);
  }
  hop.client.send(requests);
  for (int i = 0; i < 3; ++i) {
    auto server = hop.origin.accept();
    const auto head = server.read_head();
    CHECK(head.starts_with("POST /" + std::to_string(i) + " HTTP/1.1\r\n"));
    CHECK(head.contains(padding(5000)));
    CHECK(server.read_exactly(5000) == pattern(1, 0, 5000));
    server.send(answer(5000));
    CHECK(read_response(hop.client).body == pattern(1, 0, 5000));
  }
}

TEST_CASE("rates: who waits for its turn is neither silent nor slow", "[rates]") {
  Limited hop(
      "[timeouts]\nresponse_head = \"300ms\"\nbody_idle = \"300ms\"\n"
      "[limits]\nmin_body_rate = \"1MiB\"\nbody_grace = \"300ms\"\n");
  hop.take_burst();
  SECTION("an origin whose interim answers do") {
    hop.again("GET");
    hop.server.send("HTTP/1.1 103 Early Hints\r\n" + padding(48 * KiB) + "\r\n");
    hop.server.send(answer(1));
    CHECK(hop.client.read_head().starts_with("HTTP/1.1 103 "));
    CHECK(read_response(hop.client).status() == 200);
  }
  SECTION("an origin that does not have the request yet, and a client that is told to go on") {
    auto heard = std::async(std::launch::async, [&] {
      auto server = hop.origin.accept();
      server.read_head();
      server.send("HTTP/1.1 100 Continue\r\n" + padding(32 * KiB) + "\r\n");
      auto body = server.read_exactly(16 * KiB);
      server.send(answer(1));
      return body;
    });
    hop.client.send("POST http://" + hop.origin.authority() + "/ HTTP/1.1\r\nHost: x\r\n" +
                    "Expect: 100-continue\r\nContent-Length: 16384\r\n" + padding(48 * KiB) +
                    "\r\n");
    CHECK(hop.client.read_head().starts_with("HTTP/1.1 100 "));
    hop.client.send(pattern(2, 0, 16 * KiB));
    CHECK(heard.get() == pattern(2, 0, 16 * KiB));
    CHECK(read_response(hop.client).status() == 200);
  }
}

TEST_CASE("rates: a client that goes while its request waits is not waited for", "[rates]") {
  Hop hop(allow_local + "limits = { bytes_per_second = \"8KiB\" }\n"s);
  hop.begin("GET");
  hop.server.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 65536\r\n\r\n" +
                  pattern(1, 0, burst));
  CHECK(read_response(hop.client).status() == 200);
  auto other = hop.proxy.connect();
  other.send(get(hop.origin.authority(), "/", padding(60 * KiB)));  // more than 7 s of waiting
  auto server = hop.origin.accept();
  server.read_until("GET / HTTP/1.1\r\n");
  other.reset();
  const auto lines = hop.proxy.log(2);
  CHECK(std::ranges::any_of(lines,
                            [](const auto& line) { return line.value("closer", "") == "client"; }));
  CHECK(server.read_rest().size() < 60 * KiB);
}
