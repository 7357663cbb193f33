// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include <culvert/http1/body.hpp>

#include "fuzz/oracle.hpp"

namespace culvert::fuzz {

/// A body as it was read: what was in it, and how many bytes it was on the wire.
struct Body {
  std::string data;
  std::string trailers = {};
  std::size_t consumed = 0;
};

inline std::optional<Body> read_chunked(std::string_view rest) {
  http1::ChunkedReader reader(wide);
  Body body;
  bool finished = false;
  while (!finished) {
    const auto step = reader.step(rest.substr(body.consumed));
    if (!step || (step->consumed == 0 && !step->finished)) return std::nullopt;
    body.data += step->data;
    body.consumed += step->consumed;
    finished = step->finished;
  }
  body.trailers = reader.trailers();
  return body;
}

/// The body that `rest` starts with; nullopt if it is malformed, or not all there.
inline std::optional<Body> read_body(const http1::Framing& framing, std::string_view rest) {
  using Kind = http1::Framing::Kind;
  switch (framing.kind) {
    case Kind::none: return Body{};
    case Kind::length: break;
    case Kind::chunked: return read_chunked(rest);
    case Kind::until_close: return Body{.data = std::string(rest), .consumed = rest.size()};
  }
  if (framing.length > rest.size()) return std::nullopt;
  return Body{.data = std::string(rest.substr(0, framing.length)), .consumed = framing.length};
}

/// Writes it in chunks of at most `chunk_bytes`, where it is chunked.
inline void write_body(std::string& out, const http1::Framing& framing, std::string_view data,
                       std::string_view trailers, std::size_t chunk_bytes) {
  if (framing.kind != http1::Framing::Kind::chunked) {
    out += data;
    return;
  }
  while (!data.empty()) {
    const auto chunk = data.substr(0, chunk_bytes);
    out.append(http1::chunk_head(chunk.size())).append(chunk).append(http1::chunk_tail);
    data.remove_prefix(chunk.size());
  }
  out.append("0\r\n").append(trailers).append("\r\n");
}

}  // namespace culvert::fuzz
