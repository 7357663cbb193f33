// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <system_error>

namespace culvert {

/// A value, or why there is none. The code is an Errc, an http1::Flaw, or the system's errno in
/// std::system_category(); each has a message() that can be shown to people.
template <class T>
using Result = std::expected<T, std::error_code>;

/// Shorthand for the failing side of a Result: `return fail(Errc::dns_timeout);`
inline std::unexpected<std::error_code> fail(std::error_code why) {
  return std::unexpected(why);
}

}  // namespace culvert
