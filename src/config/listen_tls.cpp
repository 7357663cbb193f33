// SPDX-License-Identifier: Apache-2.0
#include "config/listen_tls.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "config/contents.hpp"
#include "config/parts.hpp"

namespace culvert::config {
namespace {

/// Relative to the file that it was written in.
Read<std::string> read_path(const Value& value) {
  const auto* text = std::get_if<std::string>(&value.what);
  if (text == nullptr || text->empty() || text->contains('\0')) {
    return wants("the path of a PEM file", value);
  }
  const bool in_file = value.place.line != 0;
  return resolved_path(*text, in_file ? value.place.source : std::string_view());
}

/// One path, or a list of them.
void read_paths(const Value& value, const std::string& key, std::vector<std::string>& paths,
                std::vector<Place>& places, Draft& draft) {
  const auto* list = std::get_if<List>(&value.what);
  const List one{value};
  if (list != nullptr && list->empty()) {
    draft.mistakes.add(value.place, key, "is an empty list; name a file");
  }
  for (const auto& entry : list != nullptr ? *list : one) {
    auto path = read_path(entry);
    if (!path) draft.mistakes.add(entry.place, key, path.error());
    paths.push_back(path.value_or(""));
    places.push_back(entry.place);
  }
}

void read_certificate(const Value& value, const std::string& key, Listener& into, Draft& draft) {
  read_paths(value, key, into.tls.settings.certificates, into.tls.certificates, draft);
}

void read_key(const Value& value, const std::string& key, Listener& into, Draft& draft) {
  read_paths(value, key, into.tls.settings.keys, into.tls.keys, draft);
}

void read_client_ca(const Value& value, const std::string& key, Listener& into, Draft& draft) {
  auto path = read_path(value);
  if (!path) return draft.mistakes.add(value.place, key, path.error());
  into.tls.settings.client_ca = *std::move(path);
  into.tls.client_ca = value.place;
}

/// Which of a few words it is; nullopt and a mistake if it is none.
template <std::size_t count>
std::optional<std::size_t> read_word(const Value& value, const std::string& key,
                                     const std::string_view (&words)[count], Draft& draft) {
  const auto word = read_choice(value, words);
  if (word) return static_cast<std::size_t>(std::ranges::find(words, *word) - std::begin(words));
  draft.mistakes.add(value.place, key, word.error());
  return std::nullopt;
}

void read_client_certificate(const Value& value, const std::string& key, Listener& into,
                             Draft& draft) {
  static constexpr std::string_view words[] = {"required", "optional"};
  into.tls.about_clients.emplace_back(value.place, key);
  if (const auto word = read_word(value, key, words, draft))
    into.tls.settings.client_must = *word == 0;
}

void read_client_user(const Value& value, const std::string& key, Listener& into, Draft& draft) {
  static constexpr std::string_view words[] = {"cn", "dns", "email", "uri"};
  static constexpr CertificateName meant[] = {CertificateName::common_name, CertificateName::dns,
                                              CertificateName::email, CertificateName::uri};
  into.tls.about_clients.emplace_back(value.place, key);
  if (const auto word = read_word(value, key, words, draft)) {
    into.tls.settings.client_user = meant[*word];
  }
}

void read_min_version(const Value& value, const std::string& key, Listener& into, Draft& draft) {
  static constexpr std::string_view words[] = {"1.2", "1.3"};
  if (const auto word = read_word(value, key, words, draft)) into.tls.settings.only_13 = *word == 1;
}

Read<std::string> read_protocol(const Value& value) {
  static constexpr std::string_view words[] = {"h2", "http/1.1"};
  return read_choice(value, words);
}

void read_alpn(const Value& value, const std::string& key, Listener& into, Draft& draft) {
  into.tls.settings.alpn = read_list(value, key, draft, MayBeEmpty::no, read_protocol);
}

constexpr Part<Listener> parts[] = {
    {.name = "certificate", .read = read_certificate, .help = ""},
    {.name = "key", .read = read_key, .help = ""},
    {.name = "client_ca", .read = read_client_ca, .help = ""},
    {.name = "client_certificate", .read = read_client_certificate, .help = ""},
    {.name = "client_user", .read = read_client_user, .help = ""},
    {.name = "min_version", .read = read_min_version, .help = ""},
    {.name = "alpn", .read = read_alpn, .help = ""},
};

/// What its keys are together.
void check_whole(const std::string& key, const Place& place, Listener& into, Draft& draft) {
  auto& tls = into.tls.settings;
  if (into.tls.certificates.empty() && !draft.mistakes.about(key + ".certificate")) {
    draft.mistakes.add(place, key + ".certificate", "is missing; write the path of a PEM file");
  }
  if (into.tls.keys.empty()) {
    tls.keys.resize(tls.certificates.size());
  } else if (tls.keys.size() != tls.certificates.size()) {
    draft.mistakes.add(
        into.tls.keys.front(), key + ".key",
        "names " + std::to_string(tls.keys.size()) + " file(s) for " +
            std::to_string(tls.certificates.size()) +
            " certificate(s); list as many, in the same order, or leave it out where "
            "each certificate's file holds its key");
  }
  if (into.asks_certificate() || draft.mistakes.about(key + ".client_ca")) return;
  for (const auto& [where, name] : into.tls.about_clients) {
    draft.mistakes.add(where, name, "is of clients' certificates, and client_ca asks for none");
  }
}

const Place& place_of(const ListenTlsFinding& finding, const Listener& listener) {
  switch (finding.about) {
    case ListenTlsFinding::About::certificate: return listener.tls.certificates[finding.number];
    case ListenTlsFinding::About::key: return listener.tls.keys[finding.number];
    case ListenTlsFinding::About::client_ca: break;
  }
  return listener.tls.client_ca;
}

std::string_view name_of(ListenTlsFinding::About about) {
  switch (about) {
    case ListenTlsFinding::About::certificate: return ".tls.certificate";
    case ListenTlsFinding::About::key: return ".tls.key";
    case ListenTlsFinding::About::client_ca: break;
  }
  return ".tls.client_ca";
}

void watch(const std::string& path, Draft& draft) {
  if (path.empty()) return;
  auto file = to_watch(path);
  auto& watched = draft.config.watched_files;
  if (std::ranges::find(watched, file.path, &WatchedFile::path) != watched.end()) return;
  watched.push_back(std::move(file));
}

}  // namespace

void read_listen_tls(const Value& value, const std::string& key, Listener& into, Draft& draft) {
  const auto* table = std::get_if<Table>(&value.what);
  if (table == nullptr) {
    draft.mistakes.add(
        value.place, key,
        wants("a table such as { certificate = \"proxy.pem\", key = \"proxy.key\" }", value)
            .error());
    return;
  }
  into.tls.settings.alpn = {"h2", "http/1.1"};
  read_parts(std::span<const Part<Listener>>(parts), *table, key, into, draft);
  check_whole(key, value.place, into, draft);
  into.listen.tls = into.tls.settings;
}

void check_listen_tls(const ListenTlsCheck& check, Draft& draft) {
  for (const auto& listener : draft.listeners) {
    if (!listener.listen.tls || draft.mistakes.about(listener.key + ".tls.")) continue;
    const auto& tls = *listener.listen.tls;
    for (const auto& path : tls.certificates) watch(path, draft);
    for (const auto& path : tls.keys) watch(path, draft);
    watch(tls.client_ca, draft);
    if (!check) continue;
    for (auto& finding : check(tls)) {
      auto& told = finding.warning ? draft.warnings : draft.mistakes;
      told.add(place_of(finding, listener), listener.key + std::string(name_of(finding.about)),
               file_of(tls, finding) + " " + finding.what);
    }
  }
}

}  // namespace culvert::config
