// SPDX-License-Identifier: Apache-2.0
#include "dns/resolver.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <thread>

#include <unistd.h>

#include <catch2/catch.hpp>
#include <culvert/error.hpp>

#include "net/waiter.hpp"
#include "support/dns_server.hpp"

using namespace culvert;
using namespace std::chrono_literals;
using dns::Resolver;
using dns::Settings;
using net::milliseconds;
using test::DnsServer;
using test::Rcode;
using test::Record;
using test::Type;
using Texts = std::vector<std::string>;

namespace {

struct Outcome {
  Result<std::vector<Address>> answer;
  milliseconds took{0};

  Texts texts() const {
    Texts written;
    for (const auto& address : answer.value_or(std::vector<Address>())) {
      written.push_back(address.text());
    }
    return written;
  }
  std::error_code error() const { return answer ? std::error_code() : answer.error(); }
};

/// As much of a worker as a resolver needs: a loop, on which a test asks and waits for what comes
/// of it.
class Worker {
 public:
  net::Loop& loop() { return loop_; }

  /// Turns the loop for a while.
  void pause(milliseconds time) {
    begin(rest(time));
    finish();
  }

  Outcome ask(Resolver& resolver, const std::string& name, milliseconds limit = 5s) {
    return ask_all(resolver, {name}, limit).front();
  }

  /// Asks for all the names at once.
  std::vector<Outcome> ask_all(Resolver& resolver, const Texts& names, milliseconds limit = 5s) {
    pause(1ms);  // the loop's time stood still meanwhile
    std::vector<Outcome> outcomes(names.size());
    for (std::size_t i = 0; i < names.size(); ++i) {
      begin(look_up(resolver, *Host::parse(names[i]), limit, outcomes[i]));
    }
    finish();
    return outcomes;
  }

  /// Begins without waiting; finish() waits for all that was begun.
  void begin_asking(Resolver& resolver, const std::string& name, milliseconds limit,
                    Outcome& into) {
    begin(look_up(resolver, *Host::parse(name), limit, into));
  }
  void finish() {
    if (left_ > 0) loop_.run();
  }
  net::Task<void> rest(milliseconds time) {
    net::Waiter waiter(loop_);
    co_await waiter.wait(net::Clock::now() + time);
  }
  void begin(net::Task<void> task) {
    ++left_;
    loop_.spawn(counted(std::move(task)));
  }

 private:
  net::Task<void> counted(net::Task<void> task) {
    co_await std::move(task);
    if (--left_ == 0) loop_.stop();
  }

  net::Task<void> look_up(Resolver& resolver, Host host, milliseconds limit, Outcome& into) {
    const auto began = net::Clock::now();
    into.answer = co_await resolver.look_up(host, began + limit);
    into.took = std::chrono::duration_cast<milliseconds>(net::Clock::now() - began);
  }

  net::Loop loop_;
  int left_ = 0;
};

dns::Server at(std::uint16_t port) {
  return {.address = *Address::parse("127.0.0.1"), .port = port};
}

Settings asking(const DnsServer& server) {
  Settings settings;
  settings.servers = {at(server.port())};
  settings.hosts_file = "";
  return settings;
}

/// Of a server that was there and is no more: whoever sends to it is refused.
std::uint16_t closed_port() {
  const DnsServer gone;
  return gone.port();
}

}  // namespace

TEST_CASE("resolver: A and AAAA are both asked for, and answered in the order of the answers",
          "[resolver]") {
  DnsServer server;
  server.host("chat.test", {"192.0.2.2", "2001:db8::1", "192.0.2.1", "192.0.2.2"});
  Worker worker;
  Resolver resolver(worker.loop(), asking(server));
  CHECK(worker.ask(resolver, "chat.test").texts() ==
        Texts{"192.0.2.2", "192.0.2.1", "2001:db8::1"});
  CHECK(server.queries("chat.test", Type::a) == 1);
  CHECK(server.queries("chat.test", Type::aaaa) == 1);
}

