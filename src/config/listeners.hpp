// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "config/parts.hpp"

namespace culvert::config {

/// The keys of `[[listen]]`.
std::span<const Part<Listener>> listen_parts();

/// Reads every `[[listen]]`.
void read_listeners(const Value& value, Draft& draft);

/// Replaces all listeners by those of a list of addresses, which comes from outside the file.
void override_listeners(const Value& value, Draft& draft);

}  // namespace culvert::config
