// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "app/explanation_writers.hpp"
#include "app/missed.hpp"
#include "app/when.hpp"

namespace culvert::app {
namespace {

using policy::Rule;
using policy::Speech;
using Words = std::vector<std::string>;
using Outcome = Explanation::Outcome;

/// A line in columns. Rows of one label have it on the first only.
struct Row {
  std::string_view label;
  Words cells;
};

/// Lines of a label and what belongs to it.
class Page {
 public:
  void add(std::string_view label, const std::string& text) {
    if (!text.empty()) text_ += fmt::format("{:<10} {}\n", label, text);
  }
  /// Each column as wide as its widest cell.
  void add_rows(const std::vector<Row>& rows) {
    std::string_view before;
    for (const auto& row : rows) {
      add(row.label == before ? "" : row.label, line_of(row, rows));
      before = row.label;
    }
  }
  void add_line(const std::string& text) { text_ += text + "\n"; }
  const std::string& text() const { return text_; }

 private:
  static std::string line_of(const Row& row, const std::vector<Row>& rows) {
    std::string line;
    for (std::size_t column = 0; column + 1 < row.cells.size(); ++column) {
      std::size_t widest = 0;
      for (const auto& other : rows) widest = std::max(widest, other.cells[column].size());
      line += fmt::format("{:<{}}  ", row.cells[column], widest);
    }
    return line + row.cells.back();
  }

