// SPDX-License-Identifier: Apache-2.0
#include "http1/forwarded.hpp"

#include "http1/grammar.hpp"
#include "http1/write.hpp"

namespace culvert::http1 {
namespace {

/// Does every quoted string end (RFC 9110 §5.6.4)?
bool closes_quotes(std::string_view list) {
  bool quoted = false;
  for (std::size_t at = 0; at < list.size(); ++at) {
    if (list[at] == '"') quoted = !quoted;
    if (quoted && list[at] == '\\') ++at;
  }
  return !quoted;
}

/// The node of RFC 7239 §6. Colons and brackets are no token, so an IPv6 address is quoted.
std::string node_of(std::string_view client) {
  const std::string text(client);
  return client.contains(':') ? "\"[" + text + "]\"" : text;
}

void write_list(std::string& out, const Fields& fields, std::string_view name,
                std::string_view last) {
  std::string list;
  for (const auto& field : fields) {
    if (!same_token(field.name, name) || field.value.empty()) continue;
    if (!closes_quotes(field.value)) continue;
    list.append(field.value).append(", ");
  }
  write_field(out, name, list.append(last));
}

}  // namespace

bool is_about_client(std::string_view name) noexcept {
  return same_token(name, "Forwarded") || same_token(name, "X-Forwarded-For") ||
         same_token(name, "X-Real-IP");
}

void write_forwarded(std::string& out, const Fields& fields, std::string_view client) {
  if (client.empty()) client = "unknown";
  write_list(out, fields, "Forwarded", "for=" + node_of(client));
  write_list(out, fields, "X-Forwarded-For", client);
}

}  // namespace culvert::http1
