// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>
#include <optional>

#include <culvert/authority.hpp>
#include <culvert/error.hpp>

#include "base/ascii.hpp"

namespace culvert {
namespace {

constexpr std::size_t longest_name = 253;
constexpr std::size_t longest_label = 63;

bool is_name_byte(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || c == '-' || c == '_';
}

/// One part of an IPv4 address as inet_aton reads it: decimal, 0octal or 0xhex.
std::optional<std::uint64_t> read_part(std::string_view part) {
  int base = 10;
  if (part.starts_with("0x")) {
    base = 16;
    part.remove_prefix(2);
    if (part.empty()) return 0;  // browsers read "0x" as 0
  } else if (part.size() > 1 && part.front() == '0') {
    base = 8;
    part.remove_prefix(1);
  }
  std::uint64_t number = 0;
  const auto read = std::from_chars(part.data(), part.data() + part.size(), number, base);
  if (read.ec != std::errc() || read.ptr != part.data() + part.size()) return std::nullopt;
  return number;
}

/// True when the last label is a number in any of the spellings above (WHATWG URL §3.5, "ends in a
/// number"): such a host is an IPv4 address or an error, never a name that DNS is asked for.
bool ends_in_number(std::string_view name) {
  const auto last = name.substr(name.rfind('.') + 1);
  return std::ranges::all_of(last, is_digit) || (last.starts_with("0x") && read_part(last));
}

/// Reads `a`, `a.b`, `a.b.c` or `a.b.c.d`, where the last part fills the bytes that are left.
std::optional<Address> read_v4(std::string_view text) {
  std::uint64_t address = 0;
  for (int parts = 1; parts <= 4; ++parts) {
    const auto dot = text.find('.');
    const auto part = text.substr(0, dot);
    const auto number = part.empty() ? std::nullopt : read_part(part);
    if (!number) return std::nullopt;
    if (dot == std::string_view::npos) {
      const auto room = std::uint64_t{1} << (8 * (5 - parts));
      if (*number >= room) return std::nullopt;
      return Address::v4(static_cast<std::uint32_t>(address * room + *number));
    }
    if (*number > 255) return std::nullopt;
    address = address * 256 + *number;
    text.remove_prefix(dot + 1);
  }
  return std::nullopt;
}

bool is_name(std::string_view name) {
  if (name.empty() || name.size() > longest_name) return false;
  while (true) {
    const auto dot = name.find('.');
    const auto label = name.substr(0, dot);
    if (label.empty() || label.size() > longest_label) return false;
    if (!std::ranges::all_of(label, is_name_byte)) return false;
    if (dot == std::string_view::npos) return true;
    name.remove_prefix(dot + 1);
  }
}

}  // namespace

Result<Port> Port::parse(std::string_view digits) {
  if (digits.empty() || digits.size() > 5 || !std::ranges::all_of(digits, is_digit)) {
    return fail(Errc::bad_port);
  }
  unsigned number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (number == 0 || number > 65535) return fail(Errc::bad_port);
  return Port(static_cast<std::uint16_t>(number));
}

Result<Host> Host::parse(std::string_view text) {
  if (text.starts_with('[')) {
    if (!text.ends_with(']') || !text.contains(':')) return fail(Errc::bad_host);
    const auto address = Address::parse(text.substr(1, text.size() - 2));
    if (!address) return fail(Errc::bad_host);
    return Host(*address);
  }
  if (text.size() > longest_name + 1) return fail(Errc::bad_host);
  std::string name(text);
  std::ranges::transform(name, name.begin(), lower);
  if (name.ends_with('.')) name.pop_back();
  if (!is_name(name)) return fail(Errc::bad_host);
  if (ends_in_number(name)) {
    const auto address = read_v4(name);
    if (!address) return fail(Errc::bad_host);
    return Host(*address);
  }
  return Host(std::move(name));
}

std::string Host::text() const {
  if (!is_address()) return name();
  return address().is_v4() ? address().text() : "[" + address().text() + "]";
}

Result<Authority> Authority::parse(std::string_view text) {
  // The last colon parts host and port, unless it stands inside the brackets of an IPv6 address.
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || text.find(']', colon) != std::string_view::npos) {
    return fail(Errc::bad_authority);
  }
  const auto host = Host::parse(text.substr(0, colon));
  if (!host) return fail(host.error());
  const auto port = Port::parse(text.substr(colon + 1));
  if (!port) return fail(port.error());
  return Authority{.host = *host, .port = *port};
}

Result<Authority> Authority::parse(std::string_view text, Port missing) {
  const auto colon = text.rfind(':');
  const bool has_port =
      colon != std::string_view::npos && text.find(']', colon) == std::string_view::npos;
  if (has_port && colon + 1 < text.size()) return parse(text);
  if (has_port) text.remove_suffix(1);  // RFC 3986 §3.2.3: an empty port is the scheme's
  const auto host = Host::parse(text);
  if (!host) return fail(host.error());
  return Authority{.host = *host, .port = missing};
}

std::string Authority::text() const {
  return host.text() + ":" + std::to_string(port.number());
}

}  // namespace culvert
