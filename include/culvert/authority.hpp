// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include <culvert/address.hpp>
#include <culvert/result.hpp>

namespace culvert {

/// A TCP port, 1 to 65535. Port 0 names no destination, so a Port is always usable.
class Port {
 public:
  /// Reads one to five digits. Else Errc::bad_port.
  static Result<Port> parse(std::string_view digits);
  /// `number` must not be 0.
  static constexpr Port of(std::uint16_t number) { return Port(number); }

  constexpr std::uint16_t number() const noexcept { return number_; }
  friend auto operator<=>(const Port&, const Port&) = default;

 private:
  explicit constexpr Port(std::uint16_t number) : number_(number) {}
  std::uint16_t number_;
};

/// A host as rules see it: a DNS name in lower case without its trailing dot, or an address.
/// An address in any spelling that inet_aton or a browser takes (octal, hex, short, one number,
/// v4-mapped) is that address, so one host has one spelling.
class Host {
 public:
  /// Reads a name, an IPv4 address in any spelling, or an IPv6 address in brackets (RFC 3986
  /// §3.2.2). A name is 1 to 253 letters, digits, `-`, `_` and dots in labels of 1 to 63; what ends
  /// in a number is an IPv4 address or nothing (WHATWG URL §3.5). Percent-encoding and bytes above
  /// 127 are refused. Else Errc::bad_host.
  static Result<Host> parse(std::string_view text);
  static Host of(const Address& address) { return Host(address); }

  bool is_address() const noexcept { return std::holds_alternative<Address>(value_); }
  /// Only when is_address().
  const Address& address() const { return std::get<Address>(value_); }
  /// Only when not is_address().
  const std::string& name() const { return std::get<std::string>(value_); }
  /// As it stands in a URL: an IPv6 address in brackets.
  std::string text() const;

  friend bool operator==(const Host&, const Host&) = default;

 private:
  explicit Host(Address address) : value_(address) {}
  explicit Host(std::string name) : value_(std::move(name)) {}
  std::variant<std::string, Address> value_;
};

/// Where a client wants to go.
struct Authority {
  Host host;
  Port port;

  /// Reads `host ":" port`, the authority-form of RFC 9112 §3.2.3. The port is required and an
  /// IPv6 address stands in brackets (RFC 3986 §3.2.2). Else Errc::bad_authority, bad_host,
  /// bad_port.
  static Result<Authority> parse(std::string_view text);
  /// Reads `host [":" port]`, as in a URL or a Host field; without a port it is `missing`.
  static Result<Authority> parse(std::string_view text, Port missing);

  /// "example.com:443", "[2001:db8::1]:443".
  std::string text() const;
  friend bool operator==(const Authority&, const Authority&) = default;
};

}  // namespace culvert
