// SPDX-License-Identifier: Apache-2.0
// However a chunked body is split, it decodes to the same; and what is decoded and encoded again
// decodes to the same.
#include <culvert/http1/body.hpp>

#include "fuzz/oracle.hpp"

using namespace culvert;
using namespace culvert::http1;
using namespace culvert::fuzz;

namespace {

struct Decoded {
  std::string data;
  std::string trailers;
  std::size_t consumed = 0;  ///< not told when there is an error: how far it came then may differ
  bool finished = false;
  std::error_code error;

  friend bool operator==(const Decoded&, const Decoded&) = default;
};

Decoded decode(std::string_view text, std::size_t piece) {
  ChunkedReader reader;
  Decoded out;
  while (out.consumed < text.size() && !out.finished) {
    const auto in = text.substr(out.consumed, piece);
    const auto step = reader.step(in);
    if (!step) return {.data = out.data, .trailers = {}, .error = step.error()};
    must(step->consumed > 0 && step->consumed <= in.size());
    must(step->data.empty() || (step->data.begin() >= in.begin() && step->data.end() <= in.end()));
    out.data += step->data;
    out.consumed += step->consumed;
    out.finished = step->finished;
  }
  out.trailers = reader.trailers();
  return out;
}

std::string encode(const Decoded& body) {
  std::string out;
  if (!body.data.empty()) out.append(chunk_head(body.data.size())).append(body.data).append("\r\n");
  return out.append("0\r\n").append(body.trailers).append("\r\n");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const auto text = text_of(data, size);
  const auto at_once = decode(text, size);
  for (const std::size_t piece : {1U, 2U, 3U, 7U, 16U}) must(decode(text, piece) == at_once);
  if (!at_once.finished) return 0;

  const auto written = encode(at_once);
  const auto again = decode(written, written.size());
  must(again.finished && again.consumed == written.size());
  must(again.data == at_once.data && again.trailers == at_once.trailers);
  return 0;
}
