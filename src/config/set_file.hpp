// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include <culvert/policy/host_set.hpp>

#include "config/draft.hpp"

namespace culvert::config {

/// Reads a file of hosts, one a line, as an entry of `hosts` is written. `#` begins a comment,
/// blank lines are passed over. A file that cannot be read is a mistake at `place`, under `key`;
/// lines that are wrong are mistakes of their own, with the file's name, and from the twentieth on
/// only their number is told. An empty file is an empty set, which matches nothing.
std::shared_ptr<const policy::HostSet> read_set_file(const std::string& path, const Place& place,
                                                     const std::string& key, Draft& draft);

}  // namespace culvert::config
