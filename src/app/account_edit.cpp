// SPDX-License-Identifier: Apache-2.0
#include "app/account_edit.hpp"

#include <algorithm>

#include "auth/account_file.hpp"

namespace culvert::app {
namespace {

bool is_hex(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  });
}

bool is_users(std::string_view line, std::string_view user, std::optional<std::string_view> realm) {
  if (!line.starts_with(user) || !line.substr(user.size()).starts_with(':')) return false;
  if (!realm) return true;
  const auto rest = line.substr(user.size() + 1);
  return rest.substr(0, rest.rfind(':')) == *realm;
}

}  // namespace

std::optional<FileKind> kind_of(std::string_view text) {
  constexpr std::size_t md5_digits = 32;
  constexpr std::size_t sha256_digits = 64;
  const auto lines = auth::lines_of(text);
  if (lines.empty()) return std::nullopt;
  const auto line = lines.front().text;
  const auto last = line.substr(line.rfind(':') + 1);
  if (is_hex(last) && (last.size() == md5_digits || last.size() == sha256_digits)) {
    return std::ranges::count(line, ':') > 1 ? FileKind::digests : FileKind::tokens;
  }
  const auto rest = line.substr(line.find(':') + 1);
  return rest.empty() || rest.contains(' ') ? FileKind::groups : FileKind::passwords;
}

Edited with_lines(std::string_view text, std::string_view user, std::string_view lines,
                  std::optional<std::string_view> realm) {
  Edited edited;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, std::min(end + 1, text.size()));
    text.remove_prefix(line.size());
    if (!is_users(line.substr(0, end), user, realm)) {
      edited.text += line;
      continue;
    }
    if (!edited.had_user) edited.text += lines;
    edited.had_user = true;
  }
  if (edited.had_user) return edited;
  if (!edited.text.empty() && !edited.text.ends_with('\n')) edited.text += '\n';
  edited.text += lines;
  return edited;
}

}  // namespace culvert::app
