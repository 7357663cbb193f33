// SPDX-License-Identifier: Apache-2.0
#include "config/origin_http.hpp"

#include <utility>

namespace culvert::config {
namespace {

OriginHttp origin_http_of(std::string_view read) {
  if (read == word(OriginHttp::http11)) return OriginHttp::http11;
  return read == word(OriginHttp::http2) ? OriginHttp::http2 : OriginHttp::automatic;
}

}  // namespace

std::string_view word(OriginHttp how) {
  return origin_http_words[std::to_underlying(how)];
}

void take_origin_http(const Value& value, const std::string& key, NewRule& into, Draft& draft) {
  const auto read = read_choice(value, origin_http_words);
  if (read) {
    into.origin_http = origin_http_of(*read);
  } else {
    draft.mistakes.add(value.place, key, read.error());
  }
}

void settle_origin_http(Draft& draft) {
  auto& general = draft.config.http.origin_http;
  general = origin_http_of(draft.origin_http);
  for (const auto& own : draft.rule_origin_http) {
    draft.config.rule_origin_http.push_back(own.value_or(general));
  }
}

}  // namespace culvert::config
