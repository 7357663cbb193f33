// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <culvert/error.hpp>
#include <culvert/http1/head.hpp>

#include "auth/challenge.hpp"
#include "auth/credentials.hpp"
#include "auth/desk.hpp"
#include "auth/settings.hpp"
#include "auth/users.hpp"
#include "proxy/answer_wait.hpp"

/// Who sends this request? Asked once for each request, before the policy.
namespace culvert::proxy {

struct Identity {
  std::string user;  ///< empty: nobody in particular
};

/// Why a request has no identity.
struct Denial {
  /// credentials_missing: none were sent, which is for the policy to judge. credentials_wrong: 407,
  /// malformed ones too. credentials_guessed: 429. authentication_busy: 503. aborted: the session
  /// is being ended.
  Errc why;
  bool stale = false;             ///< right but for Digest's nonce: for Authenticator::challenges
  std::uint32_t retry_after = 5;  ///< seconds, of a 429 or 503
};

/// Tells who sends a request, by one state of the account files. Made anew by a reload, while the
/// desk stays. Any thread may call.
class Authenticator {
 public:
  Authenticator(auth::Settings settings, std::shared_ptr<const auth::Users> users,
                std::shared_ptr<auth::Desk> desk);

  /// Reads and checks Proxy-Authorization. What is known already, Digest and tokens are answered at
  /// once; a new password is hashed on another thread, while `wait` waits for it on its loop.
  /// `client` says whose wrong credentials count together (Client::text()). All references
  /// outlive the task, this object too.
  net::Task<std::expected<Identity, Denial>> identify(AnswerWait& wait,
                                                      const http1::RequestHead& head,
                                                      const std::string& client) const;

  /// The values of the Proxy-Authenticate fields of a 407; empty when there is nothing to prove
  /// with, and then there should be no 407.
  std::vector<std::string> challenges(bool stale) const;

  const auth::Users& users() const { return *users_; }

 private:
  using Outcome = std::expected<Identity, Denial>;

  Outcome by_token(std::string_view token, const std::string& client) const;
  Outcome by_digest(const auth::Digest& given, const http1::RequestHead& head,
                    const std::string& client) const;
  net::Task<Outcome> by_password(AnswerWait& wait, const auth::Basic& given,
                                 const std::string& client) const;
  std::optional<auth::Passwords::Question> question_for(const auth::Basic& given,
                                                        const std::string& client) const;
  net::Task<std::expected<bool, Denial>> ask(AnswerWait& wait,
                                             const auth::Passwords::Question& question) const;
  Outcome judge(const auth::Cache::Key& key, bool right, const std::string& user,
                const std::string& client) const;

  auth::Settings settings_;
  std::shared_ptr<const auth::Users> users_;
  std::shared_ptr<auth::Desk> desk_;
  auth::Offers offers_;
};

}  // namespace culvert::proxy
