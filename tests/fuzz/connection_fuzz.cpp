// SPDX-License-Identifier: Apache-2.0
// What Connection says and what it cannot say: against a second, simple-minded idea of which fields
// end here, all others must go on in their order, case and number. The input is field lines, in
// which a byte above 127 stands for a word out of a list, so that the fuzzer finds its way.
#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include <culvert/http1/hop.hpp>

#include "fuzz/oracle.hpp"

using namespace culvert;
using namespace culvert::http1;
using namespace culvert::fuzz;

namespace {

constexpr std::array<std::string_view, 36> words = {"\r\n",
                                                    ": ",
                                                    ", ",
                                                    "Connection: ",
                                                    "connection:",
                                                    "close",
                                                    "keep-alive",
                                                    "Upgrade: ",
                                                    "upgrade",
                                                    "websocket",
                                                    "Keep-Alive",
                                                    "Proxy-Connection",
                                                    "TE: trailers",
                                                    "Transfer-Encoding",
                                                    "Proxy-Authenticate",
                                                    "Proxy-Authorization",
                                                    "Proxy-Authentication-Info",
                                                    "HTTP2-Settings",
                                                    "Host",
                                                    "Content-Type",
                                                    "Content-Length",
                                                    "Authorization",
                                                    "Cookie",
                                                    "Set-Cookie",
                                                    "Cache-Control",
                                                    "Forwarded: ",
                                                    "X-Forwarded-For: ",
                                                    "X-Forwarded-Proto",
                                                    "X-Real-IP",
                                                    "Via",
                                                    "Sec-WebSocket-Key",
                                                    "Expect",
                                                    "Max-Forwards",
                                                    "X-Own: 1\r\n",
                                                    "x-own",
                                                    "\r\nConnection: X-Own"};

const std::set<std::string> hop_names = {"connection",          "proxy-connection",
                                         "keep-alive",          "te",
                                         "transfer-encoding",   "upgrade",
                                         "http2-settings",      "proxy-authenticate",
                                         "proxy-authorization", "proxy-authentication-info"};

const std::set<std::string> kept_names = {"host",          "authorization", "cookie", "set-cookie",
                                          "cache-control", "forwarded",     "via",    "x-real-ip",
                                          "expect",        "max-forwards"};

struct Line {
  std::string name;
  std::string value;
  friend bool operator==(const Line&, const Line&) = default;
};

std::string expand(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 128) {
      out += c;
    } else {
      out += words[byte % words.size()];
    }
  }
  return out;
}

std::string small(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  return out;
}

/// The options of all Connection lines, in lower case.
std::set<std::string> options_of(const Fields& fields) {
  std::set<std::string> out;
  for (const auto& field : fields) {
    if (small(field.name) != "connection") continue;
    std::string option;
    for (const char c : small(field.value) + ",") {
      if (c != ',') {
        option += c;
        continue;
      }
      const auto start = std::min(option.find_first_not_of(" \t"), option.size());
      out.insert(option.substr(start, option.find_last_not_of(" \t") + 1 - start));
      option.clear();
    }
  }
  return out;
}

bool is_kept(const std::string& name) {
  return kept_names.contains(name) || name.starts_with("content-") ||
         name.starts_with("x-forwarded-") || name.starts_with("sec-websocket-");
}

/// Those that go on, by the list.
std::vector<Line> expected(const Fields& fields, Forwarded rule) {
  const auto options = options_of(fields);
  std::vector<Line> out;
  for (const auto& field : fields) {
    const auto name = small(field.name);
    if (hop_names.contains(name) || name == "host" || name == "content-length") continue;
    if (options.contains(name) && !is_kept(name)) continue;
    const bool tells = name == "forwarded" || name == "x-forwarded-for" || name == "x-real-ip";
    if (rule != Forwarded::off && tells) continue;
    out.push_back({std::string(field.name), std::string(field.value)});
  }
  return out;
}

