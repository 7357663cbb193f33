// SPDX-License-Identifier: Apache-2.0
#include "app/lesson_toml.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>
#include <vector>

#include <fmt/format.h>

namespace culvert::app {
namespace {

using policy::Scheme;
using policy::Speech;
using Words = std::vector<std::string>;

constexpr std::string_view name_begin = "learned ";
constexpr std::size_t names_shown = 4;
// Behind so many entries a list has one a line.
constexpr std::size_t short_list = 8;

std::string times(std::uint64_t count) {
  return count == 1 ? "once" : fmt::format("{} times", count);
}

std::string joined(const Words& words, std::string_view between = ", ") {
  return fmt::format("{}", fmt::join(words, between));
}

/// "a, b, c, d and 3 more".
template <class Texts>
std::string some_of(const Texts& texts) {
  Words shown;
  for (const auto& text : texts) {
    if (shown.size() == names_shown) break;
    shown.push_back(in_comment(text));
  }
  const auto more = texts.size() - shown.size();
  return joined(shown) + (more == 0 ? "" : fmt::format(" and {} more", more));
}

/// Without anything to escape: hosts that were parsed, and words of the configuration.
std::string quoted(std::string_view text) {
  return fmt::format("\"{}\"", text);
}

std::string list(std::string_view key, const Words& items) {
  if (items.size() <= short_list) return fmt::format("{} = [{}]\n", key, joined(items));
  std::string made = fmt::format("{} = [\n", key);
  for (const auto& item : items) made += fmt::format("  {},\n", item);
  return made + "]\n";
}

std::string hosts_list(const std::vector<LearnedHost>& hosts) {
  std::string made = "hosts = [\n";
  for (const auto& host : hosts) {
    const auto comment = host.names.empty() ? times(host.times)
                                            : fmt::format("{}; {} names: {}", times(host.times),
                                                          host.names.size(), some_of(host.names));
    made += fmt::format("  {},  # {}\n", quoted(host.pattern), comment);
  }
  return made + "]\n";
}

std::string ports_list(const Lesson& lesson) {
  Words ports;
  for (const auto port : lesson.ports) ports.push_back(std::to_string(port));
  return list("ports", ports);
}

template <class Enum>
std::string few_list(std::string_view key, policy::Few<Enum> few,
                     std::initializer_list<Enum> values) {
  Words words;
  for (const auto value : values) {
    if (few.has(value)) words.push_back(quoted(policy::word(value)));
  }
  return words.empty() ? "" : list(key, words);
}

std::string private_list(const Seen& seen) {
  if (seen.private_addresses.empty()) return {};
  Words addresses;
  for (const auto& address : seen.private_addresses) addresses.push_back(quoted(address.text()));
  return "# the private addresses that they had\n" + list("private", addresses);
}

std::string sni_line(const Seen& seen) {
  if (seen.strange_names.empty()) return {};
  return fmt::format("# tunnels named servers that were not asked for: {}\nsni = \"log\"\n",
                     some_of(seen.strange_names.texts()));
}

Words networks(const Seen& seen) {
  Words made;
  for (const auto& [address, bits] : seen.clients) {
    made.push_back(quoted(Network(address, bits).text()));
  }
  return made;
}

bool is_here(const Block& block) {
  return block.first.is_loopback();
}

bool all_here(std::span<const Lesson> lessons) {
  return std::ranges::all_of(lessons, [](const Lesson& lesson) {
    return std::ranges::all_of(lesson.seen.clients, is_here);
  });
}

std::string clients_list(const Seen& seen) {
  if (seen.clients.empty()) return {};
  const auto found = networks(seen);
  if (!seen.unix_clients) return list("clients", found);
  return fmt::format("# clients: over a Unix socket, and {}\n", some_of(found));
}

/// How often, for whom, and what the policy of then said of it.
std::string rule_comment(const Seen& seen) {
  std::string comment = "# " + times(seen.times());
  if (!seen.users.empty()) comment += "; users: " + some_of(seen.users.texts());
  if (!seen.would_deny.empty()) {
    comment += "; would have been denied by " + some_of(seen.would_deny.texts());
  }
  if (seen.denied) comment += "; some were denied";
  return comment + "\n";
}

std::string as_rule(const Lesson& lesson, std::size_t number, bool with_clients) {
  return "\n" + rule_comment(lesson.seen) +
         fmt::format("[[rule]]\nname = \"{}{}\"\naction = \"allow\"\n", name_begin, number) +
         hosts_list(lesson.hosts) + ports_list(lesson) +
         few_list("schemes", lesson.schemes,
                  {Scheme::http, Scheme::https, Scheme::ws, Scheme::wss, Scheme::connect}) +
         few_list("tunnel", lesson.speeches,
                  {Speech::tls, Speech::websocket, Speech::http, Speech::any}) +
         sni_line(lesson.seen) + private_list(lesson.seen) +
         (with_clients ? clients_list(lesson.seen) : "");
}

std::string left_out(const Tally& tally) {
  if (tally.left_out.empty()) return {};
  std::string made = "\n# Left out:\n";
  for (const auto& [why, count] : tally.left_out) {
    made += fmt::format("#   {}: {}\n", in_comment(why), times(count));
  }
  return made;
}

}  // namespace

std::string in_comment(std::string_view text) {
  std::string made;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    made += byte < 0x20 || byte == 0x7f ? '?' : c;
  }
  return made;
}

std::size_t next_number(const std::vector<policy::Rule>& rules) {
  std::size_t next = 1;
  for (const auto& rule : rules) {
    const std::string_view name = rule.name;
    if (!name.starts_with(name_begin)) continue;
    std::size_t number = 0;
    const auto* const end = name.data() + name.size();
    const auto read = std::from_chars(name.data() + name_begin.size(), end, number);
    if (read.ec == std::errc() && read.ptr == end) next = std::max(next, number + 1);
  }
  return next;
}

std::string as_toml(std::span<const Lesson> lessons, const Tally& tally, const Heading& heading) {
  const bool with_clients = !all_here(lessons);
  std::string made = heading.text;
  auto number = heading.first_number;
  for (const auto& lesson : lessons) made += as_rule(lesson, number++, with_clients);
  return made + left_out(tally);
}

}  // namespace culvert::app
