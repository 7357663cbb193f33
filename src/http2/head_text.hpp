// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <culvert/http1/head.hpp>
#include <culvert/result.hpp>

namespace culvert::http2 {

/// Limits for heads that this proxy writes: what it read under `limits`, and what it added.
http1::HeadLimits limits_of_written(const http1::HeadLimits& limits);

/// Not more than a head over HTTP/1 may be. `text` is a whole head, `target_bytes` of which are the
/// request's target. Flaw::target_too_long, too_many_fields, head_too_large.
Result<void> check_size(std::string_view text, std::size_t target_bytes,
                        const http1::HeadLimits& limits);

/// Gathers heads of HTTP/1 messages from the pieces in which they are written.
class HeadText {
 public:
  explicit HeadText(const http1::HeadLimits& limits) : limits_(limits), scanner_(limits) {}

  /// Takes what belongs to the head off `in`. The head, once all of it is there; nullopt while more
  /// is needed. The next call begins the next head. Fails as HeadScanner does.
  Result<std::optional<std::string>> take(std::string_view& in);

 private:
  http1::HeadLimits limits_;
  http1::HeadScanner scanner_;
  std::string text_;
};

}  // namespace culvert::http2
