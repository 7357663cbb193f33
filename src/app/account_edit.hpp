// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace culvert::app {

/// What a file of accounts holds. A line of another kind would be a mistake in it.
enum class FileKind : std::uint8_t { passwords, digests, tokens, groups };

/// By its first line that says something; nullopt for a file that says nothing.
std::optional<FileKind> kind_of(std::string_view text);

/// The text of a file without the lines of a user, and how it was with them.
struct Edited {
  std::string text;
  bool had_user = false;
};

/// Puts `lines` (each with its end; none removes the user) where the user's first line was, or at
/// the end. The user's other lines go, and all else stays byte by byte. With a realm, only lines
/// of this realm are the user's.
Edited with_lines(std::string_view text, std::string_view user, std::string_view lines,
                  std::optional<std::string_view> realm = std::nullopt);

}  // namespace culvert::app
