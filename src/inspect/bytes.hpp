// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace culvert::inspect {

/// A number in network byte order.
constexpr std::size_t number_of(std::string_view bytes) {
  std::size_t number = 0;
  for (const char byte : bytes) number = number << 8U | static_cast<unsigned char>(byte);
  return number;
}

/// The presentation language of TLS (RFC 8446 §3), read from the front. What is not there in full
/// is nullopt; whoever gets that gives up.
class Bytes {
 public:
  explicit constexpr Bytes(std::string_view rest) : rest_(rest) {}

  constexpr bool empty() const { return rest_.empty(); }

  constexpr std::optional<std::string_view> take(std::size_t count) {
    if (count > rest_.size()) return std::nullopt;
    const auto taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }

  /// A number of one to three bytes.
  constexpr std::optional<std::size_t> number(std::size_t width) {
    const auto taken = take(width);
    if (!taken) return std::nullopt;
    return number_of(*taken);
  }

  /// A vector whose length is said in `width` bytes before it.
  constexpr std::optional<std::string_view> vector(std::size_t width) {
    const auto length = number(width);
    return length ? take(*length) : std::nullopt;
  }

  /// The same, and refused when it is empty.
  constexpr std::optional<std::string_view> filled_vector(std::size_t width) {
    const auto taken = vector(width);
    return taken && !taken->empty() ? taken : std::nullopt;
  }

 private:
  std::string_view rest_;
};

}  // namespace culvert::inspect