  std::string text_;
};

std::string joined(const Words& words) {
  return fmt::format("{}", fmt::join(words, ", "));
}

std::string name_of(const Rule* rule) {
  return rule == nullptr ? "the default" : fmt::format("\"{}\"", rule->name);
}

std::string place_of(const Rule* rule, const std::string& file) {
  if (rule == nullptr) return {};
  if (file.empty()) return "built in";
  return rule->line == 0 ? file : fmt::format("{}:{}", file, rule->line);
}

std::string answer_of(const Explanation::Decision& decision) {
  if (decision.wants_user) return "wants to know the user";
  return decision.allowed ? "allow" : "deny";
}

std::string target_line(const Asked& asked) {
  const auto text = asked.target.text();
  return asked.written_host.empty() ? text
                                    : fmt::format("{}, written {}", text, asked.written_host);
}

std::string request_line(const Asked& asked) {
  if (asked.scheme == policy::Scheme::connect) return asked.method;
  auto line = fmt::format("{}, scheme {}", asked.method, policy::word(asked.scheme));
  if (!asked.is_websocket()) return line;
  line += ", path " + path_of(asked);
  if (asked.origin) line += ", Origin " + *asked.origin;
  if (!asked.protocols.empty()) line += ", subprotocols " + joined(asked.protocols);
  return line;
}

std::string user_line(const Request& request) {
  auto line = request.user;
  if (!line.empty() && !request.groups.empty()) line += ", of " + joined(request.groups);
  if (request.known_by_place) line += "; by [identities]";
  return line;
}

void add_rules(const Explanation& made, const std::string& file, Page& page) {
  std::vector<Row> rows;
  for (const auto& [rule, by, why] : made.missed) {
    rows.push_back({.label = "missed",
                    .cells = {name_of(rule), place_of(rule, file),
                              fmt::format("{}: {}", policy::word(by), why)}});
  }
  const auto* rule = made.decision.rule;
  rows.push_back({.label = "decides",
                  .cells = {name_of(rule), place_of(rule, file), answer_of(made.decision)}});
  page.add_rows(rows);
}

void add_addresses(const Explanation& made, Page& page) {
  std::vector<Row> rows;
  for (const auto& judged : made.addresses) {
    const auto verdict = judged.allowed ? "allowed" : "refused: " + judged.why;
    rows.push_back({.label = "addresses", .cells = {judged.address.text(), verdict}});
  }
  page.add_rows(rows);
  page.add("addresses", made.lookup_failure);
}

std::string tunnel_line(const Rule& rule) {
  Words speeches;
  for (const auto speech : {Speech::tls, Speech::websocket, Speech::http, Speech::any}) {
    if (rule.tunnel.has(speech)) speeches.emplace_back(policy::word(speech));
  }
  return fmt::format("{}; server name: {}", joined(speeches), policy::word(rule.sni));
}

std::string websocket_line(const policy::WebSockets& rule) {
  if (rule.denied) return "denied";
  Words parts;
  Words origins;
  for (const auto& origin : rule.origins) origins.push_back(origin.text);
  if (rule.allowed) parts.emplace_back("allowed");
  if (!origins.empty()) parts.push_back("origins " + some_of(origins));
  if (!rule.paths.empty()) parts.push_back("paths " + some_of(rule.paths));
  if (!rule.protocols.empty()) parts.push_back("protocols " + some_of(rule.protocols));
  return fmt::format("{}", fmt::join(parts, "; "));
}

std::string quota_line(const policy::Quota& quota) {
  Words parts;
  if (quota.tunnels != 0) parts.push_back(fmt::format("{} tunnels", quota.tunnels));
  if (quota.tunnels_per_second != 0) {
    parts.push_back(fmt::format("{} new tunnels a second", quota.tunnels_per_second));
  }
  if (quota.bytes_per_second != 0) {
    parts.push_back(fmt::format("{} bytes a second", quota.bytes_per_second));
  }
  if (quota.bytes_per_day != 0) parts.push_back(fmt::format("{} bytes a day", quota.bytes_per_day));
  return joined(parts);
}

std::string timeouts_line(const std::vector<OwnSetting>& timeouts) {
  Words parts;
  for (const auto& [name, value] : timeouts) parts.push_back(fmt::format("{} {}", name, value));
  return joined(parts);
}

/// Only of what culvert speaks to the origin itself, and where the origin has no choice.
std::string origin_line(const Explanation& made) {
  const bool tunnel = made.request.asked.scheme == policy::Scheme::connect;
  if (tunnel || made.origin_http == config::OriginHttp::automatic) return {};
  return fmt::format("HTTP/{} alone", word(made.origin_http));
}

/// What the rule asks of a request that it allows.
void add_demands(const Explanation& made, Page& page) {
  const auto* rule = made.decision.rule;
  if (rule == nullptr || rule->action == policy::Action::deny) return;
  if (made.request.asked.scheme == policy::Scheme::connect) page.add("tunnel", tunnel_line(*rule));
  page.add("websocket", websocket_line(rule->websocket));
  page.add("timeouts", timeouts_line(made.timeouts));
  page.add("origin", origin_line(made));
  page.add("quota", quota_line(rule->quota));
}

/// What becomes of the WebSocket in a browser's tunnel; empty when nothing needs to be said.
std::string inside_note(const std::optional<JudgedHandshake>& handshake) {
  if (!handshake) return {};
  if (!handshake->allowed()) return "; the WebSocket in it is refused: " + handshake->why;
  if (handshake->conditions.empty()) return {};
  return "; the WebSocket in it is let through " + text_of(handshake->conditions);
}

void add_notes(const Explanation& made, Page& page) {
  if (made.browsers) {
    page.add("browsers",
             fmt::format("ask for CONNECT {} instead: {}, by {}{}",
                         made.request.asked.target.text(), answer_of(*made.browsers),
                         name_of(made.browsers->rule), inside_note(made.browsers->handshake)));
  }
  const bool passes = made.outcome == Outcome::allow;
  if (made.report_mode && !passes) {
    page.add("mode", "report: it passes all the same, and the log says would_deny");
  }
}

std::string coloured(const std::string& text, bool good) {
  return fmt::format("\x1b[1;{}m{}\x1b[0m", good ? 32 : 31, text);
}

}  // namespace

std::string as_text(const Explanation& made, const std::string& file, Colours colours) {
  const auto& request = made.request;
  Page page;
  page.add("target", target_line(request.asked));
  page.add("request", request_line(request.asked));
  page.add("client", request.client.text());
  page.add("listener", request.listener);
  page.add("user", user_line(request));
  page.add("time", text_of(request.when));
  page.add_line("");
  add_rules(made, file, page);
  add_addresses(made, page);
  add_demands(made, page);
  add_notes(made, page);
  page.add_line("");
  const auto word = last_word(made);
  page.add_line(colours == Colours::on ? coloured(word, made.outcome == Outcome::allow) : word);
  return page.text();
}

}  // namespace culvert::app
