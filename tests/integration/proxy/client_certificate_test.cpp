// SPDX-License-Identifier: Apache-2.0
// Clients of a TLS listener that say by a certificate who they are.
#include <algorithm>
#include <fstream>
#include <sstream>

#include <catch2/catch.hpp>

#include "support/http.hpp"
#include "support/soon.hpp"
#include "support/tls_guest.hpp"
#include "support/users.hpp"

using namespace culvert::test;

namespace {

std::string quoted(const std::string& text) {
  return "\"" + text + "\"";
}

/// A proxy that asks its clients for certificates, and whose one rule lets these users in.
struct Asking {
  explicit Asking(const std::string& keys = "", const std::string& users = "[\"alice\"]",
                  const std::string& rest = "")
      : policy("workers = 1\n" + allow_only("users = " + users) + rest),
        own(files.put("own.pem", make_identity({}))),
        proxy(policy + listen_tls(keys_with(ca_file(), keys))) {}

  std::string keys_with(const std::string& ca, const std::string& more = "") const {
    return "certificate = " + own + ", client_ca = " + quoted(ca) + more;
  }
  /// The status of the answer to a CONNECT.
  std::string answer(TlsPeer& client, const std::string& fields = "") const {
    client.send(connect_to(origin.authority(), fields));
    return client.read_head().substr(9, 3);
  }
  std::string answer_to(const Identity& identity, const std::string& fields = "") const {
    auto client = Guest{.identity = &identity}.connect(proxy);
    return answer(client, fields);
  }

  ListenFiles files;
  std::string policy;
  std::string own;
  Origin origin;
  Proxy proxy;
  Identity alice_card = make_identity({.hosts = {}, .subject = "alice"});
};

}  // namespace

TEST_CASE("client certificate: its common name is the user whom rules speak of", "[tls]") {
  Asking here;
  CHECK(here.answer_to(here.alice_card) == "200");
  // Nobody has a password, so nobody is asked for one.
  CHECK(here.answer_to(make_identity({.hosts = {}, .subject = "mallory"})) == "403");
  const auto lines = here.proxy.log(3);
  REQUIRE(lines.size() == 3);  // alice's tunnel begins and ends
  const auto by = [&](const std::string& user) {
    return std::ranges::count_if(lines, [&](const auto& line) { return line["user"] == user; });
  };
  CHECK(by("alice") == 2);
  CHECK(by("mallory") == 1);
}

TEST_CASE("client certificate: other names in it can be the user", "[tls]") {
  auto [which, user] = GENERATE(table<const char*, const char*>(
      {{"dns", "host.test"}, {"email", "a@b.test"}, {"uri", "spiffe://x/y"}, {"cn", "carol"}}));
  CAPTURE(which);
  Asking here(", client_user = \"" + std::string(which) + "\"", "[\"" + std::string(user) + "\"]");
  const auto card = make_identity({.hosts = {"host.test", "other.test"},
                                   .subject = "carol",
                                   .others = {"email:a@b.test", "URI:spiffe://x/y"}});
  CHECK(here.answer_to(card) == "200");
}

TEST_CASE("client certificate: without one nobody gets in where it is required", "[tls]") {
  Asking here;
  CHECK(Guest{}.failure(here.proxy).find("certificate required") != std::string::npos);
  const auto stranger = make_identity({.hosts = {}, .self_signed = true, .subject = "alice"});
  CHECK(Guest{.identity = &stranger}.failure(here.proxy).find("alert") != std::string::npos);
  const auto late = make_identity({.hosts = {}, .expired = true, .subject = "alice"});
  CHECK(Guest{.identity = &late}.failure(here.proxy).find("expired") != std::string::npos);
  CHECK(here.proxy.final_log().empty());
}

TEST_CASE("client certificate: where it is optional, who has none is nobody", "[tls]") {
  Asking here(", client_certificate = \"optional\"");
  CHECK(here.answer_to(here.alice_card) == "200");
  auto client = Guest{}.connect(here.proxy);
  CHECK(here.answer(client) == "403");
  const auto stranger = make_identity({.hosts = {}, .self_signed = true, .subject = "alice"});
  CHECK(Guest{.identity = &stranger}.failure(here.proxy).find("alert") != std::string::npos);
}

