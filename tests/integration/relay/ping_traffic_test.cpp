// SPDX-License-Identifier: Apache-2.0
// Pings that are put into heavy traffic both ways: not a byte of it may change, and all that is put
// in comes back.
#include <array>
#include <atomic>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <thread>

#include <sys/socket.h>

#include <catch2/catch.hpp>

#include "support/frames.hpp"
#include "support/pattern.hpp"
#include "support/relaying.hpp"
#include "support/soon.hpp"

using namespace culvert;
using namespace culvert::websocket;
using namespace std::chrono_literals;
using test::Peer;
using test::Relaying;
using test::soon;

namespace {

#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr std::size_t messages_each_way = 50'000;
#else
constexpr std::size_t messages_each_way = 500'000;
#endif
constexpr std::size_t pauses = 150;
constexpr auto pause_time = 30ms;
constexpr std::size_t batch_bytes = 16UL * 1024;

constexpr MaskKey key = 0x5ac31e87;

/// The frames of one side's messages, each of which is known: small ones, some in two fragments,
/// and now and then a large one.
class Speech {
 public:
  explicit Speech(Side from)
      : from_(from), filler_(test::pattern(index_of(from), 0, 128UL * 1024)) {
    if (from == Side::origin) return;
    for (std::size_t i = 0; i < filler_.size(); ++i)
      filler_[i] = static_cast<char>(filler_[i] ^ masking(i));
  }

  std::size_t messages() const { return messages_; }
  bool is_over() const { return messages_ == messages_each_way && !in_message_; }

  /// Appends the next frame.
  void next(std::string& to) {
    if (in_message_) {
      in_message_ = false;
      return add(to, 0x80 | opcode_continuation, false);
    }
    in_message_ = messages_ % 16 == 5;
    ++messages_;
    add(to, in_message_ ? opcode_text : 0x80 | opcode_text, true);
  }

 private:
  static char masking(std::size_t at) { return static_cast<char>(key >> (24 - 8 * (at % 4))); }
  bool is_masked() const { return from_ == Side::client; }

  std::size_t filler_bytes() const {
    return messages_ % 1000 == 999 ? 20'000 + messages_ * 31 % 70'000 : messages_ * 7 % 60;
  }

  void add(std::string& to, unsigned first, bool numbered) {
    const auto filler = filler_bytes();
    const auto bytes = filler + (numbered ? sizeof messages_ : 0);
    const unsigned mask = is_masked() ? 0x80 : 0;
    to += static_cast<char>(first);
    if (bytes < 126) {
      to += static_cast<char>(mask | bytes);
    } else if (bytes < 65536) {
      to += static_cast<char>(mask | 126);
      add_length(to, bytes, 2);
    } else {
      to += static_cast<char>(mask | 127);
      add_length(to, bytes, 8);
    }
    if (is_masked()) add_length(to, key, 4);
    if (numbered) add_number(to);
    to.append(filler_, messages_ % 1000 * 4, filler);
  }

  static void add_length(std::string& to, std::uint64_t number, std::size_t digits) {
    for (auto at = digits; at-- > 0;) to += static_cast<char>(number >> 8 * at & 0xff);
  }

  void add_number(std::string& to) const {
    for (std::size_t i = 0; i < sizeof messages_; ++i) {
      to +=
          static_cast<char>(static_cast<char>(messages_ >> 8 * i) ^ (is_masked() ? masking(i) : 0));
    }
  }

  Side from_;
  std::string filler_;
  std::size_t messages_ = 0;
  bool in_message_ = false;
};

/// One side: a thread that speaks, with pauses, and answers Pings; and one that hears what the
/// other side says, byte for byte.
class Talker {
 public:
  Talker(Peer& peer, Side side)
      : peer_(peer),
        side_(side),
        says_(side),
        awaits_(other(side)),
        speaks_([this] { guarded([this] { speak(); }); }),
        hears_([this] { guarded([this] { hear(); }); }) {}

  /// Has heard all that the other side says.
  bool has_heard_all() const { return heard_all_; }
  bool has_failed() const { return failed_; }

  void close() { answer(frame_of(side_, opcode_close, "\x03\xe8"), false); }
  void join() {
    speaks_.join();
    hears_.join();
  }

  // When it has ended:
  std::string wrong;        ///< "" if nothing was
  std::uint32_t pings = 0;  ///< that it was sent, all of which it answered
  std::uint32_t pongs = 0;  ///< that it never asked for
  std::size_t heard = 0;    ///< messages

 private:
  void guarded(const std::function<void()>& work) {
    try {
      work();
    } catch (const std::exception& error) {
      fail(error.what());
    }
  }

  void fail(const std::string& what) {
    const std::scoped_lock lock(mutex_);
    if (wrong.empty()) wrong = what;
    failed_ = true;
    is_last_ = true;
    news_.notify_one();
  }

  // --- On the thread that speaks

  void speak() {
    auto next_pause = messages_each_way / pauses;
    auto waits_until = std::chrono::steady_clock::now();
    while (true) {
      auto [answers, last] = take_answers(waits_until);
      if (!answers.empty()) peer_.send(answers);
      if (last) break;
      if (says_.is_over()) {
        waits_until = std::chrono::steady_clock::now() + 1s;
        continue;
      }
      if (std::chrono::steady_clock::now() < waits_until) continue;
      peer_.send(batch(next_pause));
      if (says_.messages() < next_pause) continue;
      next_pause += messages_each_way / pauses;
      waits_until = std::chrono::steady_clock::now() + pause_time;
    }
    peer_.finish();
  }

