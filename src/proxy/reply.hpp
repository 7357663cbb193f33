// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <culvert/http1/head.hpp>

namespace culvert::proxy {

/// How a failure is answered: a status, the error of RFC 9209 §2.3, and the status line's phrase.
struct Answer {
  int status;
  const char* error;  ///< a literal
  const char* phrase;
};

/// The one place where a failure becomes an answer. Takes Errc and http1::Flaw; what is neither is
/// a fault of ours, 500.
Answer answer_for(std::error_code why);

/// A request that was not served, and what to say about it.
struct Refusal {
  std::error_code why;
  std::string rule;      ///< the rule that refused; empty when none did
  std::string detail;    ///< what stands behind `why`, for people; may be empty
  std::uint64_t id = 0;  ///< of the request in the log
  /// Of a 407: the values of its Proxy-Authenticate fields, which it must have (RFC 9110 §15.5.8).
  std::vector<std::string> challenges = {};  // NOLINT(readability-redundant-member-init)
  std::uint32_t retry_after = 5;             ///< of a 429 or 503, in seconds
};

/// What the page is written in.
enum class PageKind : std::uint8_t { text, html, json };

/// By the request's Accept: HTML where it is named, JSON where it is named, else text.
PageKind page_kind_for(const http1::Fields& fields);

struct ReplyOptions {
  PageKind page = PageKind::text;
  bool keep_alive = false;
  bool without_body = false;                            ///< an answer to HEAD
  std::optional<std::string_view> date = std::nullopt;  ///< http1::imf_fixdate of now
};

/// The whole response: head with Proxy-Status, and a short page with the reason, the rule's name
/// and the request's id, and never more.
std::string write_reply(const Refusal& refusal, const ReplyOptions& options);

}  // namespace culvert::proxy
