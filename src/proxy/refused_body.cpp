// SPDX-License-Identifier: Apache-2.0
#include "proxy/refused_body.hpp"

#include <algorithm>

namespace culvert::proxy {

using Kind = http1::Framing::Kind;

std::unique_ptr<RefusedBody> RefusedBody::of(const http1::RequestHead& head,
                                             const http1::HeadLimits& limits) {
  const auto framing = http1::request_framing(head);
  if (!framing || head.fields.has_token("Expect", "100-continue")) return nullptr;
  const bool has_length = framing->kind == Kind::length && framing->length <= most_bytes;
  if (!has_length && framing->kind != Kind::chunked) return nullptr;
  return std::unique_ptr<RefusedBody>(new RefusedBody(*framing, limits));
}

RefusedBody::RefusedBody(const http1::Framing& framing, const http1::HeadLimits& limits)
    : left_(framing.kind == Kind::length ? static_cast<std::size_t>(framing.length) : most_bytes) {
  if (framing.kind == Kind::chunked) chunked_.emplace(limits);
  complete_ = left_ == 0;
}

std::optional<std::size_t> RefusedBody::take(std::string_view bytes) {
  if (chunked_) return take_chunks(bytes);
  const auto taken = std::min(left_, bytes.size());
  left_ -= taken;
  complete_ = left_ == 0;
  return taken;
}

std::optional<std::size_t> RefusedBody::take_chunks(std::string_view bytes) {
  std::size_t taken = 0;
  while (!complete_ && taken < bytes.size()) {
    const auto step = chunked_->step(bytes.substr(taken));
    if (!step || step->consumed > left_) return std::nullopt;
    left_ -= step->consumed;
    taken += step->consumed;
    complete_ = step->finished;
  }
  return taken;
}

}  // namespace culvert::proxy
