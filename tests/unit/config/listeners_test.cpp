// SPDX-License-Identifier: Apache-2.0
#include "config/listeners.hpp"

#include "unit/config/reading.hpp"

using namespace culvert::config;
using Texts = std::vector<std::string>;

namespace {

Texts addresses(const Config& config) {
  Texts made;
  for (const auto& listen : config.listen) made.push_back(listen.place.text());
  return made;
}

constexpr auto* closed_rule =
    "[[rule]]\nname = \"r\"\naction = \"allow\"\nclients = [\"10.0.0.0/8\"]\n";
constexpr auto* open_rule = "[[rule]]\nname = \"r\"\naction = \"allow\"\nhosts = [\"a.example\"]\n";

}  // namespace

TEST_CASE("listeners: each has its address", "[config]") {
  CHECK(addresses(read_toml("")) == Texts{"127.0.0.1:3128"});
  CHECK(addresses(read_toml("[[listen]]\naddress = \"127.0.0.1:1\"\n"
                            "[[listen]]\naddress = \"[::1]:1\"\nopen = false\n")) ==
        Texts{"127.0.0.1:1", "[::1]:1"});
  CHECK(addresses(read_toml("listen = [{ address = \"127.0.0.1:0\" }, { address = "
                            "\"127.0.0.1:0\" }]")) == Texts{"127.0.0.1:0", "127.0.0.1:0"});
}

TEST_CASE("listeners: what is wrong with one is told", "[config]") {
  auto [toml, mistake] = GENERATE(table<const char*, const char*>({
      {"listen = []",
       "1:10: listen: listens nowhere; write a [[listen]] with an address, or leave it out for "
       "127.0.0.1:3128"},
      {"listen = \"127.0.0.1:3128\"",
       "1:10: listen: wants tables, each under a line [[listen]], not \"127.0.0.1:3128\""},
      {"listen = [\"127.0.0.1:3128\"]",
       "1:11: listen[1]: wants a table under a line [[listen]], not \"127.0.0.1:3128\""},
      {"[listen]\naddress = \"127.0.0.1:3128\"",
       "1:1: listen: wants tables, each under a line [[listen]], not a table"},
      {"[[listen]]\nopen = true",
       "1:1: listen[1].address: is missing; write one such as \"127.0.0.1:3128\""},
      {"[[listen]]\naddress = 3128",
       "2:11: listen[1].address: wants an address and port such as \"127.0.0.1:3128\", not 3128"},
      {"[[listen]]\naddress = \"unix:@c\"",
       "2:11: listen[1].address: a socket without a file could be used by anyone on this machine; "
       "write a path such as \"unix:/run/culvert.sock\""},
      {"[[listen]]\naddress = \"unix:/a\"\n[[listen]]\naddress = \"unix:/a\"",
       "4:11: listen[2]: unix:/a is listened on by listen[1] already"},
      {"[[listen]]\naddress = \"unix:/a\"\nmode = 660",
       "3:8: listen[1].mode: wants an octal file mode in quotes such as \"0660\", not 660"},
      {"[[listen]]\nmode = \"0660\"\naddress = \"127.0.0.1:1\"",
       "2:8: listen[1].mode: is for Unix sockets, and 127.0.0.1:1 has no file; leave it out"},
      {"[[listen]]\naddress = \"127.0.0.1:1\"\nopen = \"yes\"",
       "3:8: listen[1].open: wants true or false, not \"yes\""},
      {"[[listen]]\naddress = \"127.0.0.1:1\"\nwebsocket = \"deny\"",
       "3:13: listen[1].websocket: wants true or false, not \"deny\""},
      {"[[listen]]\nadress = \"127.0.0.1:1\"\naddress = \"127.0.0.1:1\"",
       "2:1: listen[1].adress: unknown key; did you mean \"address\"?"},
      {"[[listen]]\naddress = \"[::1]:1\"\n[[listen]]\naddress = \"[0::1]:1\"",
       "4:11: listen[2]: [::1]:1 is listened on by listen[1] already"},
  }));
  CAPTURE(toml);
  CHECK(mistakes_in(toml) == Texts{std::string("c.toml:") + mistake});
}

