// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace culvert::auth {

/// Parameters of credentials, by their name in lower case.
using Parameters = std::map<std::string, std::string, std::less<>>;

/// Reads `name=value, name="value", ...` (auth-param, RFC 9110 §11.2): tokens and quoted strings,
/// white space where the grammar has it, empty list elements passed over. nullopt when it is
/// anything else, or names a parameter twice.
std::optional<Parameters> read_parameters(std::string_view text);

}  // namespace culvert::auth