TEST_CASE("resolver: a name is asked for as it is, with no search domain", "[resolver]") {
  DnsServer server;
  server.host("intranet", {"192.0.2.1"});
  Worker worker;
  Resolver resolver(worker.loop(), asking(server));
  CHECK(worker.ask(resolver, "intranet").texts() == Texts{"192.0.2.1"});
  CHECK(worker.ask(resolver, "other").error() == Errc::name_not_found);
  CHECK(server.queries() == 4);
}

TEST_CASE("resolver: an address is its own answer and nobody is asked", "[resolver]") {
  DnsServer server;
  Worker worker;
  Resolver resolver(worker.loop(), asking(server));
  CHECK(worker.ask(resolver, "192.0.2.7").texts() == Texts{"192.0.2.7"});
  CHECK(worker.ask(resolver, "[2001:db8::7]").texts() == Texts{"2001:db8::7"});
  CHECK(worker.ask(resolver, "0x7f.1").texts() == Texts{"127.0.0.1"});
  CHECK(server.queries() == 0);
}

TEST_CASE("resolver: localhost and names below it are answered here", "[resolver]") {
  const auto* name = GENERATE("localhost", "LOCALHOST.", "a.localhost", "a.b.localhost");
  CAPTURE(name);
  DnsServer server;
  Worker worker;
  Resolver resolver(worker.loop(), asking(server));
  CHECK(worker.ask(resolver, name).texts() == Texts{"127.0.0.1", "::1"});
  CHECK(worker.ask(resolver, "notlocalhost").error() == Errc::name_not_found);
  CHECK(server.queries() == 2);
}

TEST_CASE("resolver: aliases are followed, and the least TTL of the chain counts", "[resolver]") {
  DnsServer server;
  const Record first{.owner = "www.test", .type = Type::cname, .ttl = 2, .data = "cdn.test"};
  const Record second{.owner = "cdn.test", .type = Type::cname, .ttl = 90, .data = "edge.test"};
  const Record last{.owner = "edge.test", .ttl = 99, .data = "192.0.2.1"};
  const Record stray{.owner = "elsewhere.test", .ttl = 99, .data = "192.0.2.66"};
  server.script("www.test", Type::a, {{.records = {first, second, last, stray}}});
  server.script("www.test", Type::aaaa, {{.records = {first, second}}});
  Worker worker;
  auto settings = asking(server);
  settings.min_ttl = 0ms;
  Resolver resolver(worker.loop(), settings);
  CHECK(worker.ask(resolver, "www.test").texts() == Texts{"192.0.2.1"});
  worker.pause(700ms);
  CHECK(worker.ask(resolver, "www.test").texts() == Texts{"192.0.2.1"});
  CHECK(server.queries() == 2);
  worker.pause(1400ms);
  CHECK(worker.ask(resolver, "www.test").texts() == Texts{"192.0.2.1"});
  CHECK(server.queries() == 4);
}

TEST_CASE("resolver: however many wait for a name, it is asked for once", "[resolver]") {
  DnsServer server;
  const Record record{.owner = "chat.test", .data = "192.0.2.1"};
  server.script("chat.test", Type::a, {{.records = {record}, .delay = 50ms}});
  server.script("chat.test", Type::aaaa, {{.delay = 50ms}});
  Worker worker;
  Resolver resolver(worker.loop(), asking(server));
  const auto outcomes = worker.ask_all(resolver, Texts(100, "chat.test"));
  CHECK(std::ranges::all_of(
      outcomes, [](const Outcome& outcome) { return outcome.texts() == Texts{"192.0.2.1"}; }));
  CHECK(server.queries("chat.test", Type::a) == 1);
  CHECK(server.queries("chat.test", Type::aaaa) == 1);
}