  std::string batch(std::size_t up_to) {
    std::string frames;
    while (frames.size() < batch_bytes && !says_.is_over() && says_.messages() < up_to) {
      says_.next(frames);
    }
    return frames;
  }

  std::pair<std::string, bool> take_answers(std::chrono::steady_clock::time_point until) {
    std::unique_lock lock(mutex_);
    news_.wait_until(lock, until, [this] { return !answers_.empty() || is_last_; });
    return {std::exchange(answers_, {}), is_last_};
  }

  // --- On the thread that hears

  void hear() {
    expect_next();
    std::vector<char> buffer(256UL * 1024);
    while (true) {
      wait_for_more();
      const auto got = recv(peer_.number(), buffer.data(), buffer.size(), 0);
      if (got < 0) throw std::runtime_error("its connection failed");
      if (got == 0) break;
      take({buffer.data(), static_cast<std::size_t>(got)});
    }
    if (!heard_all_) throw std::runtime_error("the other side's messages ended too soon");
    if (!is_closed_) throw std::runtime_error("there was no Close");
  }

  void wait_for_more() {
    if (peer_.silent_for(std::chrono::seconds(60))) throw std::runtime_error("nothing came");
  }

  void take(std::string_view bytes) {
    while (!bytes.empty()) {
      const bool begins = at_ == 0 && control_.empty();
      const bool control = !control_.empty() || (begins && (bytes[0] & 0x08) != 0);
      bytes.remove_prefix(control ? take_control(bytes) : take_expected(bytes));
    }
  }

  std::size_t take_expected(std::string_view bytes) {
    const auto some = std::min(bytes.size(), expected_.size() - at_);
    if (some == 0 || std::memcmp(bytes.data(), expected_.data() + at_, some) != 0) {
      throw std::runtime_error("message " + std::to_string(awaits_.messages()) + " is corrupt");
    }
    at_ += some;
    if (at_ == expected_.size()) expect_next();
    return some;
  }

  void expect_next() {
    expected_.clear();
    at_ = 0;
    heard = awaits_.messages();
    if (awaits_.is_over()) {
      heard_all_ = true;
    } else {
      awaits_.next(expected_);
    }
  }

  std::size_t take_control(std::string_view bytes) {
    const auto some = frames_.to_boundary(bytes);
    control_ += bytes.substr(0, some);
    if (!frames_.at_boundary()) return some;
    const auto frame = std::exchange(control_, {});
    switch (frame[0] & 0x0f) {
      case opcode_ping:
        ++pings;
        answer(frame_of(side_, opcode_pong, payload_in(frame)), false);
        break;
      case opcode_pong: ++pongs; break;
      case opcode_close:
        is_closed_ = true;
        answer(side_ == Side::origin ? frame_of(side_, opcode_close, payload_in(frame)) : "", true);
        break;
      default: throw std::runtime_error("an unknown frame");
    }
    return some;
  }

  void answer(const std::string& frame, bool last) {
    const std::scoped_lock lock(mutex_);
    answers_ += frame;
    is_last_ = is_last_ || last;
    news_.notify_one();
  }

  Peer& peer_;
  Side side_;
  Speech says_;
  Speech awaits_;
  std::string expected_;  // the frame that comes next
  std::size_t at_ = 0;    // so much of it has come
  Frames frames_;         // of control frames
  std::string control_;
  bool is_closed_ = false;
  std::atomic<bool> heard_all_ = false;
  std::atomic<bool> failed_ = false;
  std::mutex mutex_;  // of what follows
  std::condition_variable news_;
  std::string answers_;
  bool is_last_ = false;  // nothing is to be said behind these
  std::thread speaks_;
  std::thread hears_;
};

}  // namespace

TEST_CASE("ping traffic: a million messages, and not one is changed by the Pings between them",
          "[ping_traffic]") {
  Relaying relaying;
  auto tunnel = relaying.begin({.websocket = true, .settings = {.ping_interval = 10ms}});
  Talker client(tunnel.client, Side::client);
  Talker origin(tunnel.origin, Side::origin);
  const auto ended = [&] {
    return (client.has_heard_all() && origin.has_heard_all()) || client.has_failed() ||
           origin.has_failed();
  };
  for (int patience = 0; patience < 6 && !soon(ended); ++patience) {
  }
  client.close();
  client.join();
  origin.join();
  CHECK_THAT(client.wrong, Catch::Equals(""));
  CHECK_THAT(origin.wrong, Catch::Equals(""));
  CHECK(client.heard == messages_each_way);
  CHECK(origin.heard == messages_each_way);

  const auto outcome = tunnel.outcome();
  const auto& facts = *outcome.websocket;
  CHECK(client.pings + origin.pings > pauses);
  CHECK(facts.pings == std::array{client.pings, origin.pings});
  CHECK(facts.round_trips[0].count == client.pings);
  CHECK(facts.round_trips[1].count == origin.pings);
  CHECK(client.pongs + origin.pongs == 0);
  for (const auto& sent : facts.sent) {
    CHECK(sent.text_messages == messages_each_way);
    CHECK(sent[Kind::pong].frames == 0);
    CHECK(sent[Kind::ping].frames == 0);
  }
}
