// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <system_error>

#include <culvert/http1/head.hpp>
#include <culvert/http1/target.hpp>

#include "config/config.hpp"
#include "observe/access_record.hpp"
#include "proxy/quota.hpp"
#include "proxy/reply.hpp"

namespace culvert::proxy {

/// One request under way, from its head to its log line.
struct Request {
  std::string text;         ///< the head as received; `head` and `target` look into it
  http1::RequestHead head;  ///< empty when the head could not be read
  http1::Target target;
  std::shared_ptr<const config::Config> config;  ///< what it began under, and ends under
  observe::AccessRecord record;
  Grant granted;  ///< by those whose quotas it comes under
};

/// Why this request is not served.
inline Refusal refused(const Request& request, std::error_code why) {
  return {.why = why, .rule = {}, .detail = {}, .id = request.record.id};
}
inline Refusal refused(const Request& request, const Excess& excess) {
  return {.why = errc_of(excess),
          .rule = {},
          .detail = text_of(excess.which),
          .id = request.record.id,
          .retry_after = static_cast<std::uint32_t>(excess.retry_after.count())};
}

}  // namespace culvert::proxy