/// `text` has `lines` from its field number `from` on, and behind them only fields of `ours`.
void check_lines(const Fields& fields, std::size_t from, const std::vector<Line>& all,
                 const std::set<std::string>& ours) {
  std::vector<Line> found;
  for (const auto& field : fields) {
    found.push_back({std::string(field.name), std::string(field.value)});
  }
  must(found.size() >= from + all.size());
  must(std::equal(all.begin(), all.end(), found.begin() + static_cast<std::ptrdiff_t>(from)));
  for (std::size_t at = from + all.size(); at < found.size(); ++at) {
    must(ours.contains(found[at].name));
  }
}

void check_request(const std::string& lines, Forwarded rule) {
  const auto text = "GET http://h/ HTTP/1.1\r\n" + lines + "\r\n";
  const auto head = parse_request(text, wide);
  if (!head) return;
  const Target target{
      .form = Target::Form::absolute, .authority = *Authority::parse("h:80"), .path = "/"};
  const auto written = write_request(*head, target,
                                     {.via = "culvert",
                                      .framing = {.kind = Framing::Kind::length, .length = 3},
                                      .forwarded = rule,
                                      .client = "192.0.2.1"});
  const auto again = parse_request(written, wide);
  must(again.has_value() && again->fields.begin()->name == "Host");
  std::set<std::string> ours = {"Content-Length", "Via", "TE", "Connection"};
  if (rule == Forwarded::add) ours.insert({"Forwarded", "X-Forwarded-For"});
  check_lines(again->fields, 1, expected(head->fields, rule), ours);
  must_have_no_hop_fields(again->fields);
  must(again->fields.count("Host") == 1 && again->fields.count("Content-Length") == 1);
  must(rule == Forwarded::off ||
       again->fields.count("X-Forwarded-For") == (rule == Forwarded::add));
  must(rule == Forwarded::off || again->fields.count("X-Real-IP") == 0);
}

void check_response(const std::string& lines, int status) {
  const auto text = "HTTP/1.1 " + std::to_string(status) + " OK\r\n" + lines + "\r\n";
  const auto head = parse_response(text, wide);
  if (!head) return;
  const auto written =
      write_response(*head, {.via = "culvert", .framing = {.kind = Framing::Kind::chunked}});
  const auto again = parse_response(written, wide);
  must(again.has_value());
  std::set<std::string> ours = {"Transfer-Encoding", "Via", "Connection"};
  if (status == 426) ours.insert({"Upgrade", "upgrade"});
  for (const auto& field : head->fields) {
    if (status == 426 && small(field.name) == "upgrade") ours.insert(std::string(field.name));
  }
  check_lines(again->fields, 0, expected(head->fields, Forwarded::off), ours);
  must_have_no_hop_fields(again->fields);
  must(again->fields.has_token("Connection", "upgrade") == (again->fields.count("Upgrade") > 0));
}

/// The same lines behind a body: what goes on is some of them, in their order, and no hop field.
void check_trailers(const std::string& lines) {
  const auto text = "GET http://h/ HTTP/1.1\r\n" + lines + "\r\n";
  const auto head = parse_request(text, wide);
  if (!head) return;
  std::string_view rest = lines;
  auto going_on = trailers_to_forward(lines, head->fields);
  const auto copy = "GET / HTTP/1.1\r\n" + going_on + "\r\n";
  const auto again = parse_request(copy, wide);
  must(again.has_value());
  const auto options = options_of(head->fields);
  for (const auto& field : again->fields) {
    const auto name = small(field.name);
    must(!hop_names.contains(name) && !options.contains(name) && !kept_names.contains(name));
    must(name != "content-length" && name != "content-type");
    const auto at = rest.find(field.name);
    must(at != std::string_view::npos);
    rest.remove_prefix(at + field.name.size());
  }
  must(trailers_to_forward(going_on, head->fields) == going_on);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  if (size > 1024) return -1;  // they grow, and more of the same finds nothing new
  auto lines = expand(text_of(data, size));
  if (!lines.ends_with("\r\n")) lines += "\r\n";
  for (const auto rule : {Forwarded::off, Forwarded::add, Forwarded::remove}) {
    check_request(lines, rule);
  }
  for (const int status : {200, 426}) check_response(lines, status);
  check_trailers(lines);
  return 0;
}
