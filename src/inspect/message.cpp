// SPDX-License-Identifier: Apache-2.0
#include "inspect/message.hpp"

#include <algorithm>
#include <cstdint>

#include <culvert/authority.hpp>

#include "inspect/bytes.hpp"
#include "inspect/flaw.hpp"

namespace culvert::inspect {
namespace {

// Extension types (RFC 6066 §3, RFC 7301 §3.1, RFC 9849 §11.1).
constexpr std::size_t server_name = 0;
constexpr std::size_t alpn = 16;
constexpr std::size_t encrypted_client_hello = 0xfe0d;

constexpr std::size_t host_name = 0;  // the only NameType (RFC 6066 §3)

/// 0x0a0a, 0x1a1a ... 0xfafa (RFC 8701 §2).
bool is_grease(std::string_view name) {
  return name.size() == 2 && name[0] == name[1] && (name[0] & 0x0f) == 0x0a;
}

/// HostName is ASCII. RFC 6066 §3 has no addresses there, but there are clients that do; which
/// host is meant leaves no doubt.
Result<std::string> read_host_name(std::string_view text) {
  if (const auto address = Address::parse(text)) return Host::of(*address).text();
  const auto host = Host::parse(text);
  if (!host) return fail(Flaw::bad_server_name);
  return host->text();
}

/// A ServerNameList of one host_name. RFC 6066 §3 leaves room for other types of names; none came
/// to be, and OpenSSL and BoringSSL refuse them too.
Result<std::string> read_server_name(std::string_view extension) {
  Bytes bytes(extension);
  const auto list = bytes.filled_vector(2);
  if (!list || !bytes.empty()) return fail(Flaw::bad_server_name);
  Bytes entries(*list);
  if (entries.number(1) != host_name) return fail(Flaw::bad_server_name);
  const auto name = entries.filled_vector(2);
  if (!name || !entries.empty()) return fail(Flaw::bad_server_name);
  return read_host_name(*name);
}

/// A ProtocolNameList, in which no name is empty (RFC 7301 §3.1).
Result<std::vector<std::string>> read_alpn(std::string_view extension) {
  Bytes bytes(extension);
  const auto list = bytes.filled_vector(2);
  if (!list || !bytes.empty()) return fail(Flaw::bad_alpn);
  std::vector<std::string> names;
  for (Bytes rest(*list); !rest.empty();) {
    const auto name = rest.filled_vector(1);
    if (!name) return fail(Flaw::bad_alpn);
    if (!is_grease(*name)) names.emplace_back(*name);
  }
  return names;
}

/// ECHClientHello of type outer: cipher suite, config_id, enc, payload (RFC 9849 §5).
bool is_outer(Bytes rest) {
  return rest.take(4) && rest.take(1) && rest.vector(2) && rest.filled_vector(2) && rest.empty();
}

/// True for an outer hello. An inner one has nothing but its type; it is what a server in front
/// sends to one behind it, and hides nothing.
Result<bool> read_encrypted(std::string_view extension) {
  constexpr std::size_t outer = 0;
  constexpr std::size_t inner = 1;
  Bytes bytes(extension);
  const auto type = bytes.number(1);
  if (type == outer && is_outer(bytes)) return true;
  if (type == inner && bytes.empty()) return false;
  return fail(Flaw::bad_encrypted_hello);
}

Result<void> read_extension(std::size_t type, std::string_view data, ClientHello& hello) {
  const auto keep = [](auto read, auto& into) -> Result<void> {
    if (!read) return fail(read.error());
    into = std::move(*read);
    return {};
  };
  if (type == server_name) return keep(read_server_name(data), hello.server_name);
  if (type == alpn) return keep(read_alpn(data), hello.alpn);
  if (type == encrypted_client_hello) return keep(read_encrypted(data), hello.encrypted);
  return {};
}

bool has_repeats(std::vector<std::uint16_t> types) {
  std::ranges::sort(types);
  return std::ranges::adjacent_find(types) != types.end();
}

Result<ClientHello> read_extensions(std::string_view block) {
  ClientHello hello;
  std::vector<std::uint16_t> types;
  for (Bytes rest(block); !rest.empty();) {
    const auto type = rest.number(2);
    const auto data = rest.vector(2);
    if (!type || !data) return fail(Flaw::bad_hello);
    types.push_back(static_cast<std::uint16_t>(*type));
    if (auto read = read_extension(*type, *data, hello); !read) return fail(read.error());
  }
  if (has_repeats(std::move(types))) return fail(Flaw::repeated_extension);
  return hello;
}

bool is_version(std::optional<std::size_t> version) {
  return version && *version >> 8U == 3;
}

bool is_session_id(std::optional<std::string_view> id) {
  return id && id->size() <= 32;
}

/// A list of numbers of two bytes.
bool are_cipher_suites(std::optional<std::string_view> suites) {
  return suites && suites->size() % 2 == 0;
}

/// All that stands before the extensions.
bool take_preamble(Bytes& body) {
  constexpr std::size_t random_bytes = 32;
  return is_version(body.number(2)) && body.take(random_bytes) && is_session_id(body.vector(1)) &&
         are_cipher_suites(body.filled_vector(2)) && body.filled_vector(1);
}

}  // namespace

Result<ClientHello> read_message(std::string_view body) {
  Bytes rest(body);
  if (!take_preamble(rest)) return fail(Flaw::bad_hello);
  if (rest.empty()) return ClientHello{};
  const auto block = rest.vector(2);
  if (!block || !rest.empty()) return fail(Flaw::bad_hello);
  return read_extensions(*block);
}

}  // namespace culvert::inspect
