// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <culvert/policy.hpp>

#include "app/asked.hpp"
#include "app/judged_handshake.hpp"
#include "app/own_timeouts.hpp"

namespace culvert::app {

/// A request, and who makes it when.
struct Request {
  Asked asked;
  Address client = Address::v4(0x7f000001);
  std::string listener = {};        ///< by which it comes; empty: nobody has said
  std::string user;                 ///< empty: nobody has said
  std::vector<std::string> groups;  ///< that the user is in
  policy::MinuteOfWeek when = 0;
  bool known_by_place = false;  ///< the user is the client's by [identities]
  bool can_ask_user = false;    ///< who has not said who it is would be asked (407)
};

/// What a name resolved to, or why to nothing; nullopt when nobody looked.
using Found = std::optional<Result<std::vector<Address>>>;

/// Why a request is let through or not, step by step. Rules point into the policy.
struct Explanation {
  struct Missed {
    const policy::Rule* rule;
    policy::Selector by;
    std::string why;
  };
  struct Judged {
    Address address;
    bool allowed = false;
    bool wants_user = false;  ///< the rule that refuses it asks who it is
    std::string why;          ///< when it is not allowed
  };
  struct Decision {
    const policy::Rule* rule = nullptr;  ///< null: the default
    bool allowed = false;
    bool wants_user = false;
    /// Of a WebSocket to a target that is allowed; nullopt when no handshake is asked for, or none
    /// that the proxy would see.
    std::optional<JudgedHandshake> handshake = {};

    bool lets_through() const { return allowed && (!handshake || handshake->allowed()); }
  };
  enum class Outcome : std::uint8_t {
    allow,
    deny,
    needs_user,   ///< 407
    no_address,   ///< all addresses are refused
    cannot_tell,  ///< the name could not be resolved
  };

  explicit Explanation(Request what) : request(std::move(what)) {}

  Request request;
  std::vector<Missed> missed;  ///< the rules before the one that decides
  Decision decision;
  /// What browsers get, which ask for all but http:// by CONNECT (design of RFC 6455 §4.1); nullopt
  /// when that is what was asked.
  std::optional<Decision> browsers;
  std::vector<Judged> addresses;
  std::vector<OwnSetting> timeouts;                                ///< of the rule that decides
  config::OriginHttp origin_http = config::OriginHttp::automatic;  ///< what holds for it
  std::string lookup_failure;  ///< why there are no addresses; empty when nobody looked
  bool report_mode = false;
  Outcome outcome = Outcome::deny;
};

/// True when the addresses of the target matter: it is allowed by its name, so is the handshake of
/// a WebSocket, and it is not an address.
bool wants_addresses(const policy::Policy& policy, const Request& request);

/// An address is its own answer, whatever `found` is.
Explanation explained(const policy::Policy& policy, Request request, const Found& found);

/// "allow", also with what that depends on, or "deny" and why in a few words: "deny: needs a user
/// (407)".
std::string last_word(const Explanation& made);

}  // namespace culvert::app
