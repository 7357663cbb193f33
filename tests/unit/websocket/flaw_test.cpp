// SPDX-License-Identifier: Apache-2.0
#include <set>
#include <string>

#include <catch2/catch.hpp>
#include <culvert/websocket/flaw.hpp>

using namespace culvert::websocket;
using namespace std::string_literals;

namespace {

/// A state in which a header comes.
struct Now {
  bool in_message = false;
  bool closed = false;
  Extensions extensions = Extensions::none;
};
constexpr Now in_message{.in_message = true};
constexpr Now closed{.closed = true};
constexpr Now deflate{.extensions = Extensions::deflate};
constexpr Now deflate_in_message{.in_message = true, .extensions = Extensions::deflate};
constexpr Now unknown{.extensions = Extensions::unknown};

constexpr std::uint8_t rsv1 = 4;
constexpr std::uint8_t rsv2 = 2;
constexpr std::uint8_t rsv3 = 1;

Header of(std::uint8_t opcode) {
  return {.opcode = opcode, .fin = true, .payload_bytes = 5};
}
Header with(Header header, std::uint8_t reserved) {
  header.reserved = reserved;
  return header;
}
Header not_final(Header header) {
  header.fin = false;
  return header;
}
Header long_way(Header header) {
  header.shortest = false;
  return header;
}
Header with_payload(Header header, std::uint64_t bytes) {
  header.payload_bytes = bytes;
  return header;
}

const Header continuation = of(opcode_continuation);
const Header text = of(opcode_text);
const Header binary = of(opcode_binary);
const Header closing = of(opcode_close);
const Header ping = of(opcode_ping);
const Header pong = of(opcode_pong);

/// As this side masks, or fails to.
Flaw judged(Header header, Side from, const Now& now, bool as_it_must = true) {
  header.masked = (from == Side::client) == as_it_must;
  return flaw_of(header, from, now.extensions, now.in_message, now.closed);
}

}  // namespace

