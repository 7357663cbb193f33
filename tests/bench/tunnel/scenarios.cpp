// SPDX-License-Identifier: Apache-2.0
#include "tunnel/scenarios.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

namespace culvert::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t at_a_time = 8;  // requests that wait for an answer
constexpr std::size_t message_bytes = 64;
constexpr std::size_t chunk_bytes = 64UL * 1024;

void run_until_done(Tunnels& tunnels, User& user, const bool& done) {
  tunnels.use(user);
  while (!done) tunnels.turn();
}

/// Of what `work` does, from rest to rest.
template <class Work>
Cost cost_of(const Subject& proxy, Work work) {
  const auto spent = proxy.spent();
  const auto begun = Clock::now();
  work();
  const auto time = Clock::now() - begun;
  return {.processor = proxy.spent() - spent, .time = time};
}

class Opener final : public User {
 public:
  Opener(Tunnels& tunnels, std::uint16_t origin, std::size_t count)
      : tunnels_(tunnels), origin_(origin), count_(count) {}

  void run() {
    while (begun_ < std::min(count_, at_a_time)) begin();
    run_until_done(tunnels_, *this, done_);
  }

 private:
  void begin() {
    tunnels_.begin(origin_);
    ++begun_;
  }
  void on_open(std::size_t /*tunnel*/) override {
    if (begun_ < count_) begin();
    done_ = ++open_ == count_;
  }

  Tunnels& tunnels_;
  std::uint16_t origin_;
  std::size_t count_;
  std::size_t begun_ = 0;
  std::size_t open_ = 0;
  bool done_ = false;
};

class Talker final : public User {
 public:
  Talker(Tunnels& tunnels, std::size_t count, std::size_t rounds)
      : tunnels_(tunnels), talks_(count, Talk{.left = rounds}), unfinished_(count) {}

  void run() {
    for (std::size_t i = 0; i < talks_.size(); ++i) say(i);
    run_until_done(tunnels_, *this, done_);
  }

 private:
  struct Talk {
    std::size_t left;         // messages, with the one under way
    std::size_t awaited = 0;  // bytes
  };

  void say(std::size_t tunnel) {
    talks_[tunnel].awaited = message_bytes;
    tunnels_.write(tunnel, message_);
  }
  void on_bytes(std::size_t tunnel, std::size_t bytes) override {
    auto& talk = talks_[tunnel];
    talk.awaited -= bytes;
    if (talk.awaited != 0) return;
    if (--talk.left != 0) return say(tunnel);
    done_ = --unfinished_ == 0;
  }

  Tunnels& tunnels_;
  std::string message_ = std::string(message_bytes, 'x');
  std::vector<Talk> talks_;
  std::size_t unfinished_;
  bool done_ = false;
};

/// Asks a source for bytes, in several tunnels.
class Receiver final : public User {
 public:
  Receiver(Tunnels& tunnels, std::uint16_t source, std::size_t count, std::size_t bytes)
      : tunnels_(tunnels),
        source_(source),
        count_(count),
        bytes_(bytes),
        awaited_(bytes_ * count) {}

  void run() {
    for (std::size_t i = 0; i < count_; ++i) tunnels_.begin(source_);
    run_until_done(tunnels_, *this, done_);
    if (awaited_ != 0) throw std::runtime_error("bytes are lost");
  }

 private:
  void on_open(std::size_t tunnel) override {
    std::string order(sizeof bytes_, '\0');
    std::memcpy(order.data(), &bytes_, sizeof bytes_);
    tunnels_.write(tunnel, order);
  }
  void on_bytes(std::size_t /*tunnel*/, std::size_t bytes) override { awaited_ -= bytes; }
  void on_end(std::size_t /*tunnel*/) override { done_ = ++ended_ == count_; }

  Tunnels& tunnels_;
  std::uint16_t source_;
  std::size_t count_;
  std::uint64_t bytes_;
  std::uint64_t awaited_;
  std::size_t ended_ = 0;
  bool done_ = false;
};

class Sender final : public User {
 public:
  Sender(Tunnels& tunnels, std::uint16_t sink, std::size_t count, std::size_t bytes)
      : tunnels_(tunnels), sink_(sink), count_(count), bytes_(bytes) {}

  void run() {
    for (std::size_t i = 0; i < count_; ++i) first_ = std::min(first_, tunnels_.begin(sink_));
    left_.assign(count_, bytes_);
    run_until_done(tunnels_, *this, done_);
  }

 private:
  void on_open(std::size_t tunnel) override { on_room(tunnel); }
  void on_room(std::size_t tunnel) override {
    auto& left = left_[tunnel - first_];
    while (left != 0) {
      const auto most = std::min(left, chunk_bytes);
      const auto sent = tunnels_.write(tunnel, std::string_view(chunk_).substr(0, most));
      left -= sent;
      if (sent < most) return;
    }
    tunnels_.finish(tunnel);
  }
  void on_end(std::size_t /*tunnel*/) override { done_ = ++ended_ == count_; }

  Tunnels& tunnels_;
  std::uint16_t sink_;
  std::size_t count_;
  std::size_t bytes_;
  std::size_t first_ = SIZE_MAX;
  std::vector<std::size_t> left_;  // to be sent, of each
  std::string chunk_ = std::string(chunk_bytes, 'x');
  std::size_t ended_ = 0;
  bool done_ = false;
};

class Visitor final : public User {
 public:
  Visitor(Tunnels& tunnels, std::uint16_t echo, std::size_t count)
      : tunnels_(tunnels), echo_(echo), count_(count) {}

  void run() {
    while (begun_ < std::min(count_, at_a_time)) begin();
    run_until_done(tunnels_, *this, done_);
  }

 private:
  void begin() {
    tunnels_.begin(echo_);
    ++begun_;
  }
  void on_open(std::size_t tunnel) override { tunnels_.write(tunnel, "x"); }
  void on_bytes(std::size_t tunnel, std::size_t /*bytes*/) override { tunnels_.finish(tunnel); }
  void on_end(std::size_t /*tunnel*/) override {
    if (begun_ < count_) begin();
    done_ = ++ended_ == count_;
  }

  Tunnels& tunnels_;
  std::uint16_t echo_;
  std::size_t count_;
  std::size_t begun_ = 0;
  std::size_t ended_ = 0;
  bool done_ = false;
};

}  // namespace

void open(Tunnels& tunnels, std::uint16_t origin, std::size_t count) {
  Opener(tunnels, origin, count).run();
}

Cost send_messages(const Subject& proxy, Tunnels& tunnels, std::size_t count, std::size_t rounds) {
  return cost_of(proxy, [&] { Talker(tunnels, count, rounds).run(); });
}

Cost receive_much(const Subject& proxy, Tunnels& tunnels, std::uint16_t source, std::size_t count,
                  std::size_t bytes) {
  return cost_of(proxy, [&] { Receiver(tunnels, source, count, bytes).run(); });
}

Cost send_much(const Subject& proxy, Tunnels& tunnels, std::uint16_t sink, std::size_t count,
               std::size_t bytes) {
  return cost_of(proxy, [&] { Sender(tunnels, sink, count, bytes).run(); });
}

Cost set_up(const Subject& proxy, Tunnels& tunnels, std::uint16_t echo, std::size_t count) {
  return cost_of(proxy, [&] { Visitor(tunnels, echo, count).run(); });
}

}  // namespace culvert::bench
