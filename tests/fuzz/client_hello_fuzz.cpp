// SPDX-License-Identifier: Apache-2.0
// However a ClientHello is split, over pieces or over records, it reads the same; and it takes no
// more bytes than were promised.
#include <culvert/authority.hpp>

#include "fuzz/oracle.hpp"
#include "inspect/client_hello.hpp"
#include "inspect/flaw.hpp"
#include "inspect/message.hpp"

using namespace culvert;
using namespace culvert::inspect;
using namespace culvert::fuzz;

namespace {

using Answer = Result<std::optional<ClientHello>>;

Answer read_in_pieces(std::string_view text, std::size_t piece) {
  HelloReader reader;
  for (; text.size() > piece; text.remove_prefix(piece)) {
    auto read = reader.read(text.substr(0, piece));
    if (!read || *read) return read;
  }
  return reader.read(text);
}

std::string number(std::size_t length, std::size_t width) {
  std::string out;
  for (auto at = width; at-- > 0;) out += static_cast<char>(length >> (8 * at) & 0xff);
  return out;
}

/// The body as a message, in records of this many bytes each.
std::string in_records(std::string_view body, std::size_t fragment) {
  const auto message = "\1" + number(body.size(), 3) + std::string(body);
  std::string out;
  for (std::string_view rest = message; !rest.empty();) {
    const auto piece = rest.substr(0, fragment);
    out.append("\x16\x03\x01").append(number(piece.size(), 2)).append(piece);
    rest.remove_prefix(piece.size());
  }
  return out;
}

void check(const ClientHello& hello) {
  if (hello.server_name) {
    const auto host = Host::parse(*hello.server_name);
    must(host && host->text() == *hello.server_name);
  }
  for (const auto& name : hello.alpn) must(!name.empty() && name.size() <= 255);
}

/// The input as bytes of a client.
void check_stream(std::string_view text) {
  const auto at_once = HelloReader().read(text);
  for (const std::size_t piece : {1U, 2U, 3U, 7U, 64U}) {
    must(read_in_pieces(text, piece) == at_once);
  }
  if (at_once && *at_once) check(**at_once);
  must(!at_once || *at_once || text.size() < HelloReader::most_bytes);
}

/// The input as the body of a hello.
void check_body(std::string_view body) {
  if (body.empty()) return;
  const auto hello = read_message(body);
  for (const std::size_t fragment : {3U, 16U, 16384U}) {
    const auto answer = HelloReader().read(in_records(body, fragment));
    must(hello ? answer == Answer(*hello) : !answer && answer.error() == hello.error());
  }
  if (hello) check(*hello);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  check_stream(text_of(data, size));
  check_body(text_of(data, size));
  return 0;
}
