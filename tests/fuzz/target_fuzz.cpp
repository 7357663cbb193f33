// SPDX-License-Identifier: Apache-2.0
// A target that is read, written and read again is the same; and what a simpler reader would take
// for the host is the host that we go to.
#include <culvert/http1/target.hpp>

#include "fuzz/oracle.hpp"

using namespace culvert;
using namespace culvert::http1;
using namespace culvert::fuzz;
using Form = Target::Form;

namespace {

const char* text_of(Scheme scheme) {
  switch (scheme) {
    case Scheme::http: return "http";
    case Scheme::https: return "https";
    case Scheme::ws: return "ws";
    case Scheme::wss: return "wss";
  }
  return "";
}

std::string request_for(std::string_view method, std::string_view target, std::string_view host) {
  std::string out(method);
  out.append(" ").append(target).append(" HTTP/1.1\r\nHost: ").append(host);
  return out.append("\r\n\r\n");
}

void check_absolute(const Target& target, std::string_view text) {
  const auto written = std::string(text_of(target.scheme)) + "://" + target.authority->text() +
                       std::string(target.path);
  const auto again_text = request_for("GET", written, "h");
  const auto again_head = parse_request(again_text, wide);
  must(again_head.has_value());
  const auto again = read_target(*again_head);
  must(again.has_value() && again->form == Form::absolute);
  must(again->scheme == target.scheme && again->authority == *target.authority);
  must(again->path == target.path);

  const auto start = text.find("://") + 3;
  const auto host = text.substr(start, text.find_first_of("/?#\\@", start) - start);
  must(Authority::parse(host, default_port(target.scheme)) == *target.authority);
  must(text.ends_with(target.path) && start + host.size() + target.path.size() == text.size());
}

void check(std::string_view method, std::string_view text, const Target& target) {
  must(!text.contains('#'));
  switch (target.form) {
    case Form::authority:
      must(method == "CONNECT" && Authority::parse(text) == *target.authority);
      break;
    case Form::absolute: check_absolute(target, text); break;
    case Form::origin: must(text.starts_with('/') && target.path == text); break;
    case Form::asterisk: must(text == "*" && method == "OPTIONS"); break;
  }
  must((target.form == Form::authority) == (method == "CONNECT"));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  for (const auto* method : {"GET", "CONNECT", "OPTIONS"}) {
    // The Host of a CONNECT must name the same host.
    const auto bytes = request_for(method, text, *method == 'C' ? text : "h");
    const auto head = parse_request(bytes, wide);
    if (!head || head->target != text) continue;
    if (const auto target = read_target(*head)) check(method, text, *target);
  }
  return 0;
}
