// SPDX-License-Identifier: Apache-2.0
#include "tunnel/origins.hpp"

#include <algorithm>
#include <cstring>
#include <exception>
#include <utility>

#include <fmt/core.h>
#include <sys/eventfd.h>

namespace culvert::bench {
namespace {

// Keys of doors and of the bell; guests come behind them.
constexpr std::uint64_t bell_key = 3;
constexpr std::uint64_t first_guest = 4;

}  // namespace

Origins::Origins() : bell_(eventfd(0, EFD_CLOEXEC)) {
  poll_.add(bell_.number(), bell_key);
  for (std::size_t i = 0; i < doors_.size(); ++i) poll_.add(doors_[i].number(), i);
  thread_ = std::thread([this] {
    try {
      run();
    } catch (const std::exception& error) {
      fmt::print(stderr, "origin: {}\n", error.what());
    }
  });
}

Origins::~Origins() {
  eventfd_write(bell_.number(), 1);
  thread_.join();
}

void Origins::run() {
  for (;;) {
    for (const auto& hint : poll_.wait()) {
      if (hint.key == bell_key) return;
      if (hint.key < first_guest) {
        accept(static_cast<std::size_t>(hint.key));
        continue;
      }
      const auto guest = static_cast<std::size_t>(hint.key - first_guest);
      // A process that is being started has their descriptors for a moment: they are heard of
      // still.
      if (!guests_[guest]) continue;
      if (hint.writable && !say(guest)) continue;
      if (hint.readable) hear(guest);
    }
  }
}

void Origins::accept(std::size_t door) {
  while (auto socket = doors_[door].accept()) {
    poll_.add(socket.number(), first_guest + guests_.size());
    guests_.push_back(std::make_unique<Guest>(std::move(socket), static_cast<Kind>(door)));
  }
}

void Origins::hear(std::size_t guest) {
  auto& heard = *guests_[guest];
  if (heard.unsent.size() >= scratch_.size()) return;
  const auto got = receive(heard.socket.number(), scratch_);
  if (!got) return;
  if (*got == 0) {
    heard.finished = true;
    if (heard.kind == Kind::sink) heard.unsent = "!";
  }
  answer(heard, {scratch_.data(), *got});
  say(guest);
}

void Origins::answer(Guest& guest, std::string_view bytes) {
  switch (guest.kind) {
    case Kind::echo: guest.unsent += bytes; break;
    case Kind::source:
      if (bytes.size() == sizeof guest.owed) {
        std::memcpy(&guest.owed, bytes.data(), sizeof guest.owed);
      }
      break;
    case Kind::sink: break;
  }
}

/// Says what there is to say. False when the guest is gone.
bool Origins::say(std::size_t guest) {
  auto& told = *guests_[guest];
  const bool was_asked = told.owed != 0;
  while (told.owed != 0) {
    const auto most = std::min<std::uint64_t>(told.owed, scratch_.size());
    const auto sent = send(told.socket.number(), {scratch_.data(), most});
    told.owed -= sent;
    if (sent == 0) break;
  }
  if (!told.unsent.empty()) {
    told.unsent.erase(0, send(told.socket.number(), told.unsent));
  }
  const bool all_said = told.owed == 0 && told.unsent.empty();
  if (all_said && (told.finished || was_asked)) {
    guests_[guest].reset();
    return false;
  }
  if (std::exchange(told.blocked, !all_said) == all_said) {
    poll_.change(told.socket.number(), first_guest + guest,
                 all_said ? Poll::Writable::no : Poll::Writable::yes);
  }
  return true;
}

}  // namespace culvert::bench
