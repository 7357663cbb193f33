// SPDX-License-Identifier: Apache-2.0
// What it costs a worker to look at the frames of a WebSocket: small messages go there and back
// through tunnels that are watched and through tunnels that are not, in turns within one run, and
// the processor time of the relay's thread is divided by the messages it passed on. A second lot of
// unwatched tunnels tells how much of a difference is none.
//
//     relay_bench [groups]        each of six short rounds: plain, watched, plain, and backwards
//
// The relay stands still until a message waits in each tunnel of a lot: so it does the same in each
// round, whoever else uses the machine, and nothing that a worker at its limit would not do. Times
// of a run are not to be compared with those of another; their ratio is.
#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <memory>
#include <semaphore>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <fmt/core.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <culvert/websocket/facts.hpp>
#include <culvert/websocket/settings.hpp>

#include "net/descriptor.hpp"
#include "net/loop.hpp"
#include "net/socket.hpp"
#include "relay/tunnel.hpp"
#include "websocket/watch.hpp"

using namespace culvert;

namespace {

constexpr std::size_t tunnels = 32;  // of each sort
constexpr std::size_t exchanges = 6;
constexpr std::size_t messages = tunnels * exchanges * 2;  // in a round
constexpr std::chrono::seconds patience{10};

const std::string up = "\x82\xc0mask" + std::string(64, 'x');  // 64 bytes in a masked frame
const std::string down = "\x82\x40" + std::string(64, 'x');

/// The one thing in which tunnels differ here.
void watch_frames(relay::Ends& ends) {
  ends.websocket = std::make_unique<websocket::Watch>(websocket::Settings(), websocket::Facts(),
                                                      net::Clock::now());
}

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::system_category(), what);
}

void send_all(int socket, std::string_view bytes) {
  if (send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL) != std::ssize(bytes)) fail("send");
}

/// False when not all of a message is there yet; none is left half read.
bool receive(int socket, std::size_t bytes) {
  std::array<char, 256> into{};
  const auto there = recv(socket, into.data(), bytes, MSG_PEEK | MSG_DONTWAIT);
  if (there == 0 || (there < 0 && errno != EAGAIN)) fail("recv");
  if (there < static_cast<ssize_t>(bytes)) return false;
  return recv(socket, into.data(), bytes, MSG_DONTWAIT) == there;
}

struct Pair {
  net::Descriptor ours;
  net::Descriptor far;
};

