// SPDX-License-Identifier: Apache-2.0
#include "proxy/authenticate.hpp"

#include <cstring>
#include <utility>
#include <variant>

#include "auth/digest.hpp"

namespace culvert::proxy {
namespace {

using auth::Clock;
using auth::Passwords;

// A client with enough checks under way looks again so often, and a check takes so long at most,
// its turn included.
constexpr net::milliseconds look_again{20};
constexpr net::milliseconds longest_check{20'000};

std::unexpected<Denial> deny(Errc why) {
  return std::unexpected(Denial{.why = why});
}

std::unexpected<Denial> slow_down(std::chrono::seconds wait) {
  return std::unexpected(Denial{.why = Errc::credentials_guessed,
                                .retry_after = static_cast<std::uint32_t>(wait.count())});
}

/// A name chooses the same stand-in each time.
std::size_t number_in(const auth::Cache::Key& key) {
  std::size_t number = 0;
  std::memcpy(&number, key.data(), sizeof number);
  return number;
}

/// A token stands in place of the password under its user's name, or under none.
bool may_have_token(std::string_view named, std::string_view owner) {
  return named == owner || named.empty() || named == "token";
}

}  // namespace

Authenticator::Authenticator(auth::Settings settings, std::shared_ptr<const auth::Users> users,
                             std::shared_ptr<auth::Desk> desk)
    : settings_(std::move(settings)),
      users_(std::move(users)),
      desk_(std::move(desk)),
      offers_(auth::offers_of(settings_, *users_)) {}

std::vector<std::string> Authenticator::challenges(bool stale) const {
  return auth::challenges(offers_, settings_.realm, desk_->nonces.make(Clock::now()), stale);
}

net::Task<std::expected<Identity, Denial>> Authenticator::identify(
    AnswerWait& wait, const http1::RequestHead& head, const std::string& client) const {
  const auto read = auth::read_credentials(head.fields);
  if (!read && read.error() == auth::Missing::none) co_return deny(Errc::credentials_missing);
  if (!read) co_return deny(Errc::credentials_wrong);
  if (const auto* bearer = std::get_if<auth::Bearer>(&*read)) {
    co_return by_token(bearer->token, client);
  }
  if (const auto* digest = std::get_if<auth::Digest>(&*read)) {
    co_return by_digest(*digest, head, client);
  }
  const auto& basic = std::get<auth::Basic>(*read);
  const auto* owner = users_->owner_of_token(basic.password);
  if (owner != nullptr && may_have_token(basic.user, *owner)) {
    co_return by_token(basic.password, client);
  }
  co_return co_await by_password(wait, basic, client);
}

/// What is checked at once, and whether it is right. A client that is slowed is told nothing but
/// what it has proved lately.
Authenticator::Outcome Authenticator::judge(const auth::Cache::Key& key, bool right,
                                            const std::string& user,
                                            const std::string& client) const {
  const auto now = Clock::now();
  if (right && desk_->cache.knows(key, now)) return Identity{user};
  if (const auto wait = desk_->guard.wait(client, now)) return slow_down(*wait);
  if (!right) {
    desk_->guard.failed(client, now);
    return deny(Errc::credentials_wrong);
  }
  desk_->cache.remember(key, now, settings_.remember);
  return Identity{user};
}

Authenticator::Outcome Authenticator::by_token(std::string_view token,
                                               const std::string& client) const {
  const auto* owner = users_->owner_of_token(token);
  const auto key = desk_->cache.key_of({"token", token});
  return judge(key, owner != nullptr, owner == nullptr ? "" : *owner, client);
}

Authenticator::Outcome Authenticator::by_digest(const auth::Digest& given,
                                                const http1::RequestHead& head,
                                                const std::string& client) const {
  static const auth::DigestSecrets nobody;
  const auto* known = users_->digest_secrets(given.username);
  const auto& secrets = known == nullptr ? nobody : *known;
  const bool right = auth::proves(given, {.method = head.method, .target = head.target}, secrets) &&
                     given.realm == settings_.realm;
  // Each response is another one, so what is remembered is that this client knows the secret.
  const auto key =
      desk_->cache.key_of({"digest", given.username, secrets.md5, secrets.sha256, client});
  auto outcome = judge(key, right, given.username, client);
  if (outcome && !desk_->nonces.take(given.nonce, given.count, Clock::now())) {
    return std::unexpected(Denial{.why = Errc::credentials_wrong, .stale = true});
  }
  return outcome;
}

/// nullopt when nobody has a password.
std::optional<Passwords::Question> Authenticator::question_for(const auth::Basic& given,
                                                               const std::string& client) const {
  const auto* hash = users_->password_hash(given.user);
  const bool known = hash != nullptr;
  if (!known) hash = users_->stand_in(number_in(desk_->cache.key_of({"stand-in", given.user})));
  if (hash == nullptr) return std::nullopt;
  return Passwords::Question{.key = desk_->cache.key_of({known ? "password" : "stand-in",
                                                         given.user, given.password, *hash}),
                             .password = given.password,
                             .hash = *hash,
                             .known = known,
                             .client = client,
                             .remember = settings_.remember};
}

net::Task<Authenticator::Outcome> Authenticator::by_password(AnswerWait& wait,
                                                             const auth::Basic& given,
                                                             const std::string& client) const {
  const auto question = question_for(given, client);
  if (!question) co_return judge({}, false, given.user, client);
  const auto now = Clock::now();
  if (question->known && desk_->cache.knows(question->key, now)) co_return Identity{given.user};
  if (const auto slowed = desk_->guard.wait(client, now)) co_return slow_down(*slowed);
  const auto right = co_await ask(wait, *question);
  if (!right) co_return std::unexpected(right.error());
  if (!*right) co_return deny(Errc::credentials_wrong);
  co_return Identity{given.user};
}

/// The password is hashed on another thread, as soon as the client may have one more done.
net::Task<std::expected<bool, Denial>> Authenticator::ask(
    AnswerWait& wait, const Passwords::Question& question) const {
  const auto deadline = wait.loop().now() + longest_check;
  auto begun = desk_->passwords.check(question, wait.ask());
  while (begun == Passwords::Begun::client_has_enough && wait.loop().now() < deadline) {
    const auto paused = co_await wait.pause(look_again);
    if (!paused) co_return deny(Errc::aborted);
    // Those before this one may have been the same, or guesses.
    if (question.known && desk_->cache.knows(question.key, Clock::now())) co_return true;
    if (const auto slowed = desk_->guard.wait(question.client, Clock::now())) {
      co_return slow_down(*slowed);
    }
    begun = desk_->passwords.check(question, wait.ask());
  }
  if (begun != Passwords::Begun::yes) co_return deny(Errc::authentication_busy);
  const auto right = co_await wait.answer(deadline);
  if (right) co_return *right;
  co_return deny(right.error() == Errc::aborted ? Errc::aborted : Errc::authentication_busy);
}

}  // namespace culvert::proxy
