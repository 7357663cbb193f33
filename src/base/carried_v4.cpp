// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <culvert/address.hpp>

namespace culvert {
namespace {

using Places = std::array<std::size_t, 4>;

/// A way to carry an IPv4 address in an IPv6 one: what tells it, and where the four bytes stand.
struct Form {
  std::array<std::uint8_t, 12> mark;
  std::size_t mark_bytes;
  std::size_t mark_at = 0;
  Places stands_at = {12, 13, 14, 15};
  std::uint8_t flipped = 0;  ///< in each byte
  bool certain = true;       ///< the mark leaves no doubt that it is this form
};

constexpr std::array<std::uint8_t, 12> nat64{0, 0x64, 0xff, 0x9b};
constexpr std::array<std::uint8_t, 12> local_nat64{0, 0x64, 0xff, 0x9b, 0, 1};
constexpr std::array<std::uint8_t, 12> teredo{0x20, 0x01, 0, 0};
constexpr std::array<std::uint8_t, 12> translated{0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

constexpr std::array forms{
    // NAT64 with the well-known prefix: RFC 6052 §2.1.
    Form{.mark = nat64, .mark_bytes = 12},
    // NAT64 with a prefix of the network's own, out of 64:ff9b:1::/48 and of 96, 64, 56 or 48 bits:
    // RFC 8215, RFC 6052 §2.2. Which it is, no address tells. Byte 8 is passed over; what stands
    // behind the IPv4 address may be anything, since no translator looks.
    Form{.mark = local_nat64, .mark_bytes = 6, .certain = false},
    Form{.mark = local_nat64, .mark_bytes = 6, .stands_at = {9, 10, 11, 12}, .certain = false},
    Form{.mark = local_nat64, .mark_bytes = 6, .stands_at = {7, 9, 10, 11}, .certain = false},
    Form{.mark = local_nat64, .mark_bytes = 6, .stands_at = {6, 7, 9, 10}, .certain = false},
    // 6to4: RFC 3056 §2.
    Form{.mark = {0x20, 0x02}, .mark_bytes = 2, .stands_at = {2, 3, 4, 5}},
    // Teredo, its server, and its client with all bits inverted: RFC 4380 §4.
    Form{.mark = teredo, .mark_bytes = 4, .stands_at = {4, 5, 6, 7}},
    Form{.mark = teredo, .mark_bytes = 4, .flipped = 0xff},
    // ISATAP, behind any prefix: RFC 5214 §6.1.
    Form{.mark = {0, 0, 0x5e, 0xfe}, .mark_bytes = 4, .mark_at = 8},
    Form{.mark = {2, 0, 0x5e, 0xfe}, .mark_bytes = 4, .mark_at = 8},
    // IPv4-compatible, ::a.b.c.d, which :: and ::1 are not: RFC 4291 §2.5.5.1.
    Form{.mark = {}, .mark_bytes = 12, .certain = false},
    // IPv4-translated, ::ffff:0:a.b.c.d: RFC 2765 §2.1.
    Form{.mark = translated, .mark_bytes = 12},
};

bool has_form(std::span<const std::uint8_t> bytes, const Form& form) {
  return std::ranges::equal(std::span(form.mark).first(form.mark_bytes),
                            bytes.subspan(form.mark_at, form.mark_bytes));
}

std::uint32_t number_in(std::span<const std::uint8_t> bytes, const Form& form) {
  std::uint32_t number = 0;
  for (const auto at : form.stands_at) {
    number = number << 8U | static_cast<std::uint8_t>(bytes[at] ^ form.flipped);
  }
  return number;
}

/// 0.0.0.0/8 is nobody's address (RFC 1122 §3.2.1.3), but what mostly stands where another form
/// would have one. A rule that denies it means 0.0.0.0, and not all that is behind a translator.
bool may_be_meant(const Form& form, std::uint32_t number) {
  return form.certain || number >> 24U != 0;
}

}  // namespace

std::vector<Address> carried_v4(const Address& address) {
  std::vector<Address> carried;
  if (address.is_v4()) return carried;
  const auto bytes = address.bytes();
  for (const auto& form : forms) {
    if (!has_form(bytes, form)) continue;
    const auto number = number_in(bytes, form);
    if (may_be_meant(form, number)) carried.push_back(Address::v4(number));
  }
  return carried;
}

}  // namespace culvert
