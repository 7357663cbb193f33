// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>

#include <arpa/inet.h>

#include <culvert/address.hpp>
#include <culvert/error.hpp>

namespace culvert {
namespace {

constexpr Address::Bytes16 mapped_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

struct Block4 {
  std::uint32_t base;
  unsigned bits;
  std::string_view name;
};

/// The IPv4 blocks that are not the public Internet (RFC 6890, RFC 5771 and the IANA registry).
constexpr Block4 special_v4[] = {
    {0x00000000, 8, "this network"},                      // 0.0.0.0/8
    {0x0a000000, 8, "private (RFC 1918)"},                // 10.0.0.0/8
    {0x64400000, 10, "carrier-grade NAT"},                // 100.64.0.0/10
    {0x7f000000, 8, "loopback"},                          // 127.0.0.0/8
    {0xa9fe0000, 16, "link-local, cloud metadata"},       // 169.254.0.0/16
    {0xac100000, 12, "private (RFC 1918)"},               // 172.16.0.0/12
    {0xc0000000, 24, "protocol assignments"},             // 192.0.0.0/24
    {0xc0000200, 24, "documentation"},                    // 192.0.2.0/24
    {0xc0586300, 24, "6to4 relays"},                      // 192.88.99.0/24
    {0xc0a80000, 16, "private (RFC 1918)"},               // 192.168.0.0/16
    {0xc6120000, 15, "benchmarks"},                       // 198.18.0.0/15
    {0xc6336400, 24, "documentation"},                    // 198.51.100.0/24
    {0xcb007100, 24, "documentation"},                    // 203.0.113.0/24
    {0xe0000000, 3, "multicast, reserved or broadcast"},  // 224.0.0.0/3
};

/// The name of the block that an address is in; empty when it is public.
std::string_view block_v4(std::uint32_t number) {
  const auto* const found = std::ranges::find_if(special_v4, [number](const Block4& block) {
    return (number ^ block.base) >> (32 - block.bits) == 0;
  });
  return found == std::end(special_v4) ? std::string_view() : found->name;
}

using Bytes = std::span<const std::uint8_t>;

std::uint32_t v4_at(Bytes bytes, std::size_t at) {
  return static_cast<std::uint32_t>(bytes[at]) << 24 |
         static_cast<std::uint32_t>(bytes[at + 1]) << 16 |
         static_cast<std::uint32_t>(bytes[at + 2]) << 8 | bytes[at + 3];
}

bool starts(Bytes bytes, std::initializer_list<std::uint8_t> prefix) {
  return std::equal(prefix.begin(), prefix.end(), bytes.begin());
}

/// The name of the block outside of global unicast (2000::/3) that an address is in; empty for what
/// is only another way to write an IPv4 address.
std::string_view block_outside_unicast(Bytes bytes) {
  const auto zeros = static_cast<std::size_t>(
      std::ranges::find_if(bytes, [](auto byte) { return byte != 0; }) - bytes.begin());
  if (zeros == bytes.size()) return "unspecified";
  if (zeros == bytes.size() - 1 && bytes[zeros] == 1) return "loopback";
  if (zeros >= 12) return "IPv4-compatible";
  if (starts(bytes, {0x00, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0})) return "";  // RFC 6052
  if (starts(bytes, {0x00, 0x64, 0xff, 0x9b, 0, 1})) return "local NAT64";         // RFC 8215
  if ((bytes[0] & 0xfeU) == 0xfc) return "unique-local";
  if (bytes[0] == 0xfe && (bytes[1] & 0xc0U) == 0x80) return "link-local";
  if (bytes[0] == 0xff) return "multicast";
  return "not global unicast";
}

/// The same for IPv6, whatever an address carries.
std::string_view block_v6(Bytes bytes) {
  if (bytes[0] >> 5 != 1) return block_outside_unicast(bytes);
  if (starts(bytes, {0x20, 0x01, 0x0d, 0xb8})) return "documentation";
  if (starts(bytes, {0x3f, 0xff}) && bytes[2] < 0x10) return "documentation";  // RFC 9637
  // 2001::/23: Teredo, benchmarks, ORCHID (RFC 2928).
  const bool protocols = starts(bytes, {0x20, 0x01}) && bytes[2] < 0x02;
  return protocols ? "protocol assignments" : "";
}

}  // namespace

Address Address::v6(const Bytes16& network_order) {
  if (std::equal(mapped_prefix.begin(), mapped_prefix.begin() + 12, network_order.begin())) {
    return v4(v4_at(network_order, 12));
  }
  Address made;
  made.bytes_ = network_order;
  made.is_v6_ = true;
  return made;
}

Result<Address> Address::parse(std::string_view text) {
  if (text.size() >= INET6_ADDRSTRLEN || text.contains('\0')) return fail(Errc::bad_address);
  const std::string terminated(text);
  in_addr four{};
  if (inet_pton(AF_INET, terminated.c_str(), &four) == 1) return v4(ntohl(four.s_addr));
  Bytes16 sixteen{};
  if (inet_pton(AF_INET6, terminated.c_str(), sixteen.data()) == 1) return v6(sixteen);
  return fail(Errc::bad_address);
}

std::uint32_t Address::v4_number() const noexcept {
  return v4_at(bytes_, 0);
}

bool Address::is_loopback() const noexcept {
  if (is_v4()) return bytes_[0] == 127;
  return bytes_[15] == 1 &&
         std::all_of(bytes_.begin(), bytes_.end() - 1, [](auto b) { return b == 0; });
}

bool Address::is_unspecified() const noexcept {
  return std::ranges::all_of(bytes_, [](auto b) { return b == 0; });
}

std::string Address::text() const {
  char buffer[INET6_ADDRSTRLEN];
  const char* written =
      inet_ntop(is_v6_ ? AF_INET6 : AF_INET, bytes_.data(), buffer, sizeof buffer);
  return written == nullptr ? std::string() : std::string(written);
}

Result<Network> Network::parse(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = Address::parse(text.substr(0, slash));
  if (!address) return fail(Errc::bad_network);
  const auto width = static_cast<unsigned>(address->bytes().size() * 8);
  if (slash == std::string_view::npos) return Network(*address, width);

  const auto digits = text.substr(slash + 1);
  unsigned bits = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
  if (read.ec != std::errc() || read.ptr != digits.data() + digits.size() || digits.size() > 3) {
    return fail(Errc::bad_network);
  }
  // A v4-mapped block is written with the IPv6 prefix length; the address is kept as IPv4.
  if (address->is_v4() && text.contains(':')) {
    if (bits < 96) return fail(Errc::bad_network);
    bits -= 96;
  }
  if (bits > width) return fail(Errc::bad_network);
  const auto bytes = address->bytes();
  for (unsigned bit = bits; bit < width; ++bit) {
    if ((bytes[bit / 8] >> (7 - bit % 8) & 1) != 0) return fail(Errc::bad_network);
  }
  return Network(*address, bits);
}

bool Network::contains(const Address& address) const noexcept {
  if (address.is_v4() != address_.is_v4()) return false;
  const auto ours = address_.bytes();
  const auto theirs = address.bytes();
  const auto whole = prefix_bits_ / 8;
  if (!std::equal(ours.begin(), ours.begin() + whole, theirs.begin())) return false;
  const auto rest = prefix_bits_ % 8;
  return rest == 0 || (ours[whole] ^ theirs[whole]) >> (8 - rest) == 0;
}

std::string Network::text() const {
  const bool single = prefix_bits_ == address_.bytes().size() * 8;
  return single ? address_.text() : address_.text() + "/" + std::to_string(prefix_bits_);
}

bool is_private(const Address& address) {
  return !private_block(address).empty();
}

std::string_view private_block(const Address& address) {
  if (address.is_v4()) return block_v4(address.v4_number());
  auto block = block_v6(address.bytes());
  for (const auto& carried : carried_v4(address)) {
    if (block.empty()) block = block_v4(carried.v4_number());
  }
  return block;
}

}  // namespace culvert
