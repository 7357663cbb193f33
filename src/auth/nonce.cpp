// SPDX-License-Identifier: Apache-2.0
#include "auth/nonce.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <span>

#include "hash/digest.hpp"
#include "hash/secret.hpp"

namespace culvert::auth {
namespace {

// When it was made, in nanoseconds of the steady clock; what tells it from others; the seal.
constexpr std::size_t time_digits = 16;
constexpr std::size_t salt_bytes = 8;
constexpr std::size_t body_digits = time_digits + 2 * salt_bytes;
constexpr std::size_t seal_digits = 32;

std::string hex_of(std::string_view bytes) {
  return hash::hex(std::span(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()));
}

std::string hex_of(Clock::time_point time) {
  const auto count = static_cast<std::uint64_t>(time.time_since_epoch().count());
  char digits[time_digits];
  char* const end = std::to_chars(digits, digits + time_digits, count, 16).ptr;
  const std::string text(digits, end);
  return std::string(time_digits - text.size(), '0') + text;
}

std::optional<Clock::time_point> time_in(std::string_view body) {
  std::uint64_t count = 0;
  const auto digits = body.substr(0, time_digits);
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), count, 16);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return Clock::time_point(Clock::duration(static_cast<Clock::rep>(count)));
}

}  // namespace

Nonces::Nonces() : key_(hash::random_bytes(32)) {}

std::string Nonces::seal_of(std::string_view body) const {
  return hash::hex(hash::hmac_sha256(key_, body)).substr(0, seal_digits);
}

std::string Nonces::make(Clock::time_point now) {
  auto body = hex_of(now) + hex_of(hash::random_bytes(salt_bytes));
  return body + seal_of(body);
}

bool Nonces::take(std::string_view nonce, std::uint32_t count, Clock::time_point now) {
  if (nonce.size() != body_digits + seal_digits) return false;
  const auto body = nonce.substr(0, body_digits);
  if (!hash::same_secret(nonce.substr(body_digits), seal_of(body))) return false;
  const auto made = time_in(body);
  if (!made || now - *made >= lifetime) return false;
  const std::scoped_lock lock(mutex_);
  Use* use = use_of(nonce, *made, now);
  return use != nullptr && take_count(*use, count);
}

/// What is known of a nonce, which may be nothing yet; null when it may have been forgotten.
Nonces::Use* Nonces::use_of(std::string_view nonce, Clock::time_point made, Clock::time_point now) {
  if (const auto found = uses_.find(nonce); found != uses_.end()) return &found->second;
  if (made <= forgotten_until_) return nullptr;
  while (!order_.empty() && (order_.size() >= remembered ||
                             now - uses_.find(order_.front())->second.made >= lifetime)) {
    forget_oldest();
  }
  if (made <= forgotten_until_) return nullptr;
  order_.emplace_back(nonce);
  return &uses_.emplace(nonce, Use{.made = made, .highest = 0, .seen = {}}).first->second;
}

void Nonces::forget_oldest() {
  const auto oldest = uses_.find(order_.front());
  forgotten_until_ = std::max(forgotten_until_, oldest->second.made);
  uses_.erase(oldest);
  order_.pop_front();
}

bool Nonces::take_count(Use& use, std::uint32_t count) {
  if (count == 0) return false;  // they begin with 1
  if (count > use.highest) {
    const auto ahead = count - use.highest;
    use.seen = ahead < window ? use.seen << ahead : std::bitset<window>();
    use.highest = count;
  }
  const auto behind = use.highest - count;
  if (behind >= window || use.seen[behind]) return false;
  use.seen.set(behind);
  return true;
}

}  // namespace culvert::auth
