// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include <culvert/http1/body.hpp>
#include <culvert/http1/head.hpp>
#include <culvert/result.hpp>

namespace culvert::http1 {

/// The number that all Content-Length fields agree on (RFC 9110 §8.6); nullopt if there is no such
/// field. Flaw::bad_content_length.
Result<std::optional<std::uint64_t>> content_length(const Fields& fields);

/// Content-Length 0 is no body.
constexpr bool has_body(const Framing& framing) noexcept {
  return framing.kind == Framing::Kind::length ? framing.length > 0
                                               : framing.kind != Framing::Kind::none;
}

}  // namespace culvert::http1