TEST_CASE("resolver: one that gives up early does not disturb the others", "[resolver]") {
  DnsServer server;
  const Record record{.owner = "chat.test", .data = "192.0.2.1"};
  server.script("chat.test", Type::a, {{.records = {record}, .delay = 1s}});
  server.script("chat.test", Type::aaaa, {{.delay = 1s}});
  Worker worker;
  Resolver resolver(worker.loop(), asking(server));
  Outcome hasty;
  Outcome patient;
  worker.begin_asking(resolver, "chat.test", 50ms, hasty);
  worker.begin_asking(resolver, "chat.test", 5s, patient);
  worker.finish();
  CHECK(hasty.error() == Errc::dns_timeout);
  CHECK(hasty.took < 900ms);
  CHECK(patient.texts() == Texts{"192.0.2.1"});
  CHECK(server.queries() == 2);
}

TEST_CASE("resolver: an answer is kept until its TTL is over, then asked for anew", "[resolver]") {
  DnsServer server;
  const auto told = [](const char* address) {
    const Record record{.owner = "chat.test", .ttl = 0, .data = address};
    return test::Say{.records = {record}};
  };
  server.script("chat.test", Type::a, {told("192.0.2.1"), told("127.0.0.1")});  // rebinding
  server.script("chat.test", Type::aaaa, {{}});
  Worker worker;
  auto settings = asking(server);
  settings.min_ttl = 1s;
  Resolver resolver(worker.loop(), settings);
  CHECK(worker.ask(resolver, "chat.test").texts() == Texts{"192.0.2.1"});
  CHECK(worker.ask(resolver, "chat.test").texts() == Texts{"192.0.2.1"});
  CHECK(server.queries() == 2);
  worker.pause(1050ms);
  CHECK(worker.ask(resolver, "chat.test").texts() == Texts{"127.0.0.1"});
  CHECK(server.queries() == 4);
}

TEST_CASE("resolver: an answer is kept no longer than max_ttl", "[resolver]") {
  DnsServer server;
  server.host("chat.test", {"192.0.2.1"}, 0x7fffffff);
  Worker worker;
  auto settings = asking(server);
  settings.min_ttl = 0ms;
  settings.max_ttl = 1s;
  Resolver resolver(worker.loop(), settings);
  worker.ask(resolver, "chat.test");
  worker.ask(resolver, "chat.test");
  CHECK(server.queries() == 2);
  worker.pause(1050ms);
  CHECK(worker.ask(resolver, "chat.test").texts() == Texts{"192.0.2.1"});
  CHECK(server.queries() == 4);
}

TEST_CASE("resolver: that a name does not exist or has no address is kept for negative_ttl",
          "[resolver]") {
  const bool exists = GENERATE(true, false);
  CAPTURE(exists);
  DnsServer server;
  if (exists) server.host("gone.test", {});
  Worker worker;
  auto settings = asking(server);
  settings.negative_ttl = 1s;
  Resolver resolver(worker.loop(), settings);
  CHECK(worker.ask(resolver, "gone.test").error() == Errc::name_not_found);
  CHECK(worker.ask(resolver, "gone.test").error() == Errc::name_not_found);
  CHECK(server.queries() == 2);
  server.host("gone.test", {"2001:db8::1"});
  worker.pause(1050ms);
  CHECK(worker.ask(resolver, "gone.test").texts() == Texts{"2001:db8::1"});
}

TEST_CASE("resolver: a server's failure is a failure and is not kept", "[resolver]") {
  const auto rcode = GENERATE(Rcode::failure, Rcode::refused, Rcode::format_error);
  CAPTURE(static_cast<int>(rcode));
  DnsServer server;
  server.otherwise({.rcode = rcode});
  Worker worker;
  Resolver resolver(worker.loop(), asking(server));
  const auto outcome = worker.ask(resolver, "chat.test");
  CHECK(outcome.error() == Errc::dns_error);
  CHECK(outcome.took < 1800ms);
  server.host("chat.test", {"192.0.2.1"});
  CHECK(worker.ask(resolver, "chat.test").texts() == Texts{"192.0.2.1"});
}

