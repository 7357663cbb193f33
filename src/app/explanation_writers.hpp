// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "app/explanation.hpp"

namespace culvert::app {

enum class Colours : std::uint8_t { off, on };

/// For people: what was understood, then step by step what came of it, and the answer as the last
/// line. `file` is where the rules stand; empty: nowhere, they are built in.
std::string as_text(const Explanation& made, const std::string& file, Colours colours);

/// The same as one JSON object and a line feed. README.md has its keys, which stay.
std::string as_json(const Explanation& made, const std::string& file);

}  // namespace culvert::app
