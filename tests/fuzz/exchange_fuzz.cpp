// SPDX-License-Identifier: Apache-2.0
// The bytes of a client, taken as a session takes them: what is forwarded is, for an origin as
// strict as we are, one request for each that was read, with the same body, and nothing left over.
#include <vector>

#include <culvert/http1/hop.hpp>

#include "fuzz/body.hpp"
#include "fuzz/oracle.hpp"

using namespace culvert;
using namespace culvert::http1;
using namespace culvert::fuzz;

namespace {

/// A request that was read whole.
struct Read {
  const RequestHead& head;
  const Target& target;
  Framing framing;
  Upgrade upgrade;
  const Body& body;
};

/// What an origin must find in its place.
struct Sent {
  std::string method;
  std::string path;
  std::string host;
  Framing framing;
  Upgrade upgrade;
  std::string data;
  std::string trailers;
};

/// Hands each request that `stream` has to `visit`, up to the first that is refused, cut off, or
/// after which the stream is no HTTP any more or over. Returns how much was read.
template <class Visit>
std::size_t walk(std::string_view stream, Visit visit) {
  std::size_t at = 0;
  while (at < stream.size()) {
    const auto length = HeadScanner(wide).scan(stream.substr(at));
    if (!length || !*length) break;
    const auto head = parse_request(stream.substr(at, **length), wide);
    if (!head) break;
    const auto target = read_target(*head);
    const auto framing = request_framing(*head);
    const auto upgrade = read_upgrade(*head);
    if (!target || !framing || !upgrade || !max_forwards(*head)) break;
    const auto body = read_body(*framing, stream.substr(at + **length));
    if (!body) break;
    at += **length + body->consumed;
    visit(Read{*head, *target, *framing, *upgrade, *body});
    const bool tunnel = target->form == Target::Form::authority || *upgrade == Upgrade::websocket;
    if (tunnel || !keeps_alive(*head)) break;
  }
  return at;
}

std::string path_of(const Read& request) {
  const auto path = request.target.path;
  if (path.empty() && request.head.method == "OPTIONS") return "*";
  return path.starts_with('/') ? std::string(path) : "/" + std::string(path);
}

Sent forward(std::string& out, const Read& request, Forwarded rule) {
  const RequestHop hop{.via = "culvert",
                       .framing = request.framing,
                       .upgrade = request.upgrade,
                       .keep_alive = true,
                       .forwarded = rule,
                       .client = "2001:db8::1"};
  const auto trailers = trailers_to_forward(request.body.trailers, request.head.fields);
  must_frame_once(request.head.fields);
  must_be_fields(trailers);
  out += write_request(request.head, request.target, hop);
  write_body(out, request.framing, request.body.data, trailers, 3);
  return {.method = std::string(request.head.method),
          .path = path_of(request),
          .host = request.target.authority->text(),
          .framing = request.framing,
          .upgrade = request.upgrade,
          .data = request.body.data,
          .trailers = trailers};
}

/// `request` is what the origin reads where `sent` was written.
void check(const Read& request, const Sent& sent) {
  must(request.head.method == sent.method && request.head.target == sent.path);
  must(request.framing == sent.framing && request.upgrade == sent.upgrade);
  must(request.body.data == sent.data && request.body.trailers == sent.trailers);
  must(request.head.fields.count("Host") == 1);
  const auto host = Authority::parse(*request.head.fields.first("Host"), Port::of(80));
  const auto secure = Authority::parse(*request.head.fields.first("Host"), Port::of(443));
  must(host->text() == sent.host || secure->text() == sent.host);
  must(trailers_to_forward(sent.trailers, request.head.fields) == sent.trailers);
  must_have_no_hop_fields(request.head.fields);
}

void check_stream(std::string_view stream, Forwarded rule) {
  std::string out;
  std::vector<Sent> sent;
  walk(stream, [&](const Read& request) {
    if (request.target.form == Target::Form::absolute) sent.push_back(forward(out, request, rule));
  });
  std::size_t seen = 0;
  const auto consumed = walk(out, [&](const Read& request) {
    must(seen < sent.size());
    check(request, sent[seen++]);
  });
  must(seen == sent.size() && consumed == out.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  for (const auto rule : {Forwarded::off, Forwarded::add, Forwarded::remove}) {
    check_stream(text_of(data, size), rule);
  }
  return 0;
}
