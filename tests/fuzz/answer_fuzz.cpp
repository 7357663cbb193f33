// SPDX-License-Identifier: Apache-2.0
// The bytes of an origin, taken as a session takes them: what is passed on is, for a client as
// strict as we are, the same answers with the same bodies, and nothing left over. The first byte
// is the method of the requests (`H` for HEAD), the second their version (`0` for HTTP/1.0).
#include <vector>

#include <culvert/http1/hop.hpp>

#include "fuzz/body.hpp"
#include "fuzz/oracle.hpp"

using namespace culvert;
using namespace culvert::http1;
using namespace culvert::fuzz;
using Kind = Framing::Kind;

namespace {

/// An answer that was read whole.
struct Read {
  const ResponseHead& head;
  Framing framing;
  const Body& body;
};

/// What the client must find in its place.
struct Sent {
  int status = 0;
  std::string reason;
  Framing framing;
  std::string data;
  std::string trailers;
};

struct Client {
  std::string_view method;
  Version version;
};

/// Hands each answer that `stream` has to `visit`, up to the first that is refused or cut off, or
/// after which the connection closes. A 101 is refused: nobody asked for it.
template <class Visit>
std::size_t walk(std::string_view stream, std::string_view method, Visit visit) {
  std::size_t at = 0;
  while (at < stream.size()) {
    const auto length = HeadScanner(wide).scan(stream.substr(at));
    if (!length || !*length) break;
    const auto head = parse_response(stream.substr(at, **length), wide);
    if (!head || head->status == 101) break;
    const auto framing = response_framing(*head, method);
    if (!framing) break;
    const auto body = read_body(*framing, stream.substr(at + **length));
    if (!body) break;
    at += **length + body->consumed;
    visit(Read{*head, *framing, *body});
    const bool closes = head->status >= 200 && !keeps_alive(*head);
    if (closes || framing->kind == Kind::until_close) break;
  }
  return at;
}

/// A body of unknown length is chunked for who can read that, and else ends with the connection.
Framing framing_for(const Client& client, const Framing& framing) {
  const bool unknown = framing.kind == Kind::chunked || framing.kind == Kind::until_close;
  if (!unknown) return framing;
  return {.kind = client.version == Version::http11 ? Kind::chunked : Kind::until_close};
}

Sent pass_on(std::string& out, const Read& answer, const Client& client) {
  const auto framing = framing_for(client, answer.framing);
  const bool chunked = framing.kind == Kind::chunked;
  const auto trailers =
      chunked ? trailers_to_forward(answer.body.trailers, answer.head.fields) : std::string();
  must_frame_once(answer.head.fields);
  must_be_fields(trailers);
  out += write_response(
      answer.head,
      {.via = "culvert", .framing = framing, .keep_alive = framing.kind != Kind::until_close});
  write_body(out, framing, answer.body.data, trailers, 5);
  return {.status = answer.head.status,
          .reason = std::string(answer.head.reason),
          .framing = framing,
          .data = answer.body.data,
          .trailers = trailers};
}

/// `answer` is what the client reads where `sent` was written.
void check(const Read& answer, const Sent& sent) {
  must(answer.head.status == sent.status && answer.head.reason == sent.reason);
  must(answer.framing == sent.framing);
  must(answer.body.data == sent.data && answer.body.trailers == sent.trailers);
  must_have_no_hop_fields(answer.head.fields);
  const bool head_alone = sent.status < 200 || sent.status == 204;
  must(!head_alone || answer.head.fields.count("Content-Length") == 0);
}

void check_stream(std::string_view stream, const Client& client) {
  std::string out;
  std::vector<Sent> sent;
  walk(stream, client.method, [&](const Read& answer) {
    const bool reads = client.version == Version::http11 || answer.head.status >= 200;
    const bool over = !sent.empty() && sent.back().framing.kind == Kind::until_close;
    if (reads && !over) sent.push_back(pass_on(out, answer, client));
  });
  std::size_t seen = 0;
  const auto consumed = walk(out, client.method, [&](const Read& answer) {
    must(seen < sent.size());
    check(answer, sent[seen++]);
  });
  must(seen == sent.size() && consumed == out.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const auto text = text_of(data, size);
  if (text.size() < 2) return 0;
  const Client client{.method = text[0] == 'H' ? "HEAD" : "GET",
                      .version = text[1] == '0' ? Version::http10 : Version::http11};
  check_stream(text.substr(2), client);
  return 0;
}
