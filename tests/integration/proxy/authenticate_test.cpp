// SPDX-License-Identifier: Apache-2.0
// Who sends a request, asked on a real event loop.
#include "proxy/authenticate.hpp"

#include <atomic>
#include <future>
#include <thread>

#include <catch2/catch.hpp>

#include "hash/digest.hpp"
#include "unit/auth/hashes.hpp"

using namespace culvert;
using namespace culvert::proxy;
using namespace culvert::test;
using namespace std::chrono_literals;
using auth::Accounts;

namespace {

// "alice:open sesame", "alice:sesame", "nobody:open sesame", ":t0ken", "token:t0ken", "bot:t0ken",
// "alice:t0ken"
const std::string alice = "Basic YWxpY2U6b3BlbiBzZXNhbWU=";
const std::string alice_wrong = "Basic YWxpY2U6c2VzYW1l";
const std::string nobody = "Basic bm9ib2R5Om9wZW4gc2VzYW1l";
const std::string no_name_token = "Basic OnQwa2Vu";
const std::string named_token = "Basic dG9rZW46dDBrZW4=";
const std::string bot_token = "Basic Ym90OnQwa2Vu";
const std::string alice_token = "Basic YWxpY2U6dDBrZW4=";

Accounts accounts_with(const std::string& hash) {
  Accounts accounts;
  accounts.passwords["alice"] = hash;
  accounts.tokens[hash::sha256_hex("t0ken")] = "bot";
  accounts.digests["bob"] = {.md5 = hash::md5_hex("bob:culvert:secret"),
                             .sha256 = hash::sha256_hex("bob:culvert:secret")};
  return accounts;
}

/// A loop with a clock that ticks on it.
class Ticking {
 public:
  explicit Ticking(net::Loop& loop) : loop_(loop), pause_(loop) { loop.spawn(tick()); }

  int ticks() const { return ticks_; }
  void stop() {
    stopped_ = true;
    pause_.wake(net::Woken::aborted);
  }

 private:
  net::Task<void> tick() {
    while (!stopped_) {
      co_await pause_.wait(loop_.now() + 5ms);
      ++ticks_;
    }
  }

  net::Loop& loop_;
  net::Waiter pause_;
  int ticks_ = 0;
  bool stopped_ = false;
};

using Outcome = std::expected<Identity, Denial>;

net::Task<void> identify_into(const Authenticator& who, AnswerWait& wait, std::string credentials,
                              std::string client, std::vector<Outcome>& into) {
  http1::RequestHead head{.method = "CONNECT", .target = "h:443", .fields = {}};
  if (!credentials.empty()) head.fields.add({.name = "Proxy-Authorization", .value = credentials});
  into.push_back(co_await who.identify(wait, head, client));
}

/// An authenticator, a loop, and what is asked on it.
class Asking {
 public:
  explicit Asking(const std::string& hash = bcrypt_2b, auth::Settings settings = {.htpasswd = "p"})
      : who_(std::move(settings), std::make_shared<auth::Users>(accounts_with(hash)), desk) {}

  /// Starts a request, whose answer comes with run().
  AnswerWait& start(const std::string& credentials, const std::string& client = "client") {
    waits_.push_back(std::make_unique<AnswerWait>(loop));
    loop.spawn(identify_into(who_, *waits_.back(), credentials, client, outcomes));
    return *waits_.back();
  }
  /// Runs until all that was started is answered, or for a while.
  void run(net::milliseconds limit = 30s) {
    loop.spawn(wait_for_all(loop.now() + limit));
    loop.run();
  }
  Outcome ask(const std::string& credentials, const std::string& client = "client") {
    const auto before = outcomes.size();
    start(credentials, client);
    run();
    REQUIRE(outcomes.size() == before + 1);
    return outcomes.back();
  }
  const Authenticator& who() const { return who_; }

  std::shared_ptr<auth::Desk> desk = std::make_shared<auth::Desk>();
  net::Loop loop;
  std::vector<Outcome> outcomes;

 private:
  net::Task<void> wait_for_all(net::TimePoint deadline) {
    net::Waiter pause(loop);
    while (outcomes.size() < waits_.size() && net::Clock::now() < deadline) {
      co_await pause.wait(loop.now() + 1ms);
    }
    loop.stop();
  }