TEST_CASE("resolver: the addresses of one family are an answer when the other family fails",
          "[resolver]") {
  const auto [good, bad, address] = GENERATE(table<Type, Type, const char*>({
      {Type::a, Type::aaaa, "192.0.2.1"},
      {Type::aaaa, Type::a, "2001:db8::1"},
  }));
  const auto failure = GENERATE(test::Say{.rcode = Rcode::failure},
                                test::Say{.rcode = Rcode::no_name}, test::Say{.silent = true});
  CAPTURE(address, static_cast<int>(failure.rcode), failure.silent);
  DnsServer server;
  const Record record{.owner = "chat.test", .type = good, .data = address};
  server.script("chat.test", good, {{.records = {record}}});
  server.script("chat.test", bad, {failure});
  Worker worker;
  auto settings = asking(server);
  settings.timeout = 1s;
  Resolver resolver(worker.loop(), settings);
  const auto outcome = worker.ask(resolver, "chat.test");
  CHECK(outcome.texts() == Texts{address});
  CHECK(outcome.took < 2500ms);
}

TEST_CASE("resolver: with IPv4 there, IPv6 is waited for shortly, and found when it came late",
          "[resolver]") {
  DnsServer server;
  const Record v4{.owner = "chat.test", .data = "192.0.2.1"};
  const Record v6{.owner = "chat.test", .type = Type::aaaa, .data = "2001:db8::1"};
  server.script("chat.test", Type::a, {{.records = {v4}}});
  server.script("chat.test", Type::aaaa, {{.records = {v6}, .delay = 1500ms}});
  Worker worker;
  Resolver resolver(worker.loop(), asking(server));
  const auto first = worker.ask(resolver, "chat.test");
  CHECK(first.texts() == Texts{"192.0.2.1"});
  CHECK(first.took >= 50ms);
  CHECK(first.took < 1s);
  auto quickest = first.took;  // of those while AAAA is still under way
  for (int i = 0; i < 5 && quickest >= 40ms; ++i) {
    const auto next = worker.ask(resolver, "chat.test");
    CHECK(next.texts() == Texts{"192.0.2.1"});
    quickest = std::min(quickest, next.took);
  }
  CHECK(quickest < 40ms);
  worker.pause(1800ms);
  CHECK(worker.ask(resolver, "chat.test").texts() == Texts{"192.0.2.1", "2001:db8::1"});
  CHECK(server.queries() == 2);
}

TEST_CASE("resolver: a silent server is asked `tries` times, then it is a timeout", "[resolver]") {
  DnsServer server;
  server.otherwise({.silent = true});
  Worker worker;
  auto settings = asking(server);
  settings.timeout = 100ms;
  settings.tries = 2;
  Resolver resolver(worker.loop(), settings);
  const auto outcome = worker.ask(resolver, "chat.test");
  CHECK(outcome.error() == Errc::dns_timeout);
  CHECK(outcome.took >= 250ms);
  CHECK(outcome.took < 4s);
  CHECK(server.queries("chat.test", Type::a) == 2);
}

TEST_CASE("resolver: an answer that was lost is asked for again", "[resolver]") {
  DnsServer server;
  const Record record{.owner = "chat.test", .data = "192.0.2.1"};
  server.script("chat.test", Type::a, {{.silent = true}, {.records = {record}}});
  server.script("chat.test", Type::aaaa, {{.silent = true}, {}});
  Worker worker;
  auto settings = asking(server);
  settings.timeout = 100ms;
  Resolver resolver(worker.loop(), settings);
  CHECK(worker.ask(resolver, "chat.test").texts() == Texts{"192.0.2.1"});
}

