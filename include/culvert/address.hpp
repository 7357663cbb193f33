// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <culvert/result.hpp>

namespace culvert {

/// An IPv4 or IPv6 address. An IPv4-mapped IPv6 address (::ffff:a.b.c.d) is kept as the IPv4
/// address that it is, so that no rule can be got round by spelling. A scope id is not kept.
class Address {
 public:
  using Bytes16 = std::array<std::uint8_t, 16>;

  /// 0.0.0.0, which no policy allows unless told so.
  constexpr Address() = default;

  static constexpr Address v4(std::uint32_t host_order) {
    Address made;
    for (unsigned i = 0; i < 4; ++i) {
      made.bytes_[i] = static_cast<std::uint8_t>(host_order >> (24 - 8 * i));
    }
    return made;
  }
  static Address v6(const Bytes16& network_order);

  /// Reads the usual spellings only: dotted decimal without leading zeros, and RFC 4291 §2.2 text
  /// without brackets or zone. Else Errc::bad_address. Host::parse reads the unusual ones.
  static Result<Address> parse(std::string_view text);

  bool is_v4() const noexcept { return !is_v6_; }
  /// The IPv4 address in host order; only when is_v4().
  std::uint32_t v4_number() const noexcept;
  /// 4 or 16 bytes in network order.
  std::span<const std::uint8_t> bytes() const noexcept {
    return std::span(bytes_).first(is_v6_ ? 16U : 4U);
  }
  /// 127.0.0.0/8 or ::1.
  bool is_loopback() const noexcept;
  /// 0.0.0.0 or ::.
  bool is_unspecified() const noexcept;
  /// "192.0.2.1", "2001:db8::1": never with brackets (RFC 5952).
  std::string text() const;

  friend auto operator<=>(const Address&, const Address&) = default;

 private:
  Bytes16 bytes_{};
  bool is_v6_ = false;
};

/// An address block such as 10.0.0.0/8 or 2001:db8::/32. A single address is a block of its own.
class Network {
 public:
  /// Reads `address` or `address "/" length`. Bits set behind the prefix are an error
  /// (Errc::bad_network): 10.1.2.3/8 is more likely a mistake than 10.0.0.0/8.
  static Result<Network> parse(std::string_view text);
  Network(const Address& address, unsigned prefix_bits)
      : address_(address), prefix_bits_(prefix_bits) {}

  bool contains(const Address& address) const noexcept;
  const Address& address() const noexcept { return address_; }
  unsigned prefix_bits() const noexcept { return prefix_bits_; }
  /// "10.0.0.0/8"; "192.0.2.1" when the block is one address.
  std::string text() const;

  friend bool operator==(const Network&, const Network&) = default;

 private:
  Address address_;
  unsigned prefix_bits_;
};

/// True for an address that a forward proxy must not reach unless a rule says so: unspecified,
/// loopback, private, link-local (cloud metadata), carrier-grade NAT, benchmark, documentation,
/// multicast, reserved, unique-local, local NAT64 (64:ff9b:1::/48), Teredo; and IPv6 addresses that
/// carry such an IPv4 one. After the IANA special-purpose registries (RFC 6890).
bool is_private(const Address& address);

/// What makes it private, for people: "loopback", "link-local". Empty for an address that is not.
std::string_view private_block(const Address& address);

/// The IPv4 addresses that a packet to this IPv6 address may end up at, when something on the way
/// translates or unpacks it: NAT64 (RFC 6052; in the prefix of RFC 8215 with any length that fits),
/// 6to4, Teredo, ISATAP, IPv4-compatible and IPv4-translated addresses. More than one where the
/// address does not tell; none for an IPv4 address. A translator with a prefix of other addresses
/// cannot be seen from here.
std::vector<Address> carried_v4(const Address& address);

}  // namespace culvert