  Authenticator who_;
  std::vector<std::unique_ptr<AnswerWait>> waits_;
};

/// What somebody is told.
std::string said(const Outcome& outcome) {
  if (outcome) return "user " + outcome->user;
  switch (outcome.error().why) {
    case Errc::credentials_missing: return "missing";
    case Errc::credentials_wrong: return outcome.error().stale ? "stale" : "wrong";
    case Errc::credentials_guessed: return "guessed";
    case Errc::authentication_busy: return "busy";
    case Errc::aborted: return "aborted";
    default: return "something else";
  }
}

std::string digest_response(const std::string& nonce, const std::string& nc,
                            const std::string& password) {
  const auto secret = hash::sha256_hex("bob:culvert:" + password);
  const auto request = hash::sha256_hex("CONNECT:h:443");
  return "Digest username=\"bob\", realm=\"culvert\", uri=\"h:443\", algorithm=SHA-256, nonce=\"" +
         nonce + "\", nc=" + nc + ", cnonce=\"c\", qop=auth, response=\"" +
         hash::sha256_hex(secret + ":" + nonce + ":" + nc + ":c:auth:" + request) + "\"";
}

std::string nonce_in(const std::vector<std::string>& challenges) {
  const auto& line = challenges.at(0);
  const auto begin = line.find("nonce=\"") + 7;
  return line.substr(begin, line.find('"', begin) - begin);
}

}  // namespace

TEST_CASE("authenticate: a password says who it is, and nothing else does", "[authenticate]") {
  Asking asking;
  CHECK(said(asking.ask("")) == "missing");
  CHECK(said(asking.ask(alice)) == "user alice");
  CHECK(said(asking.ask(alice_wrong)) == "wrong");
  CHECK(said(asking.ask(nobody)) == "wrong");
  CHECK(said(asking.ask("Basic nonsense")) == "wrong");
  CHECK(said(asking.ask("Negotiate YII=")) == "wrong");
}

TEST_CASE("authenticate: a token is good as Bearer and in place of a password", "[authenticate]") {
  Asking asking;
  CHECK(said(asking.ask("Bearer t0ken")) == "user bot");
  CHECK(said(asking.ask("Bearer other")) == "wrong");
  CHECK(said(asking.ask(no_name_token)) == "user bot");
  CHECK(said(asking.ask(named_token)) == "user bot");
  CHECK(said(asking.ask(bot_token)) == "user bot");
  CHECK(said(asking.ask(alice_token)) == "wrong");
}

TEST_CASE("authenticate: the loop goes on while a password is hashed", "[authenticate]") {
  Asking asking(bcrypt_cost_12);
  Ticking ticking(asking.loop);
  const auto begun = net::Clock::now();
  CHECK(said(asking.ask(alice)) == "user alice");
  CHECK(net::Clock::now() - begun > 100ms);
  CHECK(ticking.ticks() > 5);  // a loop that waits for the hash ticks when it is there

  const auto before = ticking.ticks();
  CHECK(said(asking.ask(alice)) == "user alice");
  CHECK(ticking.ticks() <= before + 1);  // at once
  ticking.stop();
  asking.run(1ms);
}

TEST_CASE("authenticate: many requests with one new password are one check", "[authenticate]") {
  Asking asking(bcrypt_cost_12);
  for (int i = 0; i < 40; ++i) asking.start(alice);
  asking.run();
  REQUIRE(asking.outcomes.size() == 40);
  for (const auto& outcome : asking.outcomes) CHECK(said(outcome) == "user alice");
}

TEST_CASE("authenticate: an unknown name is hashed for, like a known one", "[authenticate]") {
  Asking asking(bcrypt_cost_12);
  const auto begun = net::Clock::now();
  CHECK(said(asking.ask(nobody)) == "wrong");
  CHECK(net::Clock::now() - begun > 100ms);
}

TEST_CASE("authenticate: a session that is ended during a check goes at once", "[authenticate]") {
  Asking asking(bcrypt_cost_12);
  auto& wait = asking.start(alice);
  asking.loop.later([&] { asking.loop.later([&] { wait.abort(); }); });
  asking.run();
  const auto key = asking.desk->cache.key_of({"password", "alice", "open sesame", bcrypt_cost_12});
  CHECK_FALSE(asking.desk->cache.knows(key, net::Clock::now()));  // the check goes on
  REQUIRE(asking.outcomes.size() == 1);
  CHECK(said(asking.outcomes[0]) == "aborted");
  // What comes out is remembered all the same.
  CHECK(said(asking.ask(alice)) == "user alice");
}

TEST_CASE("authenticate: an answer may come after the session and its loop", "[authenticate]") {
  const auto desk = std::make_shared<auth::Desk>();
  const Authenticator who({.htpasswd = "p"},
                          std::make_shared<auth::Users>(accounts_with(bcrypt_cost_12)), desk);
  std::vector<Outcome> outcomes;
  {
    net::Loop loop;
    AnswerWait wait(loop);
    loop.spawn(identify_into(who, wait, alice, "client", outcomes));
    loop.later([&] {
      loop.later([&] {
        wait.abort();
        loop.later([&] { loop.stop(); });
      });
    });
    loop.run();
  }
  REQUIRE(outcomes.size() == 1);
  CHECK(said(outcomes[0]) == "aborted");
  const auto begun = net::Clock::now();
  const auto key = desk->cache.key_of({"password", "alice", "open sesame", bcrypt_cost_12});
  while (!desk->cache.knows(key, net::Clock::now()) && net::Clock::now() - begun < 30s) {
    std::this_thread::sleep_for(5ms);
  }
  CHECK(desk->cache.knows(key, net::Clock::now()));
}

