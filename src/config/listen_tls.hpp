// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "config/config.hpp"
#include "config/draft.hpp"
#include "config/value.hpp"

namespace culvert::config {

/// Reads `tls = { ... }` of a `[[listen]]`.
void read_listen_tls(const Value& value, const std::string& key, Listener& into, Draft& draft);

/// Looks into the files of all listeners, and has them watched. What is wrong with one is told
/// where it is named.
void check_listen_tls(const ListenTlsCheck& check, Draft& draft);

}  // namespace culvert::config
