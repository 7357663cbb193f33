// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "config/rules.hpp"

/// What a rule asks of that which it allows: the keys of `[[rule]]` that are no selectors.
namespace culvert::config {

void take_private(const Value& value, const std::string& key, NewRule& into, Draft& draft);
void take_tunnel(const Value& value, const std::string& key, NewRule& into, Draft& draft);
void take_sni(const Value& value, const std::string& key, NewRule& into, Draft& draft);
void take_limits(const Value& value, const std::string& key, NewRule& into, Draft& draft);
void take_timeouts(const Value& value, const std::string& key, NewRule& into, Draft& draft);

/// What follows from them together, and what cannot be meant. When all of the rule was read.
void settle_terms(const Element& element, NewRule& rule, Draft& draft);

}  // namespace culvert::config