TEST_CASE("client certificate: credentials win over it, and it over the place", "[tls]") {
  const UserFiles users;
  Asking here("", "[\"alice\"]", users.auth() + "[identities]\nlocal = [\"127.0.0.1\"]\n");
  CHECK(here.answer_to(here.alice_card) == "200");
  CHECK(here.answer_to(here.alice_card, guest) == "403");
  CHECK(here.answer_to(here.alice_card, not_alice) == "407");
  const auto carol = make_identity({.hosts = {}, .subject = "carol"});
  CHECK(here.answer_to(carol) == "403");
  CHECK(here.answer_to(carol, alice) == "200");
  const auto lines = here.proxy.log(5);
  CHECK(lines[0]["user"] == "alice");
}

TEST_CASE("client certificate: nobody becomes a local user by one, nor by a name that is none",
          "[tls]") {
  Asking here("", "[\"*\"]");
  const auto* subject = GENERATE("uid:0", "a\nb", " a", "a\tb");
  CAPTURE(subject);
  CHECK(here.answer_to(make_identity({.hosts = {}, .subject = subject})) == "403");
  CHECK(here.answer_to(here.alice_card) == "200");
}

TEST_CASE("client certificate: who resumes a session is who it was", "[tls]") {
  Asking here;
  const auto version = GENERATE(TLS1_2_VERSION, TLS1_3_VERSION);
  auto first = Guest{.identity = &here.alice_card, .newest = version}.connect(here.proxy);
  CHECK(here.answer(first) == "200");
  const auto session = session_of(first);
  auto second = Guest{.session = session.get(), .newest = version}.connect(here.proxy);
  CHECK(here.answer(second) == "200");
  CHECK(resumed(second));
}

TEST_CASE("client certificate: after a reload whose authority is trusted no more is nobody",
          "[tls]") {
  Asking here(", client_certificate = \"optional\"");
  auto tunnel = Guest{.identity = &here.alice_card}.connect(here.proxy);
  CHECK(here.answer(tunnel) == "200");
  auto server = here.origin.accept();
  auto idle = Guest{.identity = &here.alice_card}.connect(here.proxy);
  idle.send("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n");
  idle.read_head();
  const auto session = session_of(idle);

  const auto other =
      make_identity({.hosts = {}, .self_signed = true, .subject = "another authority"});
  const auto& folder = here.files.folder();
  const auto other_ca = folder.write("other.pem", pem_of(other.certificate.get()));
  const std::string optional = ", client_certificate = \"optional\"";

  SECTION("it is still trusted beside another one") {
    std::ostringstream both;
    both << std::ifstream(ca_file()).rdbuf() << pem_of(other.certificate.get());
    const auto both_ca = folder.write("both.pem", both.str());
    CHECK(here.proxy.reload(here.policy + listen_tls(here.keys_with(both_ca, optional))).empty());
    CHECK(soon([&] { return here.answer_to(here.alice_card) == "200"; }));
    tunnel.send("x");
    CHECK(server.read_exactly(1) == "x");
    CHECK(here.answer(idle) == "200");
  }
  SECTION("it is gone") {
    CHECK(here.proxy.reload(here.policy + listen_tls(here.keys_with(other_ca, optional))).empty());
    CHECK(server.read_rest().empty());  // the tunnel is ended
    CHECK(here.answer(idle) == "403");
    auto resuming = Guest{.session = session.get()}.connect(here.proxy);
    CHECK(here.answer(resuming) == "403");
    CHECK_FALSE(resumed(resuming));
  }
}

TEST_CASE("client certificate: the user of a tunnel is judged by the rules of a reload", "[tls]") {
  Asking here;
  auto tunnel = Guest{.identity = &here.alice_card}.connect(here.proxy);
  CHECK(here.answer(tunnel) == "200");
  auto server = here.origin.accept();
  const auto listen = listen_tls(here.keys_with(ca_file()));
  CHECK(here.proxy.reload("workers = 1\n" + allow_only("users = [\"alice\", \"bob\"]") + listen)
            .empty());
  tunnel.send("x");
  CHECK(server.read_exactly(1) == "x");
  CHECK(here.proxy.reload("workers = 1\n" + allow_only("users = [\"bob\"]") + listen).empty());
  CHECK(server.read_rest().empty());
}
