// SPDX-License-Identifier: Apache-2.0
#include "proxy/porch.hpp"

#include "observe/log.hpp"

namespace culvert::proxy {
namespace {

constexpr net::milliseconds report_interval{60'000};

}  // namespace

Porch::Seat::Seat(Porch& porch, net::Socket& socket)
    : porch_(porch), socket_(socket), since_(porch.loop_.now()), taken_(porch.make_room()) {
  if (taken_) place_ = porch_.seats_.insert(porch_.seats_.end(), this);
}

Porch::Seat::~Seat() {
  if (!taken_) return;
  porch_.seats_.erase(place_);
  porch_.left_();
}

/// Who is ended leaves its seat in this turn or the next, so there may be a few more than `most`.
bool Porch::make_room() {
  if (seats_.size() < most) return true;
  auto& first = *seats_.front();
  if (loop_.now() - first.since_ < time_enough) return false;
  first.socket_.abort();
  seats_.splice(seats_.end(), seats_, seats_.begin());
  first.since_ = loop_.now();  // it makes room once
  return true;
}

void Porch::note_failure(const Peer& client, const std::string& why) {
  observe::log_debug("the TLS handshake of {} failed: {}", client.text(), why);
  ++failed_;
  last_ = client.text() + ": " + why;
  if (!armed()) loop_.wheel().arm(*this, loop_.now() + report_interval);
}

void Porch::on_deadline() {
  observe::log_info("{} TLS handshake(s) of clients failed within a minute; the last one, {}",
                    failed_ - told_, last_);
  told_ = failed_;
}

void Porch::abort() {
  for (auto* seat : seats_) seat->socket_.abort();
}

}  // namespace culvert::proxy
