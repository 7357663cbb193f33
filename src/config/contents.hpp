// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

#include <culvert/result.hpp>

#include "base/file_state.hpp"

namespace culvert::config {

/// The whole of a file, or the system's error; std::errc::file_too_large beyond the limit.
Result<std::string> contents(const std::string& path, std::size_t largest_bytes);

/// A path as it was written in the file `written_in`: relative to that file's folder. `written_in`
/// is empty for what was written elsewhere, and then it is relative to the working directory.
std::string resolved_path(const std::string& path, std::string_view written_in);

/// To be asked for before the file is read: what changes from here on is a change. Whoever watches
/// has no use for a relative path; messages keep it as it was written.
WatchedFile to_watch(const std::string& path);

}  // namespace culvert::config
