// SPDX-License-Identifier: Apache-2.0
#include "proxy/origin_http.hpp"

#include "http1/grammar.hpp"

namespace culvert::proxy {

bool authenticates_connection(const http1::Fields& fields, std::string_view name) {
  return http1::any_element(fields, name, [](std::string_view element) {
    const auto scheme = element.substr(0, element.find(' '));
    return http1::same_token(scheme, "NTLM") || http1::same_token(scheme, "Negotiate");
  });
}

bool may_go_on_stream(const Request& request) {
  switch (request.config->origin_http_of(request.verdict.rule)) {
    case config::OriginHttp::http11: return false;
    case config::OriginHttp::http2: return true;
    case config::OriginHttp::automatic: break;
  }
  return !authenticates_connection(request.head.fields, "Authorization");
}

}  // namespace culvert::proxy
