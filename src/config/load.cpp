// SPDX-License-Identifier: Apache-2.0
#include "config/contents.hpp"
#include "config/document.hpp"
#include "config/listen_tls.hpp"
#include "config/overrides.hpp"
#include "config/read.hpp"

namespace culvert::config {
namespace {

/// Far more than any rules need; who reads /dev/zero hears of it.
constexpr std::size_t largest_file_bytes = 16UL * 1024 * 1024;

/// A file of certificates that is of no use is found before the first https:// fails.
void check_trust(const TrustCheck& trust, Draft& draft) {
  const auto& ca_file = draft.config.origin_tls.ca_file;
  const auto* const key = "origin_tls.ca_file";
  if (!trust || ca_file.empty() || draft.mistakes.about(key)) return;
  const auto what = trust(ca_file);
  if (!what.empty()) draft.mistakes.add(draft.places.find(key)->second, key, ca_file + " " + what);
}

Loaded finished(Draft draft, const std::vector<Override>& overrides, const TrustCheck& trust,
                const ListenTlsCheck& listen_tls) {
  for (const auto& one : overrides) apply(one, draft);
  finish(draft);
  check_trust(trust, draft);
  check_listen_tls(listen_tls, draft);
  auto warnings = std::move(draft.warnings).taken();
  if (!draft.mistakes.empty()) {
    return {.config = {},
            .mistakes = std::move(draft.mistakes).taken(),
            .warnings = std::move(warnings)};
  }
  return {.config = std::move(draft.config), .mistakes = {}, .warnings = std::move(warnings)};
}

/// Nothing is known of the file, so only the overrides can be looked at beside it.
Loaded unread(Mistake why, const std::vector<Override>& overrides) {
  Draft draft;
  draft.mistakes.add(std::move(why));
  for (const auto& one : overrides) apply(one, draft);
  return {.config = {}, .mistakes = std::move(draft.mistakes).taken(), .warnings = {}};
}

}  // namespace

Loaded load(const std::string& path, const std::vector<Override>& overrides,
            const TrustCheck& trust, const ListenTlsCheck& listen_tls) {
  const auto text = contents(path, largest_file_bytes);
  if (text) return parse(*text, path, overrides, trust, listen_tls);
  const auto what = "cannot be read: " + text.error().message();
  return unread({.file = path, .key = {}, .what = what}, overrides);
}

Loaded parse(std::string_view toml, const std::string& name, const std::vector<Override>& overrides,
             const TrustCheck& trust, const ListenTlsCheck& listen_tls) {
  const auto document = parse_document(toml, name);
  if (!document) return unread(document.error(), overrides);
  Draft draft;
  draft.config.file = name;
  read_file(*document, draft);
  return finished(std::move(draft), overrides, trust, listen_tls);
}

Loaded defaults(const std::vector<Override>& overrides, const TrustCheck& trust) {
  return finished({}, overrides, trust, {});
}

}  // namespace culvert::config
