// SPDX-License-Identifier: Apache-2.0
// Whatever two sides send, and however it is split: a Watch changes nothing of it but for Pings
// that it puts in between two frames and the Pongs that answer them, keeps little back, and lets
// nothing of a frame with a flaw pass. The input is one byte of settings, then steps, a byte each
// with what that takes from the rest: bytes of one side, a Ping to one side, an answer to the last
// Ping of ours, time.
#include <algorithm>

#include "fuzz/oracle.hpp"
#include "unit/websocket/passing.hpp"

using namespace culvert::fuzz;
using namespace culvert::websocket;
using std::chrono::milliseconds;

namespace {

Settings settings_of(unsigned char byte) {
  Settings settings;
  settings.heartbeat = static_cast<Heartbeat>(byte % 3);
  settings.strict = (byte & 0x04) != 0;
  if ((byte & 0x08) != 0) settings.max_frame = 100;
  if ((byte & 0x10) != 0) settings.max_message = 150;
  if ((byte & 0x20) != 0) settings.ping_interval = milliseconds(10);
  if ((byte & 0x40) != 0) settings.pong_timeout = milliseconds(0);
  return settings;
}

class Walk {
 public:
  explicit Walk(unsigned char settings) : passing_(settings_of(settings)) {}

  /// False when there is a flaw: nothing goes on then.
  bool step(std::string_view& rest) {
    const auto byte = static_cast<unsigned char>(rest[0]);
    rest.remove_prefix(1);
    const auto side = (byte & 1) != 0 ? Side::origin : Side::client;
    switch (byte >> 1 & 3) {
      case 0:
      case 1: {
        const auto bytes = rest.substr(0, byte >> 3);
        rest.remove_prefix(bytes.size());
        return take(side, bytes);
      }
      case 2: ping(side); return true;
      case 3: return answer(side, (byte & 0x80) != 0);
    }
    return true;
  }

  void check() const {
    for (const auto side : {Side::client, Side::origin}) {
      const auto i = index_of(side);
      const auto whole = passing_.out(side) + passing_.kept(side);
      if (flaw_from_ == side && has_flaw_) {
        check_cut(side);
        continue;
      }
      const auto put_in = pings_put_in(other(side), sent_[i], whole, asked_[i]);
      must(put_in.has_value());
      must(put_in->size() == passing_.watch.facts().pings[index_of(other(side))]);
      if (asked_[0].empty() && asked_[1].empty() && put_in->empty()) must(whole == sent_[i]);
    }
  }

 private:
  bool take(Side from, std::string_view bytes) {
    now_ += milliseconds(1);
    const auto i = index_of(from);
    sent_[i] += bytes;
    const auto looked = passing_.take(from, bytes, now_);
    check_due();
    has_flaw_ = looked.flaw != Flaw::none;
    flaw_from_ = from;
    must(!has_flaw_ || looked.keep == 0);
    const auto& settings = passing_.watch.settings();
    must(!has_flaw_ || settings.strict || settings.max_frame != 0 || settings.max_message != 0);
    return !has_flaw_;
  }

  void ping(Side to) {
    now_ += milliseconds(3);
    if (!passing_.watch.sees_frames() || passing_.watch.closing(Side::client) ||
        passing_.watch.closing(Side::origin)) {
      return;
    }
    passing_.ping(to, now_);
    check_due();
  }

  /// A side answers one of our Pings, or says nearly that, where it may: between two of its frames.
  bool answer(Side side, bool nearly) {
    if (!passing_.watch.frames(side).at_boundary()) return true;
    const auto got = parted(passing_.out(other(side))).frames;
    const auto last = std::find_if(got.rbegin(), got.rend(), [](const auto& one) {
      return (one[0] & 0x0f) == opcode_ping && payload_in(one).size() == 8;
    });
    if (last == got.rend()) return true;
    auto payload = payload_in(*last);
    if (nearly) payload[7] = static_cast<char>(payload[7] + 3);
    asked_[index_of(side)].insert(payload);
    const auto pong = frame_of(side, opcode_pong, payload);
    return take(side, pong.substr(0, 5)) && take(side, pong.substr(5));
  }

  void check_due() const {
    const auto due = passing_.watch.due();
    must(due.when >= TimePoint());
  }

  /// What has passed is a beginning of what was sent, whole frames.
  void check_cut(Side side) const {
    const auto& sent = sent_[index_of(side)];
    const auto out = parted(passing_.out(side));
    must(passing_.kept(side).empty());
    must(out.rest.empty());
    std::string cut;
    for (const auto& one : parted(sent).frames) cut += one;
    must(passing_.out(side).size() <= cut.size() + 14 * out.frames.size());
    if (asked_[index_of(side)].empty() && passing_.watch.facts().pings == std::array{0U, 0U}) {
      must(sent.starts_with(passing_.out(side)));
    }
  }

  Passing passing_;
  TimePoint now_;
  std::array<std::string, 2> sent_;
  std::array<std::set<std::string>, 2> asked_;
  bool has_flaw_ = false;
  Side flaw_from_ = Side::client;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  auto rest = text_of(data, size);
  if (rest.empty()) return 0;
  Walk walk(static_cast<unsigned char>(rest[0]));
  rest.remove_prefix(1);
  while (!rest.empty() && walk.step(rest)) {
  }
  walk.check();
  return 0;
}
