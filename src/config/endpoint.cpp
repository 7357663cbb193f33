// SPDX-License-Identifier: Apache-2.0
#include "config/endpoint.hpp"

#include <charconv>
#include <optional>

namespace culvert::config {
namespace {

struct Parts {
  std::string_view address;
  std::optional<std::string_view> port;
};

/// Parts text at the colon behind the address, with the brackets of an IPv6 address dropped. An
/// IPv6 address without brackets has no port.
Parts part(std::string_view text) {
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return {.address = text, .port = {}};
    const auto rest = text.substr(end + 1);
    if (rest.empty()) return {.address = text.substr(1, end - 1), .port = {}};
    if (!rest.starts_with(':')) return {.address = text, .port = {}};
    return {.address = text.substr(1, end - 1), .port = rest.substr(1)};
  }
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || text.find(':', colon + 1) != std::string_view::npos) {
    return {.address = text, .port = {}};
  }
  return {.address = text.substr(0, colon), .port = text.substr(colon + 1)};
}

std::optional<std::uint16_t> port_number(std::string_view digits) {
  std::uint16_t number = 0;
  const auto* const end = digits.data() + digits.size();
  const auto read = std::from_chars(digits.data(), end, number);
  if (read.ec != std::errc() || read.ptr != end || digits.size() > 5) return std::nullopt;
  return number;
}

std::unexpected<std::string> bad_address(std::string_view address, std::string_view port) {
  const auto shown_port = port.empty() ? std::string("3128") : std::string(port);
  if (address.empty() || address == "*") {
    return std::unexpected("write the address, too: \"127.0.0.1:" + shown_port +
                           "\", or \"[::]:" + shown_port + "\" for every address of this machine");
  }
  return std::unexpected(quoted(address) + " is no IP address; write one such as \"127.0.0.1:" +
                         shown_port + "\" or \"[::1]:" + shown_port + "\"");
}

}  // namespace

Read<Endpoint> read_listen_address(const Value& value) {
  const auto* text = std::get_if<std::string>(&value.what);
  if (text == nullptr) return wants("an address and port such as \"127.0.0.1:3128\"", value);
  if (text->starts_with("unix:")) {
    return std::unexpected(
        "Unix sockets are not supported; write an address and port such as \"127.0.0.1:3128\"");
  }
  const auto [written, port_text] = part(*text);
  const auto address = Address::parse(written);
  if (!address) return bad_address(written, port_text.value_or(""));
  if (!port_text) {
    return std::unexpected("the port is missing; write \"" +
                           Endpoint{.address = *address, .port = 3128}.text() + "\"");
  }
  const auto port = port_number(*port_text);
  if (!port) return std::unexpected(quoted(*port_text) + " is no port; write 1 to 65535");
  return Endpoint{.address = *address, .port = *port};
}

Read<Endpoint> read_server(const Value& value) {
  const auto* text = std::get_if<std::string>(&value.what);
  if (text == nullptr) return wants("an address such as \"192.0.2.53\"", value);
  const auto [written, port_text] = part(*text);
  const auto address = Address::parse(written);
  if (!address) {
    return std::unexpected(quoted(written) +
                           " is no IP address; write one such as \"192.0.2.53\", " +
                           "\"127.0.0.1:5353\" or \"[2001:db8::53]:53\"");
  }
  const auto digits = port_text.value_or("53");
  const auto port = port_number(digits);
  if (!port || *port == 0) {
    return std::unexpected(quoted(digits) + " is no port; write 1 to 65535");
  }
  return Endpoint{.address = *address, .port = *port};
}

}  // namespace culvert::config