TEST_CASE("resolver: a deadline before the server's time is over is a timeout", "[resolver]") {
  DnsServer server;
  server.otherwise({.silent = true});
  Worker worker;
  Resolver resolver(worker.loop(), asking(server));
  const auto outcome = worker.ask(resolver, "chat.test", 80ms);
  CHECK(outcome.error() == Errc::dns_timeout);
  CHECK(outcome.took >= 80ms);
  CHECK(outcome.took < 1800ms);
  CHECK(worker.ask(resolver, "chat.test", -1ms).error() == Errc::dns_timeout);
}

TEST_CASE("resolver: an answer cut off by UDP is asked for again by TCP", "[resolver]") {
  const bool in_bytes = GENERATE(false, true);
  CAPTURE(in_bytes);
  DnsServer server;
  const Record record{.owner = "chat.test", .data = "192.0.2.1"};
  const test::Say say{.records = {record}, .truncated = true, .in_bytes = in_bytes};
  server.script("chat.test", Type::a, {say});
  server.script("chat.test", Type::aaaa, {{.truncated = true, .in_bytes = in_bytes}});
  Worker worker;
  Resolver resolver(worker.loop(), asking(server));
  const auto outcome = worker.ask(resolver, "chat.test");
  CHECK(outcome.texts() == Texts{"192.0.2.1"});
  CHECK(outcome.took < 1500ms);
  CHECK(server.tcp_queries() == 2);
}

TEST_CASE("resolver: many answers by one TCP connection are all read", "[resolver]") {
  DnsServer server;
  Texts names;
  for (int i = 0; i < 60; ++i) {
    names.push_back("n" + std::to_string(i) + ".test");
    test::Say say{.records = {}, .truncated = true};
    for (int n = 0; n < 200; ++n) {
      say.records.push_back({.owner = names.back(), .data = "192.0.2." + std::to_string(n)});
    }
    server.script(names.back(), Type::a, {say});
  }
  Worker worker;
  Resolver resolver(worker.loop(), asking(server));
  const auto outcomes = worker.ask_all(resolver, names);
  for (const auto& outcome : outcomes) {
    CHECK(outcome.error() == std::error_code());
    CHECK(outcome.texts().size() == 64);  // more are not kept
    CHECK(outcome.took < 1500ms);
  }
  CHECK(server.tcp_queries() == 60);
}

TEST_CASE("resolver: when the first server is not there the second is asked at once",
          "[resolver]") {
  DnsServer server;
  server.host("chat.test", {"192.0.2.1"});
  Worker worker;
  auto settings = asking(server);
  settings.servers.insert(settings.servers.begin(), at(closed_port()));
  Resolver resolver(worker.loop(), settings);
  const auto outcome = worker.ask(resolver, "chat.test");
  CHECK(outcome.texts() == Texts{"192.0.2.1"});
  CHECK(outcome.took < 1800ms);
}

TEST_CASE("resolver: when the first server is silent or fails the second is asked", "[resolver]") {
  const auto say = GENERATE(test::Say{.silent = true}, test::Say{.rcode = Rcode::failure});
  CAPTURE(say.silent);
  DnsServer bad;
  bad.otherwise(say);
  DnsServer server;
  server.host("chat.test", {"192.0.2.1"});
  Worker worker;
  auto settings = asking(server);
  settings.timeout = 100ms;
  settings.servers.insert(settings.servers.begin(), at(bad.port()));
  Resolver resolver(worker.loop(), settings);
  CHECK(worker.ask(resolver, "chat.test").texts() == Texts{"192.0.2.1"});
  CHECK(bad.queries() >= 2);
}

TEST_CASE("resolver: no server at all is a failure at once", "[resolver]") {
  DnsServer server;
  Worker worker;
  auto settings = asking(server);
  settings.servers = {at(closed_port())};
  Resolver resolver(worker.loop(), settings);
  const auto outcome = worker.ask(resolver, "chat.test");
  CHECK(outcome.error() == Errc::dns_error);
  CHECK(outcome.took < 1800ms);
}

