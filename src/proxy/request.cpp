// SPDX-License-Identifier: Apache-2.0
#include "proxy/request.hpp"

namespace culvert::proxy {

const policy::Rule& Request::terms() const {
  static const policy::Rule unsaid;
  return verdict.rule == nullptr ? unsaid : *verdict.rule;
}

Refusal refused(const Request& request, std::error_code why) {
  Refusal refusal;
  refusal.why = why;
  refusal.id = request.record.id;
  return refusal;
}

Refusal refused(Request& request, const Excess& excess) {
  auto refusal = refused(request, errc_of(excess));
  request.record.more().reason =
      std::string("limit of the ") + text_of(excess.kind) + ": " + text_of(excess.which);
  refusal.detail = text_of(excess.which);
  refusal.retry_after = static_cast<std::uint32_t>(excess.retry_after.count());
  return refusal;
}

}  // namespace culvert::proxy
