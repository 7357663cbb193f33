// SPDX-License-Identifier: Apache-2.0
// Who sends a request: asked where a rule wants to know, and taken from what proves it.
#include "support/users.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>

#include "support/hop.hpp"

using namespace culvert::test;
using namespace std::chrono_literals;

namespace {

/// A proxy that knows users, and an origin. Its one worker logs in the order in which it is asked.
struct Office {
  explicit Office(const std::string& rules, const std::string& hosts = "")
      : proxy("workers = 1\n" + users.auth() + rules, hosts) {}

  Response connect(const std::string& fields = "", const std::string& host = "127.0.0.1") {
    auto client = proxy.connect();
    return ask(client, connect_to(host + ":" + std::to_string(origin.port()), fields));
  }

  UserFiles users;
  Origin origin;
  Proxy proxy;
};

const std::string everyone = "users = [\"*\"]";

std::vector<std::string> challenges_of(const Response& response) {
  const std::string field = "\r\nProxy-Authenticate: ";
  std::vector<std::string> schemes;
  for (auto at = response.head.find(field); at != std::string::npos;
       at = response.head.find(field, at + 1)) {
    const auto value = response.head.substr(at + field.size());
    schemes.push_back(value.substr(0, value.find(' ')));
  }
  return schemes;
}

}  // namespace

TEST_CASE("users: whoever has not said who it is is asked for what there is to prove with",
          "[users]") {
  struct Case {
    std::string keys;
    std::vector<std::string> schemes;
  };
  const auto one = GENERATE(values<Case>({
      {"htpasswd", {"Basic"}},
      {"htdigest", {"Digest", "Digest"}},
      {"tokens", {"Bearer", "Basic"}},
      {"htpasswd htdigest tokens", {"Digest", "Digest", "Bearer", "Basic"}},
  }));
  const UserFiles users;
  Origin origin;
  Proxy proxy(users.auth(one.keys) + allow_only(everyone));
  const auto request = GENERATE(connect_to("a.test:443"), get("a.test"));
  auto client = proxy.connect();
  const auto response = ask(client, request);
  CHECK(response.status() == 407);
  CHECK(challenges_of(response) == one.schemes);
  CHECK(response.field("Proxy-Status").contains("error=http_request_denied"));
  const auto line = proxy.log(1).at(0);
  CHECK(line["status"] == 407);
  CHECK(line["rule"] == "staff");
  CHECK(line["verdict"] == "deny");
  CHECK(!line.contains("user"));
}

TEST_CASE("users: whoever proves it has a tunnel, and the log says who", "[users]") {
  Office office(allow_only(everyone));
  const auto proves = [&](const std::string& fields, const std::string& user) {
    CAPTURE(user);
    auto client = office.proxy.connect();
    client.send(connect_to(office.origin.authority(), fields));
    CHECK(client.read_head().starts_with("HTTP/1.1 200 "));
    auto server = office.origin.accept();
    client.send("x");
    CHECK(server.read_exactly(1) == "x");
    client.finish();
    server.finish();
  };
  proves(alice, "alice");
  proves(bearer("t0ken"), "bot");
  proves(basic("bot", "t0ken"), "bot");
  proves(basic("", "t0ken"), "bot");
  for (const std::string algorithm : {"MD5", "SHA-256"}) {
    proves(digest(office.connect(), algorithm, "CONNECT", office.origin.authority()), "bob");
  }
  std::vector<std::string> opened;
  for (const auto& line : office.proxy.log(14)) {
    if (line["event"] == "open") opened.push_back(line["user"]);
    if (line["event"] == "close") CHECK(line.contains("user"));
  }
  CHECK(opened == std::vector<std::string>{"alice", "bot", "bot", "bot", "bob", "bob"});
}

TEST_CASE("users: what proves it goes no further than here", "[users]") {
  const UserFiles users;
  const auto [known, rules, fields] = GENERATE(table<bool, std::string, std::string>({
      {true, allow_only(everyone), alice},
      {true, allow_only(everyone), bearer("t0ken")},
      {true, allow_local, guest},
      {false, allow_local, alice},  // nobody here knows any user
      {false, allow_local, "Proxy-Authorization: nonsense\r\n"},
  }));
  Hop hop((known ? users.auth() : "") + rules);
  const auto head = hop.begin("GET", fields + "Authorization: Basic b3JpZ2lu\r\n");
  CHECK(!head.contains("Proxy-Auth"));
  CHECK(!head.contains("proxy-auth"));
  CHECK(head.contains("Authorization: Basic b3JpZ2lu\r\n"));
  hop.server.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  CHECK(read_response(hop.client).status() == 200);
}

TEST_CASE("users: wrong credentials are a 407 even where nobody asks", "[users]") {
  const auto fields = GENERATE(values<std::string>(
      {not_alice, basic("nobody", "open sesame"), basic("bob", "secret"), bearer("t0ke"),
       basic("alice", "t0ken"), "Proxy-Authorization: Basic !!\r\n",
       "Proxy-Authorization: Negotiate YII=\r\n", alice + alice}));
  CAPTURE(fields);
  Office office(allow_local);
  const auto response = office.connect(fields);
  CHECK(response.status() == 407);
  CHECK(challenges_of(response).size() == 4);
  CHECK(office.origin.unvisited_for(20ms));
  CHECK(!office.proxy.log(1).at(0).contains("user"));
}

