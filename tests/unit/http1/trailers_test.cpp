// SPDX-License-Identifier: Apache-2.0
#include <culvert/http1/hop.hpp>

#include "unit/http1/heads.hpp"

using namespace culvert;
using namespace culvert::http1;

namespace {

std::string going_on(std::string_view trailers, std::string_view head_field = "A: b") {
  const std::string text = lines({"POST http://h/ HTTP/1.1", head_field});
  return trailers_to_forward(trailers, request(text).fields);
}

}  // namespace

TEST_CASE("trailers: what stands behind the body by right goes on as it came", "[http1]") {
  const std::string trailers =
      "Digest: abc\r\nContent-Digest: sha-256=:x:\r\ncontent-md5: y\r\nETag: \"x\"\r\n"
      "Server-Timing: a;dur=1\r\nX-Empty:\r\nx-y: \t two \r\nX-Y:3\r\ngrpc-status: 0\r\n"
      "Proxy-Status: a\r\nAuthentication-Info: a\r\n";
  CHECK(going_on(trailers) == trailers);
  CHECK(going_on("").empty());
}

TEST_CASE("trailers: what must be known before the body goes no further", "[http1]") {
  const auto* name = GENERATE(
      // framing
      "Transfer-Encoding", "Content-Length",
      // routing
      "Host", "Via", "Forwarded", "X-Forwarded-For", "X-Real-IP", "Max-Forwards",
      // request modifiers
      "Cache-Control", "Expect", "Pragma", "Range", "If-Match", "If-None-Match",
      "If-Modified-Since", "If-Unmodified-Since", "If-Range",
      // authentication
      "Authorization", "WWW-Authenticate", "Cookie", "Set-Cookie", "Proxy-Authenticate",
      "Proxy-Authorization", "Proxy-Authentication-Info",
      // how the answer is to be taken
      "Age", "Expires", "Date", "Location", "Retry-After", "Vary", "Warning",
      // how the content is to be taken
      "Content-Encoding", "Content-Type", "Content-Range", "Content-Location",
      "Content-Security-Policy", "Trailer",
      // this hop, and a switch of protocols
      "Connection", "Proxy-Connection", "Keep-Alive", "TE", "Upgrade", "HTTP2-Settings",
      "Sec-WebSocket-Accept");
  std::string small(name);
  for (auto& c : small) c = static_cast<char>(std::tolower(c));
  CAPTURE(name);
  const auto around = [](const std::string& middle) { return "X: 1\r\n" + middle + "Y: 2\r\n"; };
  CHECK(going_on(around(std::string(name) + ": a\r\n")) == around(""));
  CHECK(going_on(around(small + ":\r\n")) == around(""));
}

TEST_CASE("trailers: what the head's Connection names ends here", "[http1]") {
  CHECK(going_on("X-A: 1\r\nX-B: 2\r\nx-a: 3\r\nContent-Digest: x\r\n",
                 "Connection: close, x-a\r\nconnection: content-digest") == "X-B: 2\r\n");
}

TEST_CASE("trailers: a Connection behind the body names nothing", "[http1]") {
  CHECK(going_on("Connection: X-A\r\nX-A: 1\r\n") == "X-A: 1\r\n");
}