/// A connection over loopback: the relay's end of it, and the far one.
Pair connected() {
  sockaddr_in place{};
  place.sin_family = AF_INET;
  place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* const address = reinterpret_cast<sockaddr*>(&place);  // NOLINT(*-reinterpret-cast)
  socklen_t size = sizeof place;
  const net::Descriptor door(socket(AF_INET, SOCK_STREAM, 0));
  net::Descriptor far(socket(AF_INET, SOCK_STREAM, 0));
  if (bind(door.number(), address, size) != 0 || listen(door.number(), 1) != 0) fail("listen");
  if (getsockname(door.number(), address, &size) != 0) fail("getsockname");
  if (connect(far.number(), address, size) != 0) fail("connect");
  net::Descriptor ours(accept4(door.number(), nullptr, nullptr, SOCK_NONBLOCK));
  if (!ours) fail("accept");
  const int on = 1;
  for (const int end : {far.number(), ours.number()}) {
    setsockopt(end, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  return {.ours = std::move(ours), .far = std::move(far)};
}

class Unlimited final : public relay::Owner {
  void ended(const relay::Outcome& /*outcome*/) override {}
};

/// The far ends of a tunnel.
struct Far {
  net::Descriptor client;
  net::Descriptor origin;
};
using Lot = std::vector<Far>;

/// Relays on a thread of their own, which stands still unless it is let run.
class Worker {
 public:
  Worker() : thread_([this] { loop_.run(); }) {
    post_hold();
    held_.acquire();
  }
  ~Worker() {
    loop_.post([this] {
      relays_.stop_all();
      loop_.stop();
    });
    go_.release();
    thread_.join();
  }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  Far begin(bool watched) {
    auto [our_client, client] = connected();
    auto [our_origin, origin] = connected();
    auto client_end = net::Socket::watching(loop_, std::move(our_client));
    auto origin_end = net::Socket::watching(loop_, std::move(our_origin));
    relay::Ends ends;
    ends.client = client_end.release();
    ends.origin = origin_end.release();
    if (watched) watch_frames(ends);
    relays_.start(std::move(ends), {}, std::make_unique<Unlimited>());
    return {.client = std::move(client), .origin = std::move(origin)};
  }

  /// Lets it do what there is to do.
  void run() {
    post_hold();
    go_.release();
    held_.acquire();
  }
  /// Processor time of its thread, while it was let run.
  std::chrono::nanoseconds spent() const { return spent_; }

 private:
  /// Behind all that the loop has been told of.
  void post_hold() {
    loop_.post([this] {
      spent_ += processor_time() - let_run_;
      held_.release();
      go_.acquire();
      let_run_ = processor_time();
    });
  }

  static std::chrono::nanoseconds processor_time() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
  }

  net::Loop loop_;
  relay::Relays relays_{loop_};
  std::chrono::nanoseconds spent_{0};  // this and the next are touched by one thread at a time
  std::chrono::nanoseconds let_run_{0};
  std::binary_semaphore held_{0};
  std::binary_semaphore go_{0};
  std::thread thread_;
};

/// A message through each tunnel.
void pass(Worker& worker, const Lot& lot, net::Descriptor Far::* from, net::Descriptor Far::* to,
          std::string_view message) {
  for (const auto& far : lot) send_all((far.*from).number(), message);
  worker.run();
  const auto last = net::Clock::now() + patience;
  for (const auto& far : lot) {
    while (!receive((far.*to).number(), message.size())) {
      if (net::Clock::now() > last) throw std::runtime_error("a message is lost");
      worker.run();
    }
  }
}

/// Nanoseconds of the relay's thread for a message.
double round(Worker& worker, const Lot& lot) {
  const auto before = worker.spent();
  for (std::size_t i = 0; i < exchanges; ++i) {
    pass(worker, lot, &Far::client, &Far::origin, up);
    pass(worker, lot, &Far::origin, &Far::client, down);
  }
  return static_cast<double>((worker.spent() - before).count()) / static_cast<double>(messages);
}

/// The value below which this part of them lies.
double quantile(std::vector<double> values, double part) {
  std::ranges::sort(values);
  return values[static_cast<std::size_t>(part * static_cast<double>(values.size() - 1))];
}

double median(const std::vector<double>& values) {
  return quantile(values, 0.5);
}

/// A lot's rounds, two in a group.
struct Series {
  Lot lot;
  std::vector<double> rounds;

  double of_group(std::size_t group) const { return rounds[2 * group] + rounds[2 * group + 1]; }
};

struct Ratio {
  double of_medians;
  double low, high;  ///< of the groups, each by itself: half of them lie between
};

Ratio ratio(const Series& of, const Series& to) {
  std::vector<double> groups;
  groups.reserve(of.rounds.size() / 2);
  for (std::size_t i = 0; i < of.rounds.size() / 2; ++i) {
    groups.push_back(of.of_group(i) / to.of_group(i));
  }
  return {.of_medians = median(of.rounds) / median(to.rounds),
          .low = quantile(groups, 0.25),
          .high = quantile(groups, 0.75)};
}

double percent(double ratio) {
  return (ratio - 1) * 100;
}

void tell(const char* name, const Series& series) {
  fmt::print("{:16} {:7.1f} ns a message (quartiles {:.1f}, {:.1f})\n", name, median(series.rounds),
             quantile(series.rounds, 0.25), quantile(series.rounds, 0.75));
}

void tell(const char* name, const Ratio& ratio) {
  fmt::print("{}: {:+.1f}% CPU (ratio {:.4f}; quartiles of the groups {:+.1f}%, {:+.1f}%)\n", name,
             percent(ratio.of_medians), ratio.of_medians, percent(ratio.low), percent(ratio.high));
}

void run(std::size_t groups) {
  Series plain;
  Series watched;
  Series again;
  Worker worker;
  for (std::size_t i = 0; i < tunnels; ++i) {
    plain.lot.push_back(worker.begin(false));
    watched.lot.push_back(worker.begin(true));
    again.lot.push_back(worker.begin(false));
  }
  const std::array order{&plain, &watched, &again, &again, &watched, &plain};
  for (const auto* series : order) round(worker, series->lot);  // warms up
  for (std::size_t i = 0; i < groups; ++i) {
    for (auto* series : order) series->rounds.push_back(round(worker, series->lot));
  }
  tell("unwatched", plain);
  tell("frames watched", watched);
  tell("unwatched again", again);
  tell("frames watched", ratio(watched, plain));
  tell("no difference", ratio(again, plain));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const auto groups = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 0;
    run(groups == 0 ? 300 : groups);
  } catch (const std::exception& error) {
    fmt::print(stderr, "relay_bench: {}\n", error.what());
    return 1;
  }
}