TEST_CASE("users: rules ask for users and groups, the first that matches decides", "[users]") {
  struct Case {
    std::string rules;
    int nobody, as_alice, as_bot;
  };
  const std::string deny_alice =
      "[[rule]]\nname = \"not her\"\naction = \"deny\"\nusers = [\"alice\"]\n";
  const std::string deny_ops =
      "[[rule]]\nname = \"not them\"\naction = \"deny\"\ngroups = [\"ops\"]\n";
  const auto one = GENERATE_COPY(values<Case>({
      {allow_only(everyone), 407, 200, 200},
      {allow_only("users = [\"alice\"]"), 407, 200, 403},
      {allow_only("groups = [\"dev\"]"), 407, 200, 403},
      {allow_only("groups = [\"ops\"]"), 407, 403, 200},
      {allow_only("users = [\"alice\"]\ngroups = [\"ops\"]"), 407, 200, 200},
      {deny_alice + allow_local, 407, 403, 200},
      {deny_ops + allow_local, 407, 200, 403},
      {allow_local + deny_alice, 200, 200, 200},
      {deny_alice + allow_only(everyone), 407, 403, 200},
      {allow_only("users = [\"alice\"]\nhosts = [\"other.test\"]") + allow_local, 200, 200, 200},
  }));
  CAPTURE(one.rules);
  Office office(one.rules);
  CHECK(office.connect().status() == one.nobody);
  CHECK(office.connect(alice).status() == one.as_alice);
  CHECK(office.connect(bearer("t0ken")).status() == one.as_bot);
}

TEST_CASE("users: a rule of addresses asks for users too", "[users]") {
  Office office(
      "[[rule]]\nname = \"no guests inside\"\naction = \"deny\"\nhosts = [\"127.0.0.0/8\"]\n"
      "users = [\"guest\"]\n" +
          std::string(allow_local),
      "127.0.0.1 inside.test\n");
  const auto asked = office.connect("", "inside.test");
  CHECK(asked.status() == 407);
  CHECK(challenges_of(asked).size() == 4);
  CHECK(office.proxy.log(1).at(0)["rule"] == "no guests inside");
  CHECK(office.origin.unvisited_for(0ms));
  CHECK(office.connect(guest, "inside.test").status() == 403);
  CHECK(office.connect(alice, "inside.test").status() == 200);
}

TEST_CASE("users: a client may be known by its address, unless it says who it is", "[users]") {
  Office office(allow_only("users = [\"build\", \"alice\"]") +
                "[identities]\nbuild = [\"127.0.0.1\"]\n");
  CHECK(office.connect().status() == 200);
  CHECK(office.connect(alice).status() == 200);
  CHECK(office.connect(guest).status() == 403);
  CHECK(office.connect(not_alice).status() == 407);
  auto other = Peer::from("127.0.0.2", office.proxy.endpoint());
  CHECK(ask(other, connect_to(office.origin.authority())).status() == 407);
  std::vector<std::string> opened;
  for (const auto& line : office.proxy.final_log()) {
    if (line["event"] == "open") opened.push_back(line["user"]);
  }
  CHECK(opened == std::vector<std::string>{"build", "alice"});
}

TEST_CASE("users: whoever comes by a Unix socket is its uid, unless it says who it is", "[users]") {
  const UserFiles users;
  const Folder folder;
  Origin origin;
  const auto listen = "[[listen]]\naddress = \"unix:" + folder.socket().text + "\"\n";
  const auto me = "unix:uid=" + std::to_string(geteuid());
  const auto name = "uid:" + std::to_string(geteuid());
  Proxy proxy("workers = 1\n" + users.auth() + allow_only("users = [\"" + name + "\"]") + listen);
  const auto status = [&](const std::string& fields) {
    auto client = proxy.connect();
    return ask(client, connect_to(origin.authority(), fields)).status();
  };
  CHECK(status("") == 200);
  CHECK(status(alice) == 403);
  CHECK(status(not_alice) == 407);
  CHECK(proxy.log(1).at(0)["client"] == me);
  CHECK(proxy.log(1).at(0)["user"] == name);
}

TEST_CASE("users: where nothing can be proved nobody is asked", "[users]") {
  Origin origin;
  const Proxy proxy(allow_only(everyone) + "[identities]\nbuild = [\"127.0.0.2\"]\n");
  auto client = proxy.connect();
  const auto response = ask(client, connect_to(origin.authority(), alice));
  CHECK(response.status() == 403);
  CHECK(challenges_of(response).empty());
  auto build = Peer::from("127.0.0.2", proxy.endpoint());
  CHECK(ask(build, connect_to(origin.authority(), alice)).status() == 200);
}
