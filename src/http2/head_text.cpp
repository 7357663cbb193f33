// SPDX-License-Identifier: Apache-2.0
#include "http2/head_text.hpp"

#include <algorithm>
#include <utility>

#include <culvert/http1/flaw.hpp>

namespace culvert::http2 {

using http1::Flaw;

namespace {

constexpr std::size_t own_bytes = 16UL * 1024;
constexpr std::size_t own_fields = 64;

}  // namespace

http1::HeadLimits limits_of_written(const http1::HeadLimits& limits) {
  return {.head_bytes = limits.head_bytes + own_bytes,
          .target_bytes = limits.target_bytes + own_bytes,
          .fields = limits.fields + own_fields};
}

Result<void> check_size(std::string_view text, std::size_t target_bytes,
                        const http1::HeadLimits& limits) {
  if (target_bytes > limits.target_bytes) return fail(Flaw::target_too_long);
  if (text.size() > limits.head_bytes) return fail(Flaw::head_too_large);
  const auto lines = static_cast<std::size_t>(std::ranges::count(text, '\n'));
  if (lines > limits.fields + 2) return fail(Flaw::too_many_fields);  // two lines are no fields
  return {};
}

// Mostly a head comes whole, and perhaps much of a body behind it, which is not copied. What the
// scanner would not look at is not kept.
Result<std::optional<std::string>> HeadText::take(std::string_view& in) {
  const auto before = text_.size();
  if (before > 0) text_ += in.substr(0, limits_.head_bytes - before);
  const auto found = scanner_.scan(before > 0 ? text_ : in);
  if (!found) return fail(found.error());
  const auto length = *found;
  if (!length) {
    if (before == 0) text_ = in;
    in = {};
    return std::nullopt;
  }
  auto head = before > 0 ? std::exchange(text_, {}) : std::string(in.substr(0, *length));
  head.resize(*length);
  in.remove_prefix(*length - before);
  scanner_ = http1::HeadScanner(limits_);
  return head;
}

}  // namespace culvert::http2
