// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <system_error>

#include <culvert/http1/head.hpp>
#include <culvert/http1/target.hpp>
#include <culvert/policy.hpp>

#include "config/config.hpp"
#include "net/client_certificate.hpp"
#include "observe/access_record.hpp"
#include "proxy/authenticate.hpp"
#include "proxy/quota.hpp"
#include "proxy/reply.hpp"

namespace culvert::proxy {

/// One request under way, from its head to its log line.
struct Request {
  std::string text;         ///< the head as received; `head` and `target` look into it
  http1::RequestHead head;  ///< empty when the head could not be read
  http1::Target target;
  policy::Scheme scheme = policy::Scheme::connect;
  policy::MinuteOfWeek when = 0;                       ///< it came
  std::shared_ptr<const config::Config> config;        ///< what it began under, and ends under
  std::shared_ptr<const Authenticator> authenticator;  ///< of the configuration; may be null
  bool listener_takes_websocket = true;                ///< by what is in force, like `config`
  std::shared_ptr<const net::ClientCertificate> certificate;  ///< of its client; may be null
  policy::Verdict verdict;                                    ///< of decide()
  std::string handshake;  ///< kept_handshake() of a WebSocket's; else empty
  Grant granted;          ///< by those whose quotas it comes under; the tunnel's later
  observe::AccessRecord record;

  /// What the rule that allowed it asks of it; those of a rule that says nothing when the default
  /// did.
  const policy::Rule& terms() const;
  const config::Timeouts& timeouts() const { return config->timeouts_of(verdict.rule); }
};

/// Why this request is not served.
Refusal refused(const Request& request, std::error_code why);
/// And for the log: whose limit struck, and which.
Refusal refused(Request& request, const Excess& excess);

}  // namespace culvert::proxy
