// SPDX-License-Identifier: Apache-2.0
#include "inspect/known_protocol.hpp"

#include <algorithm>

namespace culvert::inspect {
namespace {

using namespace std::string_view_literals;

constexpr char any = '\xff';  // in a beginning: whatever byte

struct Protocol {
  std::string_view name;
  std::string_view beginning;
};

constexpr Protocol protocols[] = {
    {"HTTP/2 without TLS", "PRI * HTTP/2.0"},  // RFC 9113 §3.4
    {"SSH", "SSH-"},                           // RFC 4253 §4.2
    {"SMTP", "EHLO "},                         // RFC 5321 §4.1.1.1; who waits for the server's
    {"SMTP", "HELO "},                         // greeting first is not seen at all
    {"SMTP", "ehlo "},
    {"SMTP", "helo "},
    {"BitTorrent", "\023BitTorrent protocol"},     // BEP 3
    {"SOCKS", "\x05"},                             // RFC 1928 §3
    {"SOCKS", "\x04"},                             // SOCKS 4
    {"RDP", "\x03\x00"sv},                         // TPKT (RFC 1006 §6)
    {"PostgreSQL", "\x00\x00\xff\xff\x00\x03"sv},  // StartupMessage 3.x, its length first
    {"PostgreSQL", "\x00\x00\x00\x08\x04\xd2"sv},  // SSLRequest, GSSENCRequest
    {"SSL 2.0", "\x80\xff\x01\x00\x02"sv},         // its CLIENT-HELLO
    {"SSL 2.0", "\x80\xff\x01\x03"sv},             // ... of who speaks more (RFC 5246 §E.2)
};

bool agree(std::string_view received, std::string_view beginning) {
  return std::ranges::equal(received, beginning,
                            [](char byte, char wanted) { return wanted == any || byte == wanted; });
}

}  // namespace

Likeness likeness_of(std::string_view received) {
  Likeness best;
  for (const auto& [name, beginning] : protocols) {
    const auto common = std::min(received.size(), beginning.size());
    if (!agree(received.substr(0, common), beginning.substr(0, common))) continue;
    if (common == beginning.size()) return {.how = Likeness::How::whole, .name = name};
    best.how = Likeness::How::partly;
  }
  return best;
}

}  // namespace culvert::inspect
