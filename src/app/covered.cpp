// SPDX-License-Identifier: Apache-2.0
#include "app/covered.hpp"

#include "base/local_time.hpp"

namespace culvert::app {
namespace {

using policy::Rule;
using policy::Sni;
using policy::Speech;

policy::Question question_of(const Sighting& sighting, const policy::Membership* groups) {
  return {.client = sighting.client ? &*sighting.client : nullptr,
          .target = sighting.target,
          .scheme = sighting.scheme,
          .method = sighting.method,
          .user = sighting.user,
          .groups = groups,
          .when = sighting.when ? minute_of_week(*sighting.when) : 0};
}

bool may_speak(const Rule& rule, const Sighting& sighting) {
  return !sighting.speech || rule.tunnel.has(Speech::any) || rule.tunnel.has(*sighting.speech);
}

bool may_name(const Rule& rule, const Sighting& sighting) {
  if (sighting.server_name.empty() || rule.sni == Sni::off || rule.sni == Sni::log) return true;
  const auto named = Host::parse(sighting.server_name);
  return named && (*named == sighting.target.host || rule.names_host(*named));
}

}  // namespace

bool covered(const policy::Policy& policy, const policy::Membership* groups,
             const Sighting& sighting) {
  const auto question = question_of(sighting, groups);
  const auto verdict = policy.decide(question);
  if (!verdict.allowed) return false;
  const auto& host = sighting.target.host;
  const auto address = host.is_address() ? std::optional(host.address()) : sighting.resolved;
  if (address && !policy.permits(question, verdict, *address).allowed) return false;
  return verdict.rule == nullptr ||
         (may_speak(*verdict.rule, sighting) && may_name(*verdict.rule, sighting));
}

}  // namespace culvert::app
