// SPDX-License-Identifier: Apache-2.0
// What a tunnel costs the proxy as a connection of its own (HTTP/1) and as one stream of many on a
// connection (HTTP/2), in turns within one run. The proxy is the real program in a process of its
// own, whose processor time and memory are read; the clients and the origins are here.
//
//     tunnel_bench [PROGRAM] [tls] [http1 | http2] [ROUNDS] [SCENARIO ...]
//
// PROGRAM is build/release/culvert, unless said; SCENARIOs are messages, bulk, setup and idle, or
// all. With `tls` clients speak TLS to the proxy. One version alone is for a profiler.
//
// Who uses the machine as well has a say in how much is done at a time, and so in all of this: take
// the ratios of a quiet one. What sockets cost the kernel is in the processor time, but not in the
// memory; a stream has one socket less than a connection.
#include <charconv>
#include <chrono>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <memory>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/core.h>
#include <sys/resource.h>

#include "tunnel/scenarios.hpp"
#include "tunnel/table.hpp"

using namespace culvert::bench;

namespace {

constexpr double mebi = 1024.0 * 1024;

constexpr std::size_t talking = 64;  // tunnels
constexpr std::size_t messages = 300;
constexpr std::size_t bulk_bytes = 256UL * 1024 * 1024;
constexpr std::size_t bulk_tunnels = 16;
constexpr std::size_t visits = 2000;
constexpr std::size_t warm_up = 50;
constexpr std::size_t idle_tunnels = 2000;
constexpr std::size_t idle_clients = 100;
constexpr std::chrono::seconds quiet{1};

struct Order {
  std::filesystem::path program =
      std::filesystem::read_symlink("/proc/self/exe").parent_path() / "../../../release/culvert";
  Security security = Security::clear;
  std::vector<Version> versions{Version::http1, Version::http2};
  std::size_t rounds = 5;
  std::set<std::string, std::less<>> scenarios;  ///< none: all

  bool wants(std::string_view scenario) const {
    return scenarios.empty() || scenarios.contains(scenario);
  }
};

Order order_of(std::span<char*> words) {
  static const std::set<std::string_view> known{"messages", "bulk", "setup", "idle"};
  Order order;
  for (const std::string_view word : words) {
    if (word == "tls") {
      order.security = Security::tls;
    } else if (word == "http1" || word == "http2") {
      order.versions = {word == "http1" ? Version::http1 : Version::http2};
    } else if (known.contains(word)) {
      order.scenarios.emplace(word);
    } else if (std::from_chars(word.begin(), word.end(), order.rounds).ptr != word.end()) {
      order.program = word;
    }
  }
  if (order.rounds == 0) throw std::invalid_argument("no rounds at all");
  return order;
}

class Bench {
 public:
  explicit Bench(Order order) : order_(std::move(order)) {}

  void run() {
    if (order_.wants("messages")) in_turns(&Bench::talk);
    if (order_.wants("bulk")) in_turns(&Bench::carry);
    if (order_.wants("setup")) in_turns(&Bench::visit);
    if (order_.wants("idle")) in_turns(&Bench::stand_idle);
    table_.print();
  }

 private:
  struct Run {
    Version version;
    const Subject& proxy;
    Tunnels& tunnels;
  };

  /// A proxy for each version, so that neither meets what the other has left behind.
  void in_turns(void (Bench::*scenario)(const Run&)) {
    for (std::size_t i = 0; i < order_.rounds; ++i) {
      for (const auto version : order_.versions) {
        const Subject proxy(order_.program, order_.security);
        set_up(proxy, *client(version, proxy), origins_.echo(), warm_up);
        const auto tunnels = client(version, proxy);
        (this->*scenario)({.version = version, .proxy = proxy, .tunnels = *tunnels});
      }
    }
  }

  std::unique_ptr<Tunnels> client(Version version, const Subject& proxy) const {
    return Tunnels::of(version, proxy, order_.security);
  }

  void talk(const Run& run) {
    open(run.tunnels, origins_.echo(), talking);
    send_messages(run.proxy, run.tunnels, talking, messages / 10);  // warms up
    const auto cost = send_messages(run.proxy, run.tunnels, talking, messages);
    const double count = talking * messages;
    table_.add("64 tunnels, 64 B to and fro: CPU each, µs", run.version,
               cost.processor.count() * 1e6 / count);
    table_.add("... to and fro a second", run.version, count / cost.time.count());
  }

  void carry(const Run& run) {
    const auto tell = [&](const std::string& what, const Cost& cost) {
      table_.add(what + ": CPU a GiB, ms", run.version,
                 cost.processor.count() * 1e3 * (1024 * mebi / bulk_bytes));
      table_.add(what + ": MiB/s", run.version, bulk_bytes / mebi / cost.time.count());
    };
    const auto some = bulk_bytes / bulk_tunnels;
    tell("256 MiB down, 1 tunnel",
         receive_much(run.proxy, run.tunnels, origins_.source(), 1, bulk_bytes));
    tell("256 MiB up, 1 tunnel", send_much(run.proxy, run.tunnels, origins_.sink(), 1, bulk_bytes));
    tell("256 MiB down, 16 tunnels",
         receive_much(run.proxy, run.tunnels, origins_.source(), bulk_tunnels, some));
    tell("256 MiB up, 16 tunnels",
         send_much(run.proxy, run.tunnels, origins_.sink(), bulk_tunnels, some));
  }

  void visit(const Run& run) {
    const auto cost = set_up(run.proxy, run.tunnels, origins_.echo(), visits);
    table_.add("open, 1 B to and fro, end: CPU, µs", run.version,
               cost.processor.count() * 1e6 / visits);
  }

  void stand_idle(const Run& run) {
    const auto before = rested(run.proxy);
    open(run.tunnels, origins_.echo(), idle_tunnels);
    const auto with_tunnels = rested(run.proxy);
    std::vector<std::unique_ptr<Tunnels>> clients;
    for (std::size_t i = 0; i < idle_clients; ++i) {
      clients.push_back(client(run.version, run.proxy));
      open(*clients.back(), origins_.echo(), 1);
    }
    const auto with_clients = rested(run.proxy);
    table_.add("2,000 idle tunnels: memory (PSS) of each, B", run.version,
               grown(before.all, with_tunnels.all) / idle_tunnels);
    table_.add("... of that heap, B", run.version,
               grown(before.heap, with_tunnels.heap) / idle_tunnels);
    table_.add("a connection with one idle tunnel, B", run.version,
               grown(with_tunnels.all, with_clients.all) / idle_clients);
  }

  static double grown(std::size_t from, std::size_t to) {
    return static_cast<double>(to) - static_cast<double>(from);
  }

  static Subject::Memory rested(const Subject& proxy) {
    std::this_thread::sleep_for(quiet);
    return proxy.memory();
  }

  Order order_;
  Origins origins_;
  Table table_;
};

/// Both ends of many tunnels are here.
void allow_descriptors() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    allow_descriptors();
    const std::span words(argv, static_cast<std::size_t>(argc));
    Bench(order_of(words.subspan(1))).run();
  } catch (const std::exception& error) {
    fmt::print(stderr, "tunnel_bench: {}\n", error.what());
    return 1;
  }
}
