// SPDX-License-Identifier: Apache-2.0
// No input, however hostile or slow, makes another client's session fail.
#include <atomic>
#include <filesystem>
#include <thread>

#include <sys/resource.h>

#include <catch2/catch.hpp>

#include "support/hop.hpp"
#include "support/pattern.hpp"

using namespace culvert::test;
using namespace std::chrono_literals;

namespace {

const std::string one_worker = "workers = 1\n" + std::string(allow_local);

/// The descriptors that this process has open.
std::size_t descriptors() {
  const auto all = std::filesystem::directory_iterator("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

/// True when no more than `count` are open, at the latest after 5 s.
bool descriptors_fall_to(std::size_t count) {
  const auto until = std::chrono::steady_clock::now() + Peer::patience;
  while (descriptors() > count) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(10ms);
  }
  return true;
}

/// This process may have so many descriptors, until the end of the scope.
class DescriptorLimit {
 public:
  explicit DescriptorLimit(rlim_t most) {
    getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit now{.rlim_cur = std::min(most, before_.rlim_max), .rlim_max = before_.rlim_max};
    setrlimit(RLIMIT_NOFILE, &now);
  }
  ~DescriptorLimit() { setrlimit(RLIMIT_NOFILE, &before_); }
  DescriptorLimit(const DescriptorLimit&) = delete;
  DescriptorLimit& operator=(const DescriptorLimit&) = delete;

 private:
  rlimit before_{};
};

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

/// A tunnel is made and carries bytes, and soon.
void check_service(const Proxy& proxy, Origin& origin) {
  const auto begun = std::chrono::steady_clock::now();
  auto client = proxy.tunnel(origin.authority());
  auto server = origin.accept();
  client.send("x");
  CHECK(server.read_exactly(1) == "x");
  CHECK(std::chrono::steady_clock::now() - begun < 2s);
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
  check_service(proxy, origin);
  for (auto& one : crowd) one.reset();
  check_service(proxy, origin);
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
  for (int i = 0; i < 5; ++i) check_service(proxy, origin);
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
  for (int i = 0; i < 5; ++i) check_service(hop.proxy, hop.origin);
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
  check_service(proxy, origin);
  server.finish();
}

TEST_CASE("hostile: a body in chunks of one byte leaves its worker time for others", "[hostile]") {
  Hop hop(one_worker);
  hop.begin("POST", "Transfer-Encoding: chunked\r\n");
  const auto chunks = repeated("1\r\nx\r\n", 10'000);
  const Again sending([&] { hop.client.send(chunks); });
  const Again reading([&] { hop.server.read_exactly(10'000); });
  std::this_thread::sleep_for(50ms);
  check_service(hop.proxy, hop.origin);
  hop.client.finish();
}

TEST_CASE("hostile: without descriptors, live tunnels go on, and service comes back", "[hostile]") {
  Origin origin;
  const Proxy proxy;
  auto live = proxy.tunnel(origin.authority());
  auto server = origin.accept();
  std::vector<Peer> crowd;
  {
    const DescriptorLimit limit(descriptors() + 40);
    try {
      while (crowd.size() < 100) crowd.push_back(proxy.connect());
    } catch (const std::system_error&) {
      // None left, for us or for the proxy.
    }
    REQUIRE(crowd.size() < 100);
    REQUIRE(crowd.size() >= 10);
    const auto bulk = pattern(1, 0, 100'000);  // without descriptors there are no pipes either
    for (int i = 0; i < 20; ++i) {
      live.send(bulk);
      REQUIRE(server.read_exactly(bulk.size()) == bulk);
    }
    crowd.erase(crowd.begin() + 5, crowd.end());
    check_service(proxy, origin);
    for (auto& one : crowd) {  // the last of them may have waited to be accepted
      one.send(connect_to(origin.authority()));
      CHECK(one.read_head().starts_with("HTTP/1.1 200 "));
      origin.accept();
    }
  }
  check_service(proxy, origin);
}

TEST_CASE("hostile: an origin that cannot be connected to for want of descriptors is a 503",
          "[hostile]") {
  Origin origin;
  const Proxy proxy;
  auto client = proxy.connect();
  client.send("CONNECT ");
  client.silent_for(50ms);  // it is accepted now
  std::vector<Peer> spare;
  const DescriptorLimit limit(descriptors() + 2);
  try {
    while (spare.size() < 100)
      spare.push_back(Peer::to({*culvert::Address::parse("127.0.0.1"), origin.port()}));
  } catch (const std::system_error&) {
  }
  REQUIRE(spare.size() < 100);
  client.send(connect_to(origin.authority()).substr(8));
  const auto response = read_response(client);
  CHECK(response.status() == 503);
  CHECK(response.field("Proxy-Status").contains("error=connection_limit_reached"));
  CHECK(response.field("Retry-After") != "");
}

TEST_CASE("hostile: five hundred tunnels give back what they took", "[hostile]") {
  const DescriptorLimit limit(8192);
  Origin origin;
  Proxy proxy;
  {
    auto warm = proxy.tunnel(origin.authority());
    origin.accept();
  }
  proxy.log(2);
  const auto before = descriptors();
  {
    std::vector<std::pair<Peer, Peer>> tunnels;
    for (int i = 0; i < 500; ++i) {
      auto client = proxy.tunnel(origin.authority());
      tunnels.emplace_back(std::move(client), origin.accept());
    }
    for (auto& [client, server] : tunnels) client.send("x");
    for (auto& [client, server] : tunnels) REQUIRE(server.read_exactly(1) == "x");
    int i = 0;
    for (auto& [client, server] : tunnels) {  // each way to end
      auto& first = i % 2 == 0 ? client : server;
      i % 3 == 0 ? first.reset() : first.close();
      ++i;
    }
  }
  CHECK(descriptors_fall_to(before));
  CHECK(proxy.log(1002).size() == 1002);
}

TEST_CASE("hostile: a direction that has ended holds no pipe", "[hostile]") {
  Origin origin;
  const Proxy proxy(one_worker);
  std::vector<std::pair<Peer, Peer>> tunnels;
  tunnels.reserve(20);
  const auto before = descriptors();
  for (int i = 0; i < 20; ++i) {
    auto client = proxy.tunnel(origin.authority());
    tunnels.emplace_back(std::move(client), origin.accept());
    const auto sending = send_pattern(tunnels.back().second, 1, 2UL << 20);
    REQUIRE(read_pattern(tunnels.back().first, 1, 2UL << 20) == "");
  }
  // Four sockets each, and the few pipes that a worker keeps.
  CHECK(descriptors() <= before + 20 * 4 + 2 * 8);
}

TEST_CASE("hostile: exchanges that end in every way give back what they took", "[hostile]") {
  Hop hop;
  hop.begin("GET");
  hop.server.close();
  read_response(hop.client);
  hop.client.close();
  hop.proxy.log(1);
  const auto before = descriptors();
  for (int i = 0; i < 60; ++i) {
    hop.client = hop.proxy.connect();
    hop.begin("POST", "Content-Length: 10\r\n");
    hop.client.send("abc");
    if (i % 2 == 0) hop.server.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
    if (i % 3 == 0) {
      hop.client.reset();
    } else {
      hop.server.reset();
    }
    hop.client.close();
    hop.server.close();
  }
  CHECK(descriptors_fall_to(before));
  CHECK(hop.proxy.log(61).size() == 61);
}
