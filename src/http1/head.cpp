// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <culvert/http1/flaw.hpp>
#include <culvert/http1/head.hpp>

#include "http1/grammar.hpp"

namespace culvert::http1 {
namespace {

constexpr std::size_t usual_fields = 16;  // what a browser sends, so that a head is one allocation

/// Takes the next line, without its CRLF, off `rest`. The line holds no control byte but tabs; for
/// any other the failure is `control`.
Result<std::string_view> take_line(std::string_view& rest, Flaw control) {
  auto end = find_control(rest, 0);
  while (end < rest.size() && rest[end] == '\t') end = find_control(rest, end + 1);
  if (end == rest.size() || rest[end] == '\n') return fail(Flaw::bare_line_end);
  if (rest[end] != '\r') return fail(control);
  if (end + 1 == rest.size() || rest[end + 1] != '\n') return fail(Flaw::bare_line_end);
  const auto line = rest.substr(0, end);
  rest.remove_prefix(end + 2);
  return line;
}

Result<std::string_view> take_start_line(std::string_view& rest, const HeadLimits& limits) {
  if (rest.size() > limits.head_bytes) return fail(Flaw::head_too_large);
  return take_line(rest, Flaw::forbidden_byte);
}

/// `HTTP/x.y`, one digit each (RFC 9112 §2.3).
bool has_version_shape(std::string_view text) {
  return text.size() == 8 && text.starts_with("HTTP/") && is_digit(text[5]) && text[6] == '.' &&
         is_digit(text[7]);
}

/// Reads what has_version_shape.
Result<Version> read_version(std::string_view text) {
  if (text == "HTTP/1.1") return Version::http11;
  if (text == "HTTP/1.0") return Version::http10;
  return fail(Flaw::bad_version);
}

bool is_visible(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; });
}

/// `method SP target SP version` (RFC 9112 §3), single spaces and nothing around.
Result<void> read_request_line(std::string_view line, const HeadLimits& limits, RequestHead& head) {
  const auto first = line.find(' ');
  const auto second = first == std::string_view::npos ? first : line.find(' ', first + 1);
  if (first == 0 || second == std::string_view::npos || second == first + 1) {
    return fail(Flaw::bad_request_line);
  }
  const auto version_text = line.substr(second + 1);
  if (!has_version_shape(version_text)) return fail(Flaw::bad_request_line);
  const auto version = read_version(version_text);
  if (!version) return fail(version.error());

  head.version = *version;
  head.method = line.substr(0, first);
  head.target = line.substr(first + 1, second - first - 1);
  if (!is_token(head.method)) return fail(Flaw::bad_method);
  if (head.target.size() > limits.target_bytes) return fail(Flaw::target_too_long);
  if (!is_visible(head.target)) return fail(Flaw::bad_target);
  return {};
}

/// Three digits that make 100 to 599; 0 if they do not.
int read_status(std::string_view digits) {
  if (digits.size() != 3 || !std::ranges::all_of(digits, is_digit)) return 0;
  const int status = (digits[0] - '0') * 100 + (digits[1] - '0') * 10 + (digits[2] - '0');
  return status >= 100 && status <= 599 ? status : 0;
}

/// `version SP status SP [reason]` (RFC 9112 §4). Servers that have no reason to give leave out the
/// second space as well, and nobody can misread that.
Result<void> read_status_line(std::string_view line, ResponseHead& head) {
  if (!has_version_shape(line.substr(0, 8))) return fail(Flaw::bad_status_line);
  const auto version = read_version(line.substr(0, 8));
  if (!version) return fail(version.error());
  head.version = *version;

  line.remove_prefix(8);
  if (!line.starts_with(' ')) return fail(Flaw::bad_status_line);
  head.status = read_status(line.substr(1, 3));
  if (head.status == 0) return fail(Flaw::bad_status_line);

  line.remove_prefix(4);
  if (line.empty()) return {};
  if (!line.starts_with(' ')) return fail(Flaw::bad_status_line);
  head.reason = line.substr(1);
  return {};
}

/// Counts what Connection names. Each option is compared with each field when a message is
/// forwarded, so both are bounded.
class OptionCount {
 public:
  explicit OptionCount(std::size_t limit) : limit_(limit) {}

  bool fits(const Field& field) {
    if (!same_token(field.name, "Connection")) return true;
    options_ += 1 + static_cast<std::size_t>(std::ranges::count(field.value, ','));
    return options_ <= limit_;
  }

 private:
  std::size_t limit_;
  std::size_t options_ = 0;
};

/// Reads field lines up to the empty line, which ends the head.
Result<Fields> read_fields(std::string_view rest, const HeadLimits& limits) {
  Fields fields;
  fields.reserve(std::min(usual_fields, limits.fields));
  OptionCount options(limits.fields);
  while (true) {
    const auto line = take_line(rest, Flaw::bad_field_value);
    if (!line) return fail(line.error());
    if (line->empty()) break;
    if (is_space(line->front())) return fail(Flaw::folded_field);
    const auto field = read_field(*line);
    if (!field) return fail(Flaw::bad_field_name);
    if (fields.size() == limits.fields || !options.fits(*field)) return fail(Flaw::too_many_fields);
    fields.add(*field);
  }
  if (!rest.empty()) return fail(Flaw::bare_line_end);  // not what HeadScanner measured
  return fields;
}

}  // namespace

Result<RequestHead> parse_request(std::string_view head, const HeadLimits& limits) {
  RequestHead read;
  if (head.starts_with("\r\n")) head.remove_prefix(2);  // RFC 9112 §2.2, of requests alone
  const auto line = take_start_line(head, limits);
  if (!line) return fail(line.error());
  if (auto done = read_request_line(*line, limits, read); !done) return fail(done.error());
  auto fields = read_fields(head, limits);
  if (!fields) return fail(fields.error());
  read.fields = std::move(*fields);
  return read;
}

Result<ResponseHead> parse_response(std::string_view head, const HeadLimits& limits) {
  ResponseHead read;
  const auto line = take_start_line(head, limits);
  if (!line) return fail(line.error());
  if (auto done = read_status_line(*line, read); !done) return fail(done.error());
  auto fields = read_fields(head, limits);
  if (!fields) return fail(fields.error());
  read.fields = std::move(*fields);
  return read;
}

}  // namespace culvert::http1