TEST_CASE("authenticate: one client's guesses are slowed, and not its proved user",
          "[authenticate]") {
  Asking asking;
  CHECK(said(asking.ask(alice)) == "user alice");
  for (int i = 0; i < auth::Guard::free_failures; ++i) {
    CHECK(said(asking.ask(alice_wrong)) == "wrong");
  }
  const auto slowed = asking.ask(alice_wrong);
  CHECK(said(slowed) == "guessed");
  CHECK(slowed.error().retry_after == 1);
  CHECK(said(asking.ask("Bearer t0ken")) == "guessed");
  CHECK(said(asking.ask(alice)) == "user alice");
  CHECK(said(asking.ask(alice_wrong, "other")) == "wrong");
}

TEST_CASE("authenticate: with all threads taken and as many waiting, the next is busy",
          "[authenticate]") {
  Asking asking;
  std::promise<void> open;
  const auto gate = open.get_future().share();
  std::atomic<std::size_t> held = 0;
  int asked = 0;
  const auto check = [&](const char* hash, auto told) {
    const auto name = std::to_string(++asked);
    return asking.desk->passwords.check({.key = asking.desk->cache.key_of({name}),
                                         .password = "x",
                                         .hash = hash,
                                         .client = name,
                                         .remember = 0s},
                                        told);
  };
  for (std::size_t i = 0; i < auth::Hasher::threads; ++i) {
    REQUIRE(check(bcrypt_2b, [&held, gate](bool) {
              ++held;
              gate.wait();
            }) == auth::Passwords::Begun::yes);
  }
  while (held < auth::Hasher::threads) std::this_thread::yield();
  for (std::size_t i = 0; i < auth::Hasher::waiting; ++i) {
    REQUIRE(check("$2b$", [](bool) {}) == auth::Passwords::Begun::yes);
  }
  CHECK(said(asking.ask(alice)) == "busy");
  CHECK(said(asking.ask("Bearer t0ken")) == "user bot");
  open.set_value();
}

TEST_CASE("authenticate: Digest proves the password, each response once", "[authenticate]") {
  Asking asking(bcrypt_2b, {.htdigest = "d"});
  const auto nonce = nonce_in(asking.who().challenges(false));
  CHECK(said(asking.ask(digest_response(nonce, "00000001", "secret"))) == "user bob");
  CHECK(said(asking.ask(digest_response(nonce, "00000001", "secret"))) == "stale");
  CHECK(said(asking.ask(digest_response(nonce, "00000002", "secret"))) == "user bob");
  CHECK(said(asking.ask(digest_response(nonce, "00000003", "guess"))) == "wrong");
  CHECK(said(asking.ask(digest_response("made up", "00000001", "secret"))) == "stale");
  CHECK(said(asking.ask(digest_response("made up", "00000001", "guess"))) == "wrong");
}

TEST_CASE("authenticate: who has proved a Digest user lately is not slowed for it",
          "[authenticate]") {
  Asking asking(bcrypt_2b, {.htdigest = "d"});
  const auto nonce = nonce_in(asking.who().challenges(false));
  CHECK(said(asking.ask(digest_response(nonce, "00000001", "secret"))) == "user bob");
  for (int i = 0; i < auth::Guard::free_failures; ++i) {
    CHECK(said(asking.ask("Bearer guess")) == "wrong");
  }
  CHECK(said(asking.ask(digest_response(nonce, "00000002", "secret"))) == "user bob");
  CHECK(said(asking.ask(digest_response(nonce, "00000003", "guess"))) == "guessed");
  for (int i = 0; i < auth::Guard::free_failures; ++i) {
    CHECK(said(asking.ask("Bearer guess", "other")) == "wrong");
  }
  CHECK(said(asking.ask(digest_response(nonce, "00000004", "secret"), "other")) == "guessed");
}

TEST_CASE("authenticate: what is asked for is what there is", "[authenticate]") {
  CHECK(Asking(bcrypt_2b, {}).who().challenges(false).empty());
  const Asking asking(bcrypt_2b, {.realm = "inside", .htpasswd = "p", .tokens = "t"});
  CHECK(asking.who().challenges(true) ==
        std::vector<std::string>{"Bearer realm=\"inside\"",
                                 "Basic realm=\"inside\", charset=\"UTF-8\""});
}
