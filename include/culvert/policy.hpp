// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <culvert/address.hpp>
#include <culvert/authority.hpp>
#include <culvert/result.hpp>

/// May this client reach this target? Asked twice: `decide` on the name before it is resolved,
/// `permits` on each address before it is connected to. Pure values and no I/O; safe to share
/// between threads.
///
/// Rules are tried in order and the first that matches decides. A rule that names no selector of a
/// kind matches all of that kind. Host patterns that are addresses or networks allow address
/// literals only: a name is never looked up just to see whether its address might be allowed. A
/// *deny* rule with such patterns is also asked of each resolved address, so `deny 198.51.100.0/24`
/// cannot be got round by a name.
namespace culvert::policy {

/// One entry of `hosts`.
class HostPattern {
 public:
  /// Reads `example.com` (exactly), `*.example.com` (below it), `.example.com` (it and below), an
  /// address in any spelling, or a network. `*` alone is every host. Names are normalised like
  /// Host::parse does. Else Errc::bad_host or bad_network; `*` inside a label is Errc::bad_host.
  static Result<HostPattern> parse(std::string_view text);

  bool matches(const Host& host) const;
  /// Only networks match here; names and `*` do not.
  bool matches(const Address& address) const;
  std::string text() const;

 private:
  enum class Reach : std::uint8_t { exact, below, at_and_below, all };
  struct Name {
    std::string name;
    Reach reach;
  };
  explicit HostPattern(std::variant<Name, Network> what) : what_(std::move(what)) {}
  std::variant<Name, Network> what_;
};

/// `443` or `1024-65535`, both ends included.
struct PortRange {
  std::uint16_t first = 1;
  std::uint16_t last = 65535;
  bool contains(Port port) const { return port.number() >= first && port.number() <= last; }
};

enum class Action : std::uint8_t { allow, deny };

struct Rule {
  std::string name;  ///< never empty; what the log and the 403 page say
  Action action = Action::allow;
  std::vector<HostPattern> hosts;  ///< empty: every host
  std::vector<PortRange> ports;    ///< empty: every port
  std::vector<Network> clients;    ///< empty: every client
  /// The private addresses (is_private) that targets may have: none, all, or these networks only.
  bool all_private = false;
  std::vector<Network> private_networks;
};

/// What is asked. References last for the call only.
struct Question {
  const Address* client = nullptr;  ///< null: it came over a Unix socket, and matches no `clients`
  const Authority& target;
};

/// What is answered. `rule` is null when no rule matched and the default decided; it points into
/// the Policy.
struct Verdict {
  bool allowed = false;
  const Rule* rule = nullptr;
  /// The rule's name, or "default".
  std::string_view name() const {
    return rule == nullptr ? "default" : std::string_view(rule->name);
  }
};

class Policy {
 public:
  Policy(std::vector<Rule> rules, Action by_default)
      : rules_(std::move(rules)), default_(by_default) {}

  /// What holds without a config file: public hosts on ports 80, 443 and 1024 up; one rule,
  /// "public".
  static Policy built_in();

  Verdict decide(const Question& question) const;

  /// Is this address, one that the target resolved to or is, allowed under the verdict that
  /// `decide` gave for the same question? The answer names the rule that refuses: the rule of the
  /// verdict when the address is private and the rule does not say that it may be, or a deny rule
  /// before it that names the address. `verdict` must be an allowing one of this Policy.
  Verdict permits(const Question& question, const Verdict& verdict, const Address& address) const;

  const std::vector<Rule>& rules() const { return rules_; }
  Action by_default() const { return default_; }
  /// True when any client whatever may reach something: an allowing rule has no `clients`, or the
  /// default is allow. On a listener that is not loopback this is an open proxy.
  bool open_to_all_clients() const;

 private:
  std::vector<Rule> rules_;
  Action default_;
};

}  // namespace culvert::policy
