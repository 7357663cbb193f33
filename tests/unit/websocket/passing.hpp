// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <culvert/websocket/control.hpp>

#include "websocket/watch.hpp"

namespace culvert::websocket {

struct FrameShape {
  bool fin = true;
  std::optional<MaskKey> key = {};
  std::uint8_t reserved = 0;
  std::size_t length_bytes = 0;  ///< at least so many for its length: 2 or 8
};

/// A frame of any kind, in order or not.
inline std::string frame(std::uint8_t opcode, std::string_view payload, FrameShape shape = {}) {
  std::string bytes(1, static_cast<char>((shape.fin ? 0x80 : 0) | shape.reserved << 4 | opcode));
  const auto size = payload.size();
  const std::size_t needed = size < 126 ? 0 : size < 65536 ? 2 : 8;
  const auto length_bytes = std::max(needed, shape.length_bytes);
  const auto seven = length_bytes == 0 ? size : length_bytes == 2 ? 126 : 127;
  bytes += static_cast<char>((shape.key ? 0x80 : 0) | seven);
  for (auto at = length_bytes; at-- > 0;) bytes += static_cast<char>(size >> 8 * at & 0xff);
  if (!shape.key) return bytes.append(payload);
  std::array<char, 4> mask{};
  for (std::size_t i = 0; i < 4; ++i) mask[i] = static_cast<char>(*shape.key >> (24 - 8 * i));
  bytes.append(mask.data(), mask.size());
  for (std::size_t i = 0; i < size; ++i) bytes += static_cast<char>(payload[i] ^ mask[i % 4]);
  return bytes;
}

/// The same as this side sends it, where the shape does not say otherwise.
inline std::string frame_of(Side side, std::uint8_t opcode, std::string_view payload,
                            bool fin = true) {
  FrameShape shape{.fin = fin};
  if (side == Side::client) shape.key = 0x37fa213d;
  return frame(opcode, payload, shape);
}

/// Bytes parted at the ends of frames.
struct Parted {
  std::vector<std::string> frames;
  std::string rest;  ///< a frame that is not complete, or what is none
};

inline Parted parted(std::string_view bytes) {
  Parted made;
  while (true) {
    Frames frames;
    const auto used = bytes.empty() ? 0 : frames.to_boundary(bytes);
    if (used == 0 || !frames.at_boundary()) break;
    made.frames.emplace_back(bytes.substr(0, used));
    bytes.remove_prefix(used);
  }
  made.rest = bytes;
  return made;
}

/// What a whole control frame says.
inline std::string payload_in(std::string_view whole) {
  Scanner scanner;
  while (!whole.empty()) whole.remove_prefix(scanner.step(whole).used);
  return std::string(scanner.control_payload());
}

/// Somebody who carries frames past a Watch: keeps what is to be kept, and puts it in front of what
/// comes next.
class Passing {
 public:
  explicit Passing(const Settings& settings, TimePoint now = {}, std::string extensions = {})
      : watch(settings, facts_with(std::move(extensions)), now) {}

  /// Bytes come from a side.
  Watch::Looked take(Side from, std::string_view bytes, TimePoint now = {}) {
    auto& kept = kept_[index_of(from)];
    const auto have = kept.size() + bytes.size();
    // Of exactly the size that it must have, so that nothing can be written behind it unseen.
    std::vector<char> room(have + Watch::spare_bytes);
    std::ranges::copy(kept, room.begin());
    std::ranges::copy(bytes, room.begin() + static_cast<std::ptrdiff_t>(kept.size()));
    const auto looked = watch.look(from, {.room = room, .bytes = have, .seen = kept.size()}, now);
    if (looked.pass + looked.keep > room.size()) throw std::logic_error("more than there is");
    if (looked.keep > most_kept) throw std::logic_error("too much is kept back");
    out_[index_of(from)].append(room.data(), looked.pass);
    kept.assign(room.data() + looked.pass, looked.keep);
    return looked;
  }

  /// The same in pieces, up to a flaw.
  Flaw take_in_pieces(Side from, std::string_view bytes, std::size_t piece, TimePoint now = {}) {
    for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
      const auto flaw = take(from, bytes.substr(0, piece), now).flaw;
      if (flaw != Flaw::none) return flaw;
    }
    return Flaw::none;
  }

  /// A Ping to this side is due: it goes at once where it can, as on a connection that takes all.
  void ping(Side to, TimePoint now) {
    const auto from = other(to);
    const bool between = parted(out_[index_of(from)]).rest.empty();
    if (between) {
      out_[index_of(from)] += watch.ping(to, now);
    } else {
      watch.ping_later(to, now);
    }
  }

  /// What has gone on of what this side sent.
  const std::string& out(Side from) const { return out_[index_of(from)]; }
  const std::string& kept(Side from) const { return kept_[index_of(from)]; }
  /// The payload of our Ping that went to this side last.
  std::string last_ping(Side to) const { return payload_in(parted(out(other(to))).frames.back()); }

  Watch watch;

 private:
  static constexpr std::size_t most_kept = 14 + most_control_bytes;

  static Facts facts_with(std::string extensions) {
    Facts facts;
    facts.extensions = std::move(extensions);
    return facts;
  }

  std::array<std::string, 2> out_;
  std::array<std::string, 2> kept_;
};

/// The payloads of our Pings to one side, when what went to it is what was sent but for whole
/// frames: Pings of ours put in, and Pongs taken out that answer those that this side was sent.
/// None when anything else is different.
inline std::optional<std::set<std::string>> pings_put_in(Side to, std::string_view sent,
                                                         std::string_view out,
                                                         const std::set<std::string>& asked) {
  const auto before = parted(sent);
  const auto after = parted(out);
  if (before.rest != after.rest) return std::nullopt;
  std::set<std::string> put_in;
  std::size_t at = 0;
  const auto is_answer = [&](const std::string& one) {
    return (one[0] & 0x0f) == opcode_pong && asked.contains(payload_in(one));
  };
  const auto is_ping = [&](const std::string& one) {
    const auto size = to == Side::origin ? 14U : 10U;
    return one.size() == size && static_cast<unsigned char>(one[0]) == 0x89;
  };
  for (const auto& one : after.frames) {
    auto next = at;
    while (next < before.frames.size() && before.frames[next] != one &&
           is_answer(before.frames[next])) {
      ++next;
    }
    if (next < before.frames.size() && before.frames[next] == one) {
      at = next + 1;
    } else if (is_ping(one)) {
      put_in.insert(payload_in(one));
    } else {
      return std::nullopt;
    }
  }
  while (at < before.frames.size() && is_answer(before.frames[at])) ++at;
  if (at != before.frames.size()) return std::nullopt;
  return put_in;
}

}  // namespace culvert::websocket
