// SPDX-License-Identifier: Apache-2.0
// No input, however hostile or slow, makes another client's session fail.
#include <atomic>
#include <thread>

#include <catch2/catch.hpp>

#include "support/hop.hpp"

using namespace culvert::test;
using namespace std::chrono_literals;

namespace {

const std::string one_worker = "workers = 1\n" + std::string(allow_local);

/// Does the same again and again on a thread of its own until it fails or this is destroyed.
class Again {
 public:
  explicit Again(std::function<void()> what)
      : thread_([this, what = std::move(what)] {
          try {
            while (!stop_) what();
          } catch (const std::exception&) {
            // The other side has gone.
          }
        }) {}
  ~Again() {
    stop_ = true;
    thread_.join();
  }
  Again(const Again&) = delete;
  Again& operator=(const Again&) = delete;

 private:
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

std::string repeated(const std::string& what, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += what;
  return all;
}

}  // namespace

TEST_CASE("hostile: silence, rubbish and half a head hinder nobody", "[hostile]") {
  Origin origin;
  const Proxy proxy(one_worker);
  std::vector<Peer> crowd;
  for (int i = 0; i < 300; ++i) {
    crowd.push_back(proxy.connect());
    switch (i % 6) {
      case 0: break;
      case 1: crowd.back().send("\x16\x03\x01"); break;
      case 2: crowd.back().send("GET http://a.test/ HTTP/1.1\r\nHost: "); break;
      case 3: crowd.back().send("CONNECT " + std::string(15'000, 'a')); break;
      case 4: crowd.back().send(std::string(60'000, '\r')); break;
      case 5: crowd.back().send(get("a.test", "/", repeated("X-Many: y\r\n", 190)) + "GET "); break;
      default: break;
    }
  }
  CHECK(serves(proxy, origin));
  for (auto& one : crowd) one.reset();
  CHECK(serves(proxy, origin));
}

TEST_CASE("hostile: a client with endless requests leaves its worker time for others",
          "[hostile]") {
  Origin origin;
  const Proxy proxy(
      "workers = 1\n[[rule]]\nname = \"no\"\naction = \"deny\"\n"
      "hosts = [\"no.test\"]\n" +
      std::string(allow_local));
  auto flooder = proxy.connect();
  const auto requests = repeated(get("no.test"), 1000);
  const Again sending([&] { flooder.send(requests); });
  const Again reading([&] { flooder.read_exactly(10'000); });
  std::this_thread::sleep_for(100ms);
  for (int i = 0; i < 5; ++i) CHECK(serves(proxy, origin));
  flooder.finish();
}

TEST_CASE("hostile: an origin with endless interim answers leaves its worker time for others",
          "[hostile]") {
  const auto version = GENERATE("HTTP/1.0", "HTTP/1.1");
  CAPTURE(version);
  Hop hop(one_worker);
  hop.begin("GET", "", version);
  const auto answers = repeated("HTTP/1.1 100 Continue\r\n\r\n", 5000);
  const Again sending([&] { hop.server.send(answers); });
  const Again reading([&] { hop.client.read_exactly(10'000); });
  std::this_thread::sleep_for(100ms);
  for (int i = 0; i < 5; ++i) CHECK(serves(hop.proxy, hop.origin));
  hop.server.finish();
}

TEST_CASE("hostile: bulk through one tunnel leaves its worker time for others", "[hostile]") {
  Origin origin;
  const Proxy proxy(one_worker);
  auto client = proxy.tunnel(origin.authority());
  auto server = origin.accept();
  const std::string block(1UL << 20, 'x');
  const Again sending([&] { server.send(block); });
  const Again reading([&] { client.read_exactly(1UL << 16); });
  std::this_thread::sleep_for(50ms);
  CHECK(serves(proxy, origin));
  server.finish();
}

TEST_CASE("hostile: a body in chunks of one byte leaves its worker time for others", "[hostile]") {
  Hop hop(one_worker);
  hop.begin("POST", "Transfer-Encoding: chunked\r\n");
  const auto chunks = repeated("1\r\nx\r\n", 10'000);
  const Again sending([&] { hop.client.send(chunks); });
  const Again reading([&] { hop.server.read_exactly(10'000); });
  std::this_thread::sleep_for(50ms);
  CHECK(serves(hop.proxy, hop.origin));
  hop.client.finish();
}