TEST_CASE("resolver: when the first server is not there, many names at once are none the slower",
          "[resolver]") {
  DnsServer server;
  Texts names;
  for (int i = 0; i < 300; ++i) {
    names.push_back("n" + std::to_string(i) + ".test");
    server.host(names.back(), {"192.0.2.1"});
  }
  Worker worker;
  auto settings = asking(server);
  settings.servers.insert(settings.servers.begin(), at(closed_port()));
  settings.timeout = 5s;
  Resolver resolver(worker.loop(), settings);
  const auto outcomes = worker.ask_all(resolver, names, 20s);
  for (const auto& outcome : outcomes) {
    CHECK(outcome.texts() == Texts{"192.0.2.1"});
    CHECK(outcome.took < 4500ms);
  }
}

TEST_CASE("resolver: what c-ares refuses without asking is an answer too", "[resolver]") {
  DnsServer server;
  Worker worker;
  Resolver resolver(worker.loop(), asking(server));
  CHECK(worker.ask(resolver, "hidden.onion").error() == Errc::name_not_found);  // RFC 7686
  CHECK(server.queries() == 0);
}

TEST_CASE("resolver: the hosts file comes first, and its changes are seen", "[resolver]") {
  const std::string path = "/tmp/culvert-resolver-hosts-" + std::to_string(getpid());
  std::ofstream(path) << "192.0.2.77 chat.test\n";
  DnsServer server;
  server.host("chat.test", {"192.0.2.1"});
  Worker worker;
  auto settings = asking(server);
  settings.hosts_file = path;
  Resolver resolver(worker.loop(), settings);
  CHECK(worker.ask(resolver, "chat.test").texts() == Texts{"192.0.2.77"});
  CHECK(server.queries() == 0);
  std::filesystem::remove(path);
  worker.pause(1100ms);
  CHECK(worker.ask(resolver, "chat.test").texts() == Texts{"192.0.2.1"});
}

TEST_CASE("resolver: two thousand names at once are all answered", "[resolver]") {
  DnsServer server;
  Texts names;
  for (int i = 0; i < 2000; ++i) {
    names.push_back("n" + std::to_string(i) + ".test");
    const auto last = std::to_string(i / 256) + "." + std::to_string(i % 256);
    server.host(names.back(), {"198.18." + last});
  }
  Worker worker;
  Resolver resolver(worker.loop(), asking(server));
  const auto outcomes = worker.ask_all(resolver, names, 20s);
  int right = 0;
  for (int i = 0; i < 2000; ++i) {
    const auto last = std::to_string(i / 256) + "." + std::to_string(i % 256);
    if (outcomes[static_cast<std::size_t>(i)].texts() == Texts{"198.18." + last}) ++right;
  }
  CHECK(right == 2000);
  CHECK(server.queries() == 4000);
}

TEST_CASE("resolver: names whose servers are silent do not hold up the others", "[resolver]") {
  DnsServer server;
  server.otherwise({.silent = true});
  server.host("chat.test", {"192.0.2.1"});
  Worker worker;
  Resolver resolver(worker.loop(), asking(server));
  std::vector<Outcome> silent(300);
  for (std::size_t i = 0; i < silent.size(); ++i) {
    worker.begin_asking(resolver, "s" + std::to_string(i) + ".test", 2500ms, silent[i]);
  }
  Outcome good;
  worker.begin_asking(resolver, "chat.test", 2500ms, good);
  worker.finish();
  CHECK(good.texts() == Texts{"192.0.2.1"});
}

