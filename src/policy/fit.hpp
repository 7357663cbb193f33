// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include <culvert/policy.hpp>

namespace culvert::policy {

/// How a rule stands to a question.
struct Fit {
  std::optional<Selector> miss;  ///< the first selector that does not match; nullopt when all do
  bool wants_user = false;       ///< all others match, and the client can say who it is
  bool matches() const { return !miss && !wants_user; }
};

/// Tries the selectors of a rule in the order of Selector: cheap ones first, and users last, since
/// nobody is asked who they are for a rule that misses anyway. `hosts` is asked of the target's
/// name when `resolved` is null, else of that address, which only networks match.
///
/// A user who is not known and cannot be asked is nobody: rules that ask for a user miss, whether
/// they allow or deny. One who can be asked has to say before such a rule is passed by, so keeping
/// silent is no way round a deny rule.
Fit fit(const Rule& rule, const Question& question, const Address* resolved = nullptr);

}  // namespace culvert::policy
