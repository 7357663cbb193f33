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

constexpr std::string_view unix_prefix = "unix:";

/// What is wrong with the path of a Unix socket, and what would be right; empty if nothing is.
std::string trouble_with(std::string_view path) {
  if (path.empty()) return "write the socket's path, too: \"unix:/run/culvert.sock\"";
  if (path.starts_with('@') || path.contains('\0')) {
    return "a socket without a file could be used by anyone on this machine; write a path such as "
           "\"unix:/run/culvert.sock\"";
  }
  if (!path.contains('/')) {
    return quoted(path) + " has no slash; write a path such as \"unix:/run/culvert.sock\" or \"" +
           "unix:./culvert.sock\"";
  }
  if (path.ends_with('/')) return quoted(path) + " is a directory; write the path of a file";
  if (path.size() > UnixPath::most_bytes) {
    return "the path of a Unix socket has at most " + std::to_string(UnixPath::most_bytes) +
           " bytes, and this one has " + std::to_string(path.size());
  }
  return {};
}

Read<ListenPlace> read_unix_path(std::string_view path) {
  auto trouble = trouble_with(path);
  if (!trouble.empty()) return std::unexpected(std::move(trouble));
  return UnixPath{std::string(path)};
}

}  // namespace

Read<ListenPlace> read_listen_address(const Value& value) {
  const auto* text = std::get_if<std::string>(&value.what);
  if (text == nullptr) return wants("an address and port such as \"127.0.0.1:3128\"", value);
  if (text->starts_with(unix_prefix)) {
    return read_unix_path(std::string_view(*text).substr(unix_prefix.size()));
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

Read<std::uint32_t> read_socket_mode(const Value& value) {
  constexpr std::string_view wanted = "an octal file mode in quotes such as \"0660\"";
  const auto* text = std::get_if<std::string>(&value.what);
  if (text == nullptr || text->empty()) return wants(wanted, value);
  std::uint32_t mode = 0;
  const auto* const end = text->data() + text->size();
  const auto read = std::from_chars(text->data(), end, mode, 8);
  if (read.ec != std::errc() || read.ptr != end || mode > 0777) return wants(wanted, value);
  if ((mode & 0222) == 0) {
    return std::unexpected(quoted(*text) +
                           " lets nobody connect, which takes write permission; write \"0660\" for "
                           "user and group, \"0666\" for everyone");
  }
  return mode;
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