TEST_CASE("flaw: what a frame may not be, whoever sends it", "[flaw]") {
  auto [row, header, now, flaw] = GENERATE(table<int, Header, Now, Flaw>({
      {__LINE__, text, {}, Flaw::none},
      {__LINE__, binary, {}, Flaw::none},
      {__LINE__, not_final(text), {}, Flaw::none},
      {__LINE__, with_payload(binary, 0), {}, Flaw::none},
      {__LINE__, with_payload(binary, UINT64_MAX / 2), {}, Flaw::none},
      {__LINE__, closing, {}, Flaw::none},
      {__LINE__, ping, {}, Flaw::none},
      {__LINE__, pong, {}, Flaw::none},  // one that nobody asked for is none (§5.5.3)
      {__LINE__, with_payload(ping, 125), {}, Flaw::none},

      {__LINE__, with(text, rsv1), {}, Flaw::reserved_bits},
      {__LINE__, with(binary, rsv2), {}, Flaw::reserved_bits},
      {__LINE__, with(ping, rsv3), {}, Flaw::reserved_bits},
      {__LINE__, with(of(3), rsv1), {}, Flaw::reserved_bits},

      {__LINE__, of(3), {}, Flaw::opcode},
      {__LINE__, of(7), {}, Flaw::opcode},
      {__LINE__, of(11), {}, Flaw::opcode},
      {__LINE__, of(15), {}, Flaw::opcode},
      {__LINE__, of(3), in_message, Flaw::opcode},

      {__LINE__, with_payload(ping, 126), {}, Flaw::long_control},
      {__LINE__, with_payload(pong, 65'536), {}, Flaw::long_control},
      {__LINE__, with_payload(closing, 126), {}, Flaw::long_control},
      {__LINE__, not_final(ping), {}, Flaw::fragmented_control},
      {__LINE__, not_final(pong), in_message, Flaw::fragmented_control},
      {__LINE__, not_final(closing), {}, Flaw::fragmented_control},

      {__LINE__, continuation, {}, Flaw::no_message},
      {__LINE__, not_final(continuation), {}, Flaw::no_message},
      {__LINE__, continuation, in_message, Flaw::none},
      {__LINE__, not_final(continuation), in_message, Flaw::none},
      {__LINE__, text, in_message, Flaw::message_inside},
      {__LINE__, not_final(binary), in_message, Flaw::message_inside},
      {__LINE__, ping, in_message, Flaw::none},
      {__LINE__, closing, in_message, Flaw::none},

      {__LINE__, long_way(text), {}, Flaw::long_length},
      {__LINE__, long_way(ping), {}, Flaw::long_length},
      {__LINE__, long_way(continuation), in_message, Flaw::long_length},

      {__LINE__, text, closed, Flaw::after_close},
      {__LINE__, ping, closed, Flaw::after_close},
      {__LINE__, closing, closed, Flaw::after_close},
      {__LINE__, with(of(3), rsv1), closed, Flaw::after_close},
  }));
  const auto from = GENERATE(Side::client, Side::origin);
  CAPTURE(row, index_of(from));
  CHECK(judged(header, from, now) == flaw);
}

TEST_CASE("flaw: a client masks every frame, an origin none", "[flaw]") {
  const auto header = GENERATE(continuation, text, binary, closing, ping, pong);
  const Now now{.in_message = header.opcode == opcode_continuation,
                .extensions = GENERATE(Extensions::none, Extensions::unknown)};
  constexpr bool as_it_must = true;
  CHECK(judged(header, Side::client, now, as_it_must) == Flaw::none);
  CHECK(judged(header, Side::origin, now, as_it_must) == Flaw::none);
  CHECK(judged(header, Side::client, now, !as_it_must) == Flaw::unmasked);
  CHECK(judged(header, Side::origin, now, !as_it_must) == Flaw::masked);
}

TEST_CASE("flaw: deflate has RSV1 on the first frame of a message alone", "[flaw]") {
  auto [row, header, now, flaw] = GENERATE(table<int, Header, Now, Flaw>({
      {__LINE__, with(text, rsv1), deflate, Flaw::none},
      {__LINE__, with(binary, rsv1), deflate, Flaw::none},
      {__LINE__, with(not_final(binary), rsv1), deflate, Flaw::none},
      {__LINE__, text, deflate, Flaw::none},  // a message need not be compressed
      {__LINE__, continuation, deflate_in_message, Flaw::none},
      {__LINE__, with(continuation, rsv1), deflate_in_message, Flaw::reserved_bits},
      {__LINE__, with(text, rsv1), deflate_in_message, Flaw::message_inside},
      {__LINE__, with(continuation, rsv1), deflate, Flaw::reserved_bits},
      {__LINE__, with(ping, rsv1), deflate, Flaw::reserved_bits},
      {__LINE__, with(closing, rsv1), deflate, Flaw::reserved_bits},
      {__LINE__, with(text, rsv2), deflate, Flaw::reserved_bits},
      {__LINE__, with(text, rsv1 | rsv3), deflate, Flaw::reserved_bits},
      {__LINE__, with(of(3), rsv1), deflate, Flaw::reserved_bits},
      {__LINE__, of(3), deflate, Flaw::opcode},
  }));
  const auto from = GENERATE(Side::client, Side::origin);
  CAPTURE(row, index_of(from));
  CHECK(judged(header, from, now) == flaw);
}

TEST_CASE("flaw: an extension that is not known may use bits and opcodes", "[flaw]") {
  auto [row, header, flaw] = GENERATE(table<int, Header, Flaw>({
      {__LINE__, with(text, rsv1 | rsv2 | rsv3), Flaw::none},
      {__LINE__, with(ping, rsv2), Flaw::none},
      {__LINE__, of(3), Flaw::none},
      {__LINE__, with(not_final(of(11)), rsv1), Flaw::none},
      {__LINE__, with_payload(ping, 126), Flaw::long_control},  // the rest is as ever
      {__LINE__, not_final(closing), Flaw::fragmented_control},
      {__LINE__, continuation, Flaw::no_message},
      {__LINE__, long_way(text), Flaw::long_length},
  }));
  const auto from = GENERATE(Side::client, Side::origin);
  CAPTURE(row, index_of(from));
  CHECK(judged(header, from, unknown) == flaw);
}

TEST_CASE("flaw: a Close says nothing, or a code and more", "[flaw]") {
  CHECK(flaw_of_close("") == Flaw::none);
  CHECK(flaw_of_close("\x03") == Flaw::close_payload);
  CHECK(flaw_of_close("\x03\xe8"s) == Flaw::none);
  CHECK(flaw_of_close("\x03\xe8 done"s) == Flaw::none);
  CHECK(flaw_of_close("\0\0"s) == Flaw::close_code);
  CHECK(flaw_of_close("\x03\xed because"s) == Flaw::close_code);
}

TEST_CASE("flaw: the codes of a Close are those that may be sent", "[flaw]") {
  auto [first, last, flaw] = GENERATE(table<unsigned, unsigned, Flaw>({
      {0, 999, Flaw::close_code},
      {1000, 1003, Flaw::none},
      {1004, 1006, Flaw::close_code},  // reserved; "no status" and "abnormal" are never sent
      {1007, 1014, Flaw::none},
      {1015, 2999, Flaw::close_code},  // "TLS handshake" is never sent; the rest has no meaning
      {3000, 4999, Flaw::none},
      {5000, 65'535, Flaw::close_code},
  }));
  for (auto code = first; code <= last; ++code) {
    const std::string payload{static_cast<char>(code >> 8), static_cast<char>(code & 0xff)};
    if (flaw_of_close(payload) != flaw) FAIL("code " << code);
  }
  CHECK(first <= last);
}

TEST_CASE("flaw: of extensions only deflate alone is known", "[flaw]") {
  auto [field, extensions] = GENERATE(table<const char*, Extensions>({
      {"", Extensions::none},
      {"  ", Extensions::none},
      {",", Extensions::none},
      {" , ,\t, ", Extensions::none},
      {"permessage-deflate", Extensions::deflate},
      {" permessage-deflate\t", Extensions::deflate},
      {"permessage-deflate ; client_max_window_bits=10", Extensions::deflate},
      {"permessage-deflate; server_no_context_takeover; client_no_context_takeover",
       Extensions::deflate},
      {",permessage-deflate, ,", Extensions::deflate},  // empty elements are none (RFC 9110 §5.6.1)
      {"permessage-deflate;", Extensions::deflate},
      {"permessage-deflate, permessage-deflate", Extensions::unknown},
      {"permessage-deflate, x", Extensions::unknown},
      {"x, permessage-deflate", Extensions::unknown},
      {"x-webkit-deflate-frame", Extensions::unknown},
      {"permessage-deflate2", Extensions::unknown},
      {"permessage-deflat", Extensions::unknown},
      {"x; permessage-deflate", Extensions::unknown},
      {";permessage-deflate", Extensions::unknown},
      {"permessage-deflate permessage-deflate", Extensions::unknown},
      {"PERMESSAGE-DEFLATE", Extensions::unknown},
      {R"(x; y="permessage-deflate, z")", Extensions::unknown},
      {R"(permessage-deflate; x="1,2")", Extensions::unknown},  // a parameter that it does not have
  }));
  CAPTURE(field);
  CHECK(extensions_in(field) == extensions);
}

TEST_CASE("flaw: each has words of its own, and limits break no protocol", "[flaw]") {
  std::set<std::string_view> all;
  for (auto at = 0; at <= static_cast<int>(Flaw::max_message); ++at) {
    const auto flaw = static_cast<Flaw>(at);
    CAPTURE(at);
    CHECK(all.insert(words(flaw)).second);
    CHECK(words(flaw).empty() == (flaw == Flaw::none));
    const bool no_error =
        flaw == Flaw::none || flaw == Flaw::max_frame || flaw == Flaw::max_message;
    CHECK(breaks_protocol(flaw) != no_error);
  }
}
