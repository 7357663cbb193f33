// SPDX-License-Identifier: Apache-2.0
// A response that is read, written and read again is the same; and what goes on to a client is a
// response that we would frame just as we meant it.
#include <culvert/http1/hop.hpp>

#include "fuzz/oracle.hpp"

using namespace culvert;
using namespace culvert::http1;
using namespace culvert::fuzz;

namespace {

constexpr std::string_view key = "dGhlIHNhbXBsZSBub25jZQ==";

void check_copy(const ResponseHead& head) {
  std::string copy(head.version == Version::http11 ? "HTTP/1.1 " : "HTTP/1.0 ");
  copy.append(std::to_string(head.status)).append(" ").append(head.reason).append("\r\n");
  write_fields(copy, head.fields);
  const auto again = parse_response(copy, wide);
  must(again.has_value());
  must(again->status == head.status && again->reason == head.reason);
  must(again->version == head.version && same_fields(again->fields, head.fields));
}

void check_forwarded(const ResponseHead& head, std::string_view method) {
  const auto framing = response_framing(head, method);
  if (!framing) return;
  const bool upgrade = verify_upgrade(head, key).has_value();
  const ResponseHop hop{.via = "culvert",
                        .framing = *framing,
                        .upgrade = upgrade,
                        .keep_alive = framing->kind != Framing::Kind::until_close,
                        .date = "now"};
  const auto text = write_response(head, hop);
  must(HeadScanner(wide).scan(text) == text.size());
  const auto written = parse_response(text, wide);
  must(written.has_value());
  must(written->status == head.status && written->reason == head.reason);
  must(response_framing(*written, method) == *framing);
  must(verify_upgrade(*written, key).has_value() == upgrade);
  must(upgrade || head.status == 426 || written->fields.count("Upgrade") == 0);
  must(upgrade || head.status < 200 || keeps_alive(*written) == hop.keep_alive);
  must(head.status < 200 || written->fields.count("Date") > 0);
  must_have_no_hop_fields(written->fields);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const auto text = head_of(text_of(data, size));
  if (!text) {
    must(!parse_response(text_of(data, size)));
    return 0;
  }
  const auto head = parse_response(*text);
  if (!head) return 0;
  check_copy(*head);
  for (const auto* method : {"GET", "HEAD"}) check_forwarded(*head, method);
  return 0;
}
