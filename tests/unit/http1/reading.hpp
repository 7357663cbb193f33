// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <system_error>

#include <culvert/http1/body.hpp>
#include <culvert/http1/hop.hpp>

#include "unit/http1/heads.hpp"

namespace culvert::http1 {

/// What the bytes of a connection are taken for.
struct Reading {
  std::string messages;     ///< "[POST http://h/ hello]" or "[200 hello]" for each
  std::error_code refused;  ///< why it ended; no error when it did with the bytes

  friend bool operator==(const Reading&, const Reading&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Reading& reading) {
    return out << reading.messages << " " << reading.refused.message();
  }
};

/// Takes a body off `rest` and returns its data; nullopt when it is not all there.
inline Result<std::optional<std::string>> take_body(const Framing& framing,
                                                    std::string_view& rest) {
  using Kind = Framing::Kind;
  std::string data;
  if (framing.kind == Kind::chunked) {
    ChunkedReader reader;
    for (bool finished = false; !finished;) {
      const auto step = reader.step(rest);
      if (!step) return fail(step.error());
      if (step->consumed == 0 && !step->finished) return std::nullopt;
      data += step->data;
      rest.remove_prefix(step->consumed);
      finished = step->finished;
    }
    return data;
  }
  const auto bytes = framing.kind == Kind::until_close ? rest.size() : framing.length;
  if (bytes > rest.size()) return std::nullopt;
  data = rest.substr(0, bytes);
  rest.remove_prefix(bytes);
  return data;
}

/// Takes one message off `rest`; `take` reads a head and says how its body is framed. An empty text
/// when it is not all there.
template <class Take>
Result<std::string> take_message(std::string_view& rest, Take take) {
  const auto length = HeadScanner().scan(rest);
  if (!length) return fail(length.error());
  if (!*length) return std::string();
  std::string text;
  const Result<Framing> framing = take(rest.substr(0, **length), text);
  if (!framing) return fail(framing.error());
  rest.remove_prefix(**length);
  const auto body = take_body(*framing, rest);
  if (!body) return fail(body.error());
  if (!*body) return std::string();
  return "[" + text + (body->value().empty() ? "" : " " + body->value()) + "]";
}

template <class Take>
Reading read_all(std::string_view bytes, Take take) {
  Reading reading;
  while (!bytes.empty()) {
    const auto message = take_message(bytes, take);
    if (!message) reading.refused = message.error();
    if (!message || message->empty()) break;
    reading.messages += *message;
  }
  return reading;
}

/// A client's bytes, as a session takes them.
inline Reading read_requests(std::string_view bytes) {
  return read_all(bytes, [](std::string_view bytes_of_head, std::string& text) -> Result<Framing> {
    const auto head = parse_request(bytes_of_head);
    if (!head) return fail(head.error());
    if (const auto target = read_target(*head); !target) return fail(target.error());
    if (const auto upgrade = read_upgrade(*head); !upgrade) return fail(upgrade.error());
    text.append(head->method).append(" ").append(head->target);
    return request_framing(*head);
  });
}

/// An origin's bytes, in answer to requests with this method.
inline Reading read_answers(std::string_view bytes, std::string_view method = "GET") {
  return read_all(bytes, [=](std::string_view bytes_of_head, std::string& text) -> Result<Framing> {
    const auto head = parse_response(bytes_of_head);
    if (!head) return fail(head.error());
    text = std::to_string(head->status);
    return response_framing(*head, method);
  });
}

/// What an origin gets in place of this request.
inline std::string passed_on(const std::string& text) {
  const auto head = request(text);
  return write_request(head, *read_target(head),
                       {.via = "me",
                        .framing = *request_framing(head),
                        .upgrade = *read_upgrade(head),
                        .keep_alive = true,
                        .forwarded = Forwarded::off});
}

}  // namespace culvert::http1
