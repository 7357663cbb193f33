// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <string>

namespace culvert::app {

/// Makes a new text out of a file's; or says why not.
using Change = std::function<std::expected<std::string, std::string>(std::string text)>;

enum class IfMissing : std::uint8_t {
  fail,
  create,  ///< empty, readable for its owner and group
};

/// Changes a file as a whole: a reader sees it as it was or as it is to be, also when this fails or
/// the machine stops. Owner, group and permissions stay. Two changes at once come one after the
/// other (flock), so that none is lost. A symbolic link stays, and what it points to is changed.
/// Else says what failed, and the file is as it was.
std::expected<void, std::string> change_file(const std::string& path, IfMissing if_missing,
                                             const Change& change);

}  // namespace culvert::app
