// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "config/config.hpp"
#include "config/value.hpp"

namespace culvert::config {

/// TOML 1.0 text as a tree of values that know their places. A syntax error is one mistake, since
/// nobody can tell what the rest of the file means. `name` is the file's, and must outlive the
/// table. All that is known of toml++ is in document.cpp.
std::expected<Table, Mistake> parse_document(std::string_view toml, const std::string& name);

}  // namespace culvert::config
