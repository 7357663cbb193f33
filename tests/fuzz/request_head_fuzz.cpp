// SPDX-License-Identifier: Apache-2.0
// A request that is read, written and read again is the same; and what goes on to an origin is a
// request that we would read just as we meant it.
#include <culvert/http1/hop.hpp>

#include "fuzz/oracle.hpp"

using namespace culvert;
using namespace culvert::http1;
using namespace culvert::fuzz;

namespace {

void check_copy(const RequestHead& head) {
  std::string copy(head.method);
  copy.append(" ").append(head.target);
  copy.append(head.version == Version::http11 ? " HTTP/1.1\r\n" : " HTTP/1.0\r\n");
  write_fields(copy, head.fields);
  const auto again = parse_request(copy, wide);
  must(again.has_value());
  must(again->method == head.method && again->target == head.target);
  must(again->version == head.version && same_fields(again->fields, head.fields));
}

/// `text` is what was written for `target` from `hop`.
void check_forwarded(const std::string& text, const Target& target, const RequestHop& hop) {
  must(HeadScanner(wide).scan(text) == text.size());
  const auto head = parse_request(text, wide);
  must(head.has_value());
  must(head->version == Version::http11);
  must(head->target.starts_with('/') || head->target == "*");
  must(read_target(*head).has_value());

  must(head->fields.begin()->name == "Host" && head->fields.count("Host") == 1);
  must(Authority::parse(*head->fields.first("Host"), default_port(target.scheme)) ==
       *target.authority);
  must(request_framing(*head) == hop.framing);
  must(read_upgrade(*head) == hop.upgrade);
  must(head->fields.count("Upgrade") == (hop.upgrade == Upgrade::websocket ? 1 : 0));
  must(hop.upgrade == Upgrade::websocket || keeps_alive(*head) == hop.keep_alive);
  must(passed_through(*head, hop.via));
  must_have_no_hop_fields(head->fields);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const auto text = head_of(text_of(data, size));
  if (!text) {
    must(!parse_request(text_of(data, size)));
    return 0;
  }
  const auto head = parse_request(*text);
  if (!head) return 0;
  check_copy(*head);

  const auto target = read_target(*head);
  const auto framing = request_framing(*head);
  const auto upgrade = read_upgrade(*head);
  if (!target || !framing || !upgrade) return 0;
  must(target->form != Target::Form::authority || framing->length == 0);
  if (target->form != Target::Form::absolute) return 0;

  const RequestHop hop{
      .via = "culvert", .framing = *framing, .upgrade = *upgrade, .keep_alive = keeps_alive(*head)};
  check_forwarded(write_request(*head, *target, hop), *target, hop);
  return 0;
}
