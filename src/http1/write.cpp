// SPDX-License-Identifier: Apache-2.0
#include "http1/write.hpp"

namespace culvert::http1 {
namespace {

constexpr std::size_t room_for_ours = 256;  // start line and hop fields

}  // namespace

std::size_t room_for(const Fields& fields) {
  std::size_t bytes = room_for_ours;
  for (const auto& field : fields) bytes += field.name.size() + field.value.size() + 4;
  return bytes;
}

void write_field(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

void write_length(std::string& out, std::uint64_t length) {
  write_field(out, "Content-Length", std::to_string(length));
}

void write_framing(std::string& out, const Framing& framing) {
  switch (framing.kind) {
    case Framing::Kind::none:
    case Framing::Kind::until_close: break;
    case Framing::Kind::length: write_length(out, framing.length); break;
    case Framing::Kind::chunked: write_field(out, "Transfer-Encoding", "chunked"); break;
  }
}

void write_via(std::string& out, Version received, std::string_view pseudonym) {
  out.append(received == Version::http11 ? "Via: 1.1 " : "Via: 1.0 ");
  out.append(pseudonym).append("\r\n");
}

void write_options(std::string& out, std::initializer_list<std::string_view> options) {
  std::string_view before = "Connection: ";
  for (const auto option : options) {
    if (option.empty()) continue;
    out.append(before).append(option);
    before = ", ";
  }
  if (before == ", ") out.append("\r\n");
}

}  // namespace culvert::http1
