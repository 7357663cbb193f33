// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>

#include <culvert/policy.hpp>

#include "policy/normal.hpp"

namespace culvert::policy {
namespace {

/// The first line. A new number when the same policy gets another text.
constexpr std::string_view heading = "culvert policy 1\n";

/// Lines, handed on in large pieces.
class Writer {
 public:
  explicit Writer(const std::function<void(std::string_view)>& sink) : sink_(sink) {}
  Writer& operator<<(std::string_view text) {
    kept_ += text;
    if (kept_.size() >= piece_bytes) flush();
    return *this;
  }
  Writer& operator<<(std::uint64_t number) { return *this << std::to_string(number); }
  void flush() {
    sink_(kept_);
    kept_.clear();
  }

 private:
  static constexpr std::size_t piece_bytes = 16384;
  const std::function<void(std::string_view)>& sink_;
  std::string kept_;
};

/// In quotes, so that no text can pass for two, or for a line of ours.
std::string quoted(std::string_view text) {
  std::string made = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') made += '\\';
    if (c == '\n') {
      made += "\\n";
    } else {
      made += c;
    }
  }
  return made + "\"";
}

/// `key a b c`, each once and in order; no line when there are none.
void write_list(Writer& out, std::string_view key, std::vector<std::string> texts) {
  if (texts.empty()) return;
  std::ranges::sort(texts);
  const auto repeated = std::ranges::unique(texts);
  texts.erase(repeated.begin(), repeated.end());
  out << key;
  for (const auto& text : texts) out << " " << quoted(text);
  out << "\n";
}

void write_networks(Writer& out, std::string_view key, const std::vector<Network>& networks) {
  if (networks.empty()) return;
  out << key;
  for (const auto& network : merged(networks)) out << " " << network.text();
  out << "\n";
}

void write_ports(Writer& out, const Rule& rule) {
  const auto ranges = merged(rule.ports);
  if (ranges.empty()) return;
  out << "ports";
  for (const auto& range : ranges) out << " " << range.first << "-" << range.last;
  out << "\n";
}

template <class Enum, std::size_t count>
void write_words(Writer& out, std::string_view key, Few<Enum> few, const Enum (&all)[count]) {
  out << key;
  for (const auto one : all) {
    if (few.has(one)) out << " " << word(one);
  }
  out << "\n";
}

void write_schemes(Writer& out, Few<Scheme> schemes) {
  constexpr Scheme all[] = {Scheme::http, Scheme::https, Scheme::ws, Scheme::wss, Scheme::connect};
  const bool selects = std::ranges::any_of(all, [&](Scheme one) { return !schemes.has(one); });
  if (selects && !schemes.empty()) write_words(out, "schemes", schemes, all);
}

/// All that a rule names, as one set: it does not matter what was put together under a name.
std::shared_ptr<const HostSet> hosts_of(const Rule& rule) {
  if (rule.hosts.size() == 1) return rule.hosts.front().hosts;
  auto all = std::make_shared<HostSet>();
  for (const auto& entry : rule.hosts) all->add(*entry.hosts);
  return all;
}

void write_hosts(Writer& out, const Rule& rule) {
  if (rule.hosts.empty()) return;
  out << "hosts\n";  // with no host behind it for sets that are empty
  hosts_of(rule)->each_in_order([&out](std::string_view host) { out << " " << host << "\n"; });
}

void write_selectors(Writer& out, const Rule& rule) {
  write_hosts(out, rule);
  write_ports(out, rule);
  write_networks(out, "clients", rule.clients);
  write_list(out, "users", rule.users);
  write_list(out, "groups", rule.groups);
  write_list(out, "methods", rule.methods);
  write_schemes(out, rule.schemes);
  if (!rule.hours.always()) out << "hours " << rule.hours.text() << "\n";
}

void write_websocket(Writer& out, const WebSockets& websocket) {
  if (websocket.denied) out << "websocket deny\n";
  if (websocket.allowed) out << "websocket allow\n";
  std::vector<std::string> origins;
  origins.reserve(websocket.origins.size());
  for (const auto& origin : websocket.origins) origins.push_back(origin.text);
  write_list(out, "origins", std::move(origins));
  write_list(out, "paths", websocket.paths);
  write_list(out, "protocols", websocket.protocols);
}

void write_tunnel(Writer& out, const Rule& rule) {
  const auto speech = rule.tunnel.has(Speech::any) ? Few<Speech>{Speech::any} : rule.tunnel;
  constexpr Speech all[] = {Speech::tls, Speech::websocket, Speech::http, Speech::any};
  write_words(out, "tunnel", speech, all);
  out << "sni " << word(rule.sni) << "\n";
}

void write_quota(Writer& out, const Quota& quota) {
  if (quota == Quota{}) return;
  out << "quota " << quota.tunnels << " " << quota.tunnels_per_second << " "
      << quota.bytes_per_second << " " << quota.bytes_per_day << "\n";
}

void write_rule(Writer& out, const Rule& rule) {
  out << "rule " << quoted(rule.name) << "\n" << word(rule.action) << "\n";
  write_selectors(out, rule);
  if (rule.all_private) {
    out << "private\n";
  } else {
    write_networks(out, "private", rule.private_networks);
  }
  write_websocket(out, rule.websocket);
  write_tunnel(out, rule);
  write_quota(out, rule.quota);
}

}  // namespace

void write_canonical(const Policy& policy, const std::function<void(std::string_view)>& sink) {
  Writer out(sink);
  out << heading << "default " << word(policy.by_default()) << "\n";
  out << "mode " << (policy.mode() == Mode::report ? "report" : "enforce") << "\n";
  for (const auto& rule : policy.rules()) write_rule(out, rule);
  out.flush();
}

}  // namespace culvert::policy
