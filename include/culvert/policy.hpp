// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <culvert/address.hpp>
#include <culvert/authority.hpp>
#include <culvert/policy/rule.hpp>
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

/// Who is in which group.
class Membership {
 public:
  virtual bool in_group(std::string_view user, std::string_view group) const = 0;

 protected:
  ~Membership() = default;
};

/// What is asked. References last for the call only.
struct Question {
  const Address* client = nullptr;  ///< null: it came over a Unix socket, and matches no `clients`
  const Authority& target;
  Scheme scheme = Scheme::connect;
  std::string_view method = "CONNECT";
  std::string_view user = {};  ///< empty: nobody has said
  /// The client can be asked who it is: a rule that wants to know and would match otherwise is then
  /// no miss, but Verdict::wants_user.
  bool can_ask_user = false;
  const Membership* groups = nullptr;  ///< null: there are none
  MinuteOfWeek when = 0;
};

/// A selector by which a rule may miss.
enum class Selector : std::uint8_t { ports, clients, methods, schemes, hours, hosts, users };
/// "ports".
std::string_view word(Selector selector);

/// What is answered. `rule` is null when no rule matched and the default decided; it points into
/// the Policy.
struct Verdict {
  bool allowed = false;
  const Rule* rule = nullptr;
  bool wants_user = false;  ///< not allowed until the client says who it is
  /// The rule's name, or "default".
  std::string_view name() const {
    return rule == nullptr ? "default" : std::string_view(rule->name);
  }
};

/// A rule that was tried and does not match.
struct Miss {
  const Rule* rule;
  Selector by;
};

/// "report" lets denied traffic pass and logs what would have been denied.
enum class Mode : std::uint8_t { enforce, report };

class Policy {
 public:
  Policy(std::vector<Rule> rules, Action by_default, Mode mode = Mode::enforce)
      : rules_(std::move(rules)), default_(by_default), mode_(mode) {}

  /// What holds without a config file: public hosts on ports 80, 443 and 1024 up; one rule,
  /// "public", whose tunnels are opaque.
  static Policy built_in();

  Verdict decide(const Question& question) const;
  /// The rules that were tried before the one that decides, and what each missed by.
  std::vector<Miss> missed(const Question& question) const;

  /// Is this address, one that the target resolved to or is, allowed under the verdict that
  /// `decide` gave for the same question? The answer names the rule that refuses: the rule of the
  /// verdict when the address is private and the rule does not say that it may be, or a deny rule
  /// before it that names the address. `verdict` must be an allowing one of this Policy.
  Verdict permits(const Question& question, const Verdict& verdict, const Address& address) const;

  const std::vector<Rule>& rules() const { return rules_; }
  Action by_default() const { return default_; }
  Mode mode() const { return mode_; }
  /// True when any client whatever may reach something: an allowing rule has neither `clients` nor
  /// `users` nor `groups`, the default is allow, or the mode is report. On a listener that is not
  /// loopback this is an open proxy.
  bool open_to_all_clients() const;
  /// True when a rule asks who the user is.
  bool asks_user() const;

 private:
  std::vector<Rule> rules_;
  Action default_;
  Mode mode_;
};

/// A rule that can never match, since an earlier one matches all that it would. Both are numbers
/// from 0. Only single earlier rules are compared, not several together. Where users can be asked,
/// nobody gets past a rule for all of them: who has not said who they are is asked (407).
struct Shadowed {
  std::size_t rule;
  std::size_t by;
};
std::vector<Shadowed> shadowed_rules(const Policy& policy, bool can_ask_user);

/// True when no request has both one of the rule's methods and one of its schemes.
bool contradicts_itself(const Rule& rule);

/// The policy's content, piece by piece, in a form that is the same for two policies that mean the
/// same: order of rules kept, order in sets and lists not, spelling normalised, the contents of
/// files included. What a hash is made of that proves which policy is in force.
void write_canonical(const Policy& policy, const std::function<void(std::string_view)>& sink);

}  // namespace culvert::policy
