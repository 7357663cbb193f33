// SPDX-License-Identifier: Apache-2.0
#include "config/selectors.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "config/keys.hpp"
#include "config/parts.hpp"

namespace culvert::config {
namespace {

using policy::PortRange;

constexpr std::size_t longest_user = 64;
constexpr std::string_view usual_methods[] = {"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS",
                                              "PATCH",   "POST",   "PUT", "TRACE"};

/// The network that was meant by an address with bits behind its prefix: 10.0.0.0/8 by 10.1.2.3/8.
std::optional<Network> trimmed(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = Address::parse(text.substr(0, slash));
  if (!address || slash == std::string_view::npos) return std::nullopt;
  const auto digits = text.substr(slash + 1);
  const auto* const end = digits.data() + digits.size();
  unsigned bits = 0;
  const auto read = std::from_chars(digits.data(), end, bits);
  if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
  if (address->is_v4()) {
    if (bits > 32 || text.contains(':')) return std::nullopt;
    const auto mask = bits == 0 ? 0U : ~0U << (32 - bits);
    return Network(Address::v4(address->v4_number() & mask), bits);
  }
  if (bits > 128) return std::nullopt;
  Address::Bytes16 bytes{};
  std::ranges::copy(address->bytes(), bytes.begin());
  for (unsigned bit = bits; bit < 128; ++bit) {
    bytes[bit / 8] &= static_cast<std::uint8_t>(~(0x80U >> bit % 8));
  }
  return Network(Address::v6(bytes), bits);
}

std::string no_network(std::string_view text) {
  if (const auto meant = trimmed(text)) {
    return quoted(text) + " has bits set behind its prefix; write " + quoted(meant->text());
  }
  return quoted(text) +
         " is neither an address nor a network such as \"10.0.0.0/8\" or "
         "\"2001:db8::/32\"";
}

Read<PortRange> parse_ports(std::string_view text) {
  const auto dash = text.find('-');
  const auto first = Port::parse(text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : Port::parse(text.substr(dash + 1));
  if (!first || !last) {
    return std::unexpected(quoted(text) +
                           " is no port; write 1 to 65535, or a range such as \"1024-65535\"");
  }
  if (*last < *first) {
    return std::unexpected(quoted(text) + " runs backwards; write \"" +
                           std::to_string(last->number()) + "-" + std::to_string(first->number()) +
                           "\"");
  }
  return PortRange{.first = first->number(), .last = last->number()};
}

}  // namespace

Read<PortRange> read_ports(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value.what)) return parse_ports(*text);
  const auto* number = std::get_if<std::int64_t>(&value.what);
  if (number == nullptr || *number < 1 || *number > 65535) {
    return wants("a port from 1 to 65535, or a range such as \"1024-65535\"", value);
  }
  const auto port = static_cast<std::uint16_t>(*number);
  return PortRange{.first = port, .last = port};
}

Read<Network> read_network(const Value& value) {
  const auto* text = std::get_if<std::string>(&value.what);
  if (text == nullptr) return wants("an address or a network such as \"10.0.0.0/8\"", value);
  const auto network = Network::parse(*text);
  if (!network) return std::unexpected(no_network(*text));
  return *network;
}

Read<policy::HostPattern> read_pattern(const Value& value) {
  const auto* text = std::get_if<std::string>(&value.what);
  if (text == nullptr) return wants("a host such as \"example.com\"", value);
  auto pattern = policy::HostPattern::parse(*text);
  if (!pattern) return std::unexpected(no_pattern(*text));
  return *std::move(pattern);
}

std::string no_pattern(std::string_view text) {
  const auto colon = text.rfind(':');
  const bool is_url = text.contains("://");
  const bool has_port = colon != std::string_view::npos && colon + 1 < text.size() &&
                        Host::parse(text.substr(0, colon)).has_value();
  if (is_url) return quoted(text) + " is a URL; write its host alone, such as \"example.com\"";
  if (has_port) {
    return quoted(text) + " has a port; write " + quoted(text.substr(0, colon)) +
           " here and the port in ports";
  }
  if (trimmed(text)) return no_network(text);
  if (std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) > 127; })) {
    return quoted(text) +
           " is no name that IDNA allows; write the name as DNS has it (\"xn--...\")";
  }
  if (text.contains('*')) {
    return quoted(text) + ": a * stands alone, or as the whole first label: \"*.example.com\"";
  }
  return quoted(text) + " is no host; write \"example.com\", \"*.example.com\" (below it), " +
         "\".example.com\" (both), an address or a network";
}

std::string no_user(std::string_view name) {
  const bool fits =
      !name.empty() && name.size() <= longest_user && std::ranges::none_of(name, [](char c) {
        return static_cast<unsigned char>(c) < ' ' || c == 0x7f;
      });
  return fits ? std::string() : "a user's name has 1 to 64 bytes and no control characters";
}

Read<std::string> read_user(const Value& value) {
  const auto* text = std::get_if<std::string>(&value.what);
  if (text == nullptr) return wants("a name such as \"alice\"", value);
  if (auto why = no_user(*text); !why.empty()) return std::unexpected(std::move(why));
  return *text;
}

Read<std::string> read_method(const Value& value) {
  const auto* text = std::get_if<std::string>(&value.what);
  if (text == nullptr || !is_token(*text)) return wants("a method such as \"GET\"", value);
  auto upper = *text;
  std::ranges::transform(upper, upper.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  if (upper != *text && std::ranges::find(usual_methods, upper) != std::end(usual_methods)) {
    return std::unexpected(quoted(*text) + ": methods have a case; write " + quoted(upper));
  }
  return *text;
}

Read<policy::Scheme> read_scheme(const Value& value) {
  constexpr std::array values = {policy::Scheme::http, policy::Scheme::https, policy::Scheme::ws,
                                 policy::Scheme::wss, policy::Scheme::connect};
  std::array<std::string_view, values.size()> words;
  std::ranges::transform(values, words.begin(), [](auto scheme) { return policy::word(scheme); });
  const auto read = read_choice(value, words);
  if (!read) return std::unexpected(read.error());
  return values[static_cast<std::size_t>(std::ranges::find(words, *read) - words.begin())];
}

Read<policy::Hours> read_hours(const Value& value) {
  const auto* text = std::get_if<std::string>(&value.what);
  if (text == nullptr) return wants("times such as \"Mon-Fri 08:00-18:00\"", value);
  auto hours = policy::Hours::parse(*text);
  if (hours) return *std::move(hours);
  return std::unexpected(quoted(*text) +
                         " is no time; write \"Mon-Fri 08:00-18:00\", \"Sat,Sun\" or "
                         "\"22:00-06:00\"");
}

}  // namespace culvert::config