TEST_CASE("resolver: more names than can wait are refused at once, and later ones are not",
          "[resolver]") {
  DnsServer server;
  server.otherwise({.silent = true});
  server.host("chat.test", {"192.0.2.1"});
  Worker worker;
  Resolver resolver(worker.loop(), asking(server));
  Texts names;
  for (int i = 0; i < 5000; ++i) names.push_back("s" + std::to_string(i) + ".test");
  const auto outcomes = worker.ask_all(resolver, names, 300ms);
  const auto refused = std::ranges::count_if(outcomes, [](const Outcome& outcome) {
    return outcome.error() == Errc::connection_limit_reached;
  });
  const auto timed_out = std::ranges::count_if(
      outcomes, [](const Outcome& outcome) { return outcome.error() == Errc::dns_timeout; });
  CHECK(refused == 5000 - 128 - 4096);
  CHECK(timed_out == 128 + 4096);
  worker.pause(600ms);
  CHECK(worker.ask(resolver, "chat.test").texts() == Texts{"192.0.2.1"});
}

TEST_CASE("resolver: when it goes away, all who wait are told", "[resolver]") {
  DnsServer server;
  server.otherwise({.silent = true});
  Worker worker;
  auto resolver = std::make_unique<Resolver>(worker.loop(), asking(server));
  std::vector<Outcome> outcomes(300);  // some under way, some in the queue, some together
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const auto name = "n" + std::to_string(i / 2) + ".test";
    worker.begin_asking(*resolver, name, 10s, outcomes[i]);
  }
  worker.begin([](Worker& on, std::unique_ptr<Resolver>& last) -> net::Task<void> {
    co_await on.rest(100ms);
    last.reset();
  }(worker, resolver));
  worker.finish();
  for (const auto& outcome : outcomes) {
    CHECK(outcome.error() == Errc::aborted);
    CHECK(outcome.took < 1000ms);
  }
}

TEST_CASE("resolver: when it goes away in the turn of the answer, the answer is still good",
          "[resolver]") {
  DnsServer server;
  server.host("chat.test", {"192.0.2.1"});
  Worker worker;
  auto resolver = std::make_unique<Resolver>(worker.loop(), asking(server));
  std::vector<Outcome> outcomes(2);
  for (auto& outcome : outcomes) {
    worker.begin(
        [](Resolver& by, std::unique_ptr<Resolver>& last, Outcome& into) -> net::Task<void> {
          const auto host = *Host::parse("chat.test");
          into.answer = co_await by.look_up(host, net::never);
          last.reset();
        }(*resolver, resolver, outcome));
  }
  worker.finish();
  CHECK(outcomes[0].texts() == Texts{"192.0.2.1"});
  CHECK(outcomes[1].texts() == Texts{"192.0.2.1"});
}

TEST_CASE("resolver: a worker that was held up reads what has come before it looks at the clock",
          "[resolver]") {
  DnsServer server;
  server.host("chat.test", {"192.0.2.1"});
  Worker worker;
  auto settings = asking(server);
  settings.timeout = 50ms;
  Resolver resolver(worker.loop(), settings);
  Outcome outcome;
  worker.begin_asking(resolver, "chat.test", 5s, outcome);
  worker.begin([](const DnsServer& asked) -> net::Task<void> {
    for (int i = 0; i < 1000 && asked.queries() < 2; ++i) std::this_thread::sleep_for(10ms);
    std::this_thread::sleep_for(300ms);  // now the answers have come, too
    co_return;
  }(server));
  worker.finish();
  CHECK(outcome.texts() == Texts{"192.0.2.1"});
  CHECK(server.queries() == 2);
}

TEST_CASE("resolver: a flood of false answers is passed over", "[resolver]") {
  DnsServer server;
  const Record v4{.owner = "chat.test", .data = "192.0.2.1"};
  server.script("chat.test", Type::a, {{.records = {v4}, .noise = 400}});
  server.script("chat.test", Type::aaaa, {{.noise = 400}});
  Worker worker;
  auto settings = asking(server);
  settings.timeout = 300ms;  // the true one may be lost in the flood
  Resolver resolver(worker.loop(), settings);
  CHECK(worker.ask(resolver, "chat.test").texts() == Texts{"192.0.2.1"});
  CHECK(worker.ask(resolver, "false.test").error() == Errc::name_not_found);
}