TEST_CASE("listeners: one that would be an open proxy must say so", "[config]") {
  auto [address, rest, open] = GENERATE(table<const char*, const char*, bool>({
      {"0.0.0.0:3128", "", true},
      {"0.0.0.0:0", "", true},
      {"[::]:3128", "", true},
      {"192.0.2.1:3128", open_rule, true},
      {"192.0.2.1:3128", "[policy]\ndefault = \"allow\"", true},
      {"127.0.0.1:3128", "", false},
      {"127.5.0.1:3128", open_rule, false},
      {"[::1]:3128", open_rule, false},
      {"192.0.2.1:3128", closed_rule, false},
      {"192.0.2.1:3128", "[policy]", false},
  }));
  CAPTURE(address, rest);
  const auto listen = "[[listen]]\naddress = \"" + std::string(address) + "\"\n";
  const auto expected =
      open ? Texts{"c.toml:2:11: listen[1]: would be open to anyone who can reach " +
                   std::string(address) +
                   "; write clients = [...] or users = [...] in each rule that allows, or open = "
                   "true in this "
                   "[[listen]] if that is meant"}
           : Texts{};
  CHECK(mistakes_in(listen + rest) == expected);
  CHECK(mistakes_in(listen + "open = true\n" + rest).empty());
}

TEST_CASE("listeners: a policy that only reports lets in anyone", "[config]") {
  const std::string report = "[policy]\nmode = \"report\"\n" + std::string(closed_rule);
  const auto listen = [](const std::string& address) {
    return "[[listen]]\naddress = \"" + address + "\"\n";
  };
  CHECK(
      mistakes_in(listen("0.0.0.0:3128") + report) ==
      Texts{"c.toml:2:11: listen[1]: would be open to anyone who can reach 0.0.0.0:3128; mode = "
            "\"report\" refuses nobody; listen on 127.0.0.1, or open = true in this [[listen]] if "
            "that is meant"});
  CHECK(mistakes_in(listen("127.0.0.1:3128") + report).empty());
}

TEST_CASE("listeners: a Unix socket has a path and a mode", "[config]") {
  const auto config = read_toml(
      "[[listen]]\naddress = \"unix:/run/a.sock\"\n"
      "[[listen]]\nmode = \"606\"\naddress = \"unix:./b.sock\"\nopen = true\n");
  CHECK(addresses(config) == Texts{"unix:/run/a.sock", "unix:./b.sock"});
  CHECK(config.listen[0].mode == 0660);
  CHECK(config.listen[1].mode == 0606);
}

TEST_CASE("listeners: a Unix socket is open to nobody but those whom its file lets in",
          "[config]") {
  CHECK(mistakes_in("[[listen]]\naddress = \"unix:/run/c.sock\"\nmode = \"0666\"\n" +
                    std::string(open_rule))
            .empty());
}

TEST_CASE("listeners: openness is not asked of rules that could not be read", "[config]") {
  const auto found = mistakes_in(
      "[[listen]]\naddress = \"0.0.0.0:1\"\n[[rule]]\nname = \"r\"\naction = \"allow\"\n"
      "clients = [\"10.0.0.0/99\"]");
  REQUIRE(found.size() == 1);
  CHECK(found[0].starts_with("c.toml:6:12: rule[1].clients: "));
}

TEST_CASE("listeners: one takes WebSockets unless it says otherwise", "[config]") {
  const auto config = read_toml(
      "[[listen]]\naddress = \"127.0.0.1:1\"\n"
      "[[listen]]\naddress = \"127.0.0.1:2\"\nwebsocket = false\n");
  REQUIRE(config.listen.size() == 2);
  CHECK(config.listen[0].websocket);
  CHECK_FALSE(config.listen[1].websocket);
}

TEST_CASE("listeners: the policy's hash takes in which take no WebSocket", "[config]") {
  const auto hash = [](const std::string& websocket, const std::string& more = "") {
    return read_toml("[[listen]]\naddress = \"127.0.0.1:1\"\n" + websocket + more).policy_hash;
  };
  CHECK(hash("websocket = true\n") == hash(""));
  CHECK(hash("websocket = false\n") != hash(""));
  CHECK(hash("", "[[listen]]\naddress = \"127.0.0.1:2\"\n") == hash(""));
}

TEST_CASE("listeners: addresses from outside warn when they lose a switch", "[config]") {
  const std::vector<Override> from_outside{
      {.key = "listen", .value = "127.0.0.1:2", .origin = "--listen"}};
  const auto warned = [&](const std::string& websocket) {
    Texts made;
    for (const auto& warning :
         parse("[[listen]]\naddress = \"127.0.0.1:1\"\n" + websocket, "c.toml", from_outside)
             .warnings) {
      made.push_back(warning.text());
    }
    return made;
  };
  CHECK(warned("websocket = true\n").empty());
  CHECK(warned("websocket = false\n") ==
        Texts{"--listen: replaces listen[1], and with it websocket = false"});
}
