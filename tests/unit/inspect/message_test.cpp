// SPDX-License-Identifier: Apache-2.0
// What stands in a ClientHello.
#include "inspect/message.hpp"

#include "unit/inspect/hellos.hpp"

using namespace culvert;
using namespace culvert::inspect;
using namespace std::string_literals;

namespace {

std::string with(const std::string& extensions) {
  return record(hello(extensions));
}

/// A server_name extension with this list in it.
std::string name_list(const std::string& list) {
  return extension(0, vector(2, list));
}

/// The hello that the lengths below are in.
const std::string measured = with(server_names({"www.example.com"}) + alpn({"h2", "http/1.1"}) +
                                  encrypted_hello() + extension(0xff01, "\0"s));

struct Length {
  std::string of;
  std::size_t at;  ///< its last byte
  std::size_t is;
};

const std::vector<Length> lengths = {
    {"record", 4, measured.size() - 5},
    {"message", 8, measured.size() - 9},
    {"session id", 43, 32},
    {"cipher suites", 77, 4},
    {"compression methods", 82, 1},
    {"extensions", 85, measured.size() - 86},
    {"server_name", 89, 20},
    {"server name list", 91, 18},
    {"host name", 94, 15},
    {"alpn", 113, 14},
    {"alpn list", 115, 12},
    {"first protocol", 116, 2},
    {"second protocol", 119, 8},
    {"encrypted hello", 131, 20},
    {"enc", 139, 3},
    {"payload", 144, 7},
    {"renegotiation_info", 155, 1},
};

}  // namespace

TEST_CASE("message: one without extensions has no name", "[inspect]") {
  const auto read = whole(record(message(preamble())));
  CHECK(read == ClientHello{});
  CHECK(whole(with("")) == ClientHello{});
}

TEST_CASE("message: a name is read in its one spelling", "[inspect]") {
  auto [sent, name] = GENERATE(table<std::string, std::string>({
      {"www.example.com", "www.example.com"},
      {"WWW.Example.COM", "www.example.com"},
      {"www.example.com.", "www.example.com"},
      {"xn--bcher-kva.example", "xn--bcher-kva.example"},
      {"localhost", "localhost"},
      {"a_b.example", "a_b.example"},
  }));
  CAPTURE(sent);
  CHECK(whole(with(server_names({sent}))).server_name == name);
}

TEST_CASE("message: what is not exactly one host name is refused", "[inspect]") {
  const auto data = GENERATE(
      server_names({}), server_names({""}), server_names({"a.example", "b.example"}),
      server_names({"a.example", "a.example"}), server_names({"a.example\0"s}),
      server_names({"a.example\0.b.example"s}), server_names({"b\xc3\xbc"s + "cher.example"}),
      server_names({"a b"}), server_names({"a%2eexample"}), server_names({"*.example"}),
      server_names({"a.example:443"}), server_names({"a..b"}), server_names({"."}),
      server_names({"1.2.3.4.5"}), server_names({std::string(254, 'a')}),
      server_names({"user@a.example"}), extension(0, ""), extension(0, "\0"s),
      extension(0, "\0\0"s), name_list("\1" + vector(2, "a.example")),   // unknown type
      name_list("\1" + vector(2, "x") + '\0' + vector(2, "a.example")),  // before the name
      name_list('\0' + vector(2, "a.example") + '\1' + vector(2, "x")),  // behind it
      name_list('\0' + vector(2, "a.example") + "x"),                    // garbage
      extension(0, vector(2, '\0' + vector(2, "a.example")) + "x"));
  CAPTURE(data);
  CHECK(flaw_of(with(data)) == Flaw::bad_server_name);
}

TEST_CASE("message: a server name that is an address is that address in any spelling",
          "[inspect]") {
  const auto [name, address] = GENERATE(table<const char*, const char*>({
      {"192.0.2.1", "192.0.2.1"},
      {"192.0.2.1.", "192.0.2.1"},
      {"0x7f.1", "127.0.0.1"},
      {"2130706433", "127.0.0.1"},
      {"::1", "[::1]"},
      {"[2001:db8::1]", "[2001:db8::1]"},
      {"::ffff:192.0.2.1", "192.0.2.1"},
  }));
  CAPTURE(name);
  CHECK(whole(with(server_names({name}))).server_name == address);
}

TEST_CASE("message: no extension comes twice", "[inspect]") {
  const auto name = server_names({"a.example"});
  CHECK(flaw_of(with(name + server_names({"b.example"}))) == Flaw::repeated_extension);
  CHECK(flaw_of(with(name + alpn({"h2"}) + name)) == Flaw::repeated_extension);
  CHECK(flaw_of(with(extension(0xabcd, "") + name + extension(0xabcd, "x"))) ==
        Flaw::repeated_extension);
}

TEST_CASE("message: the protocols on offer are read, without GREASE", "[inspect]") {
  using Names = std::vector<std::string>;
  CHECK(whole(with(alpn({"h2", "http/1.1"}))).alpn == Names{"h2", "http/1.1"});
  CHECK(whole(with(alpn({"\x0a\x0a", "h2", "\xfa\xfa"}))).alpn == Names{"h2"});
  CHECK(whole(with(alpn({"\x0a\x1a", "aa"}))).alpn == Names{"\x0a\x1a", "aa"});
  const auto bad = GENERATE(
      alpn({}), alpn({""}), alpn({"h2", ""}), extension(16, ""), extension(16, vector(2, "\3h2")),
      extension(16, vector(2, "\2h2") + "x"), extension(16, vector(2, "\2h2\5")));
  CHECK(flaw_of(with(bad)) == Flaw::bad_alpn);
}

TEST_CASE("message: an encrypted hello is told, and the name beside it read", "[inspect]") {
  const auto read = whole(with(encrypted_hello() + server_names({"public.example"})));
  CHECK(read.encrypted);
  CHECK(read.server_name == "public.example");
  CHECK_FALSE(whole(with(server_names({"a.example"}))).encrypted);
  CHECK_FALSE(whole(with(extension(0xfe0d, "\1"))).encrypted);  // inner: nothing is hidden
}

TEST_CASE("message: an encrypted hello in neither form is refused", "[inspect]") {
  const auto outer = "\0\1\2\3\4\7"s;
  const auto data = GENERATE_COPY(""s, "\0"s, "\2"s, "\1x"s, outer, outer + vector(2, "key"),
                                  outer + "\0\4key"s, outer + vector(2, "key") + vector(2, ""),
                                  outer + vector(2, "key") + vector(2, "p") + "x");
  CAPTURE(data);
  CHECK(flaw_of(with(extension(0xfe0d, data))) == Flaw::bad_encrypted_hello);
}

TEST_CASE("message: GREASE and what is not known are passed over", "[inspect]") {
  const auto read = whole(with(extension(0x0a0a, "") + extension(0xdada, "any \0 thing"s) +
                               server_names({"a.example"}) + extension(0xff, "x")));
  CHECK(read.server_name == "a.example");
}

TEST_CASE("message: lengths that do not add up are refused", "[inspect]") {
  const std::string suites = vector(2, "\x13\x01");
  const std::string methods = vector(1, "\0"s);
  const std::string random(32, 'r');
  const auto body = GENERATE_COPY(
      "\3"s, "\3\3"s, "\3\3" + random, "\3\3" + random + "\1", "\3\3" + random + "\0"s,
      "\3\3" + random + "\0"s + suites, "\2\3" + random + "\0"s + suites + methods,
      "\xfe\xfd" + random + "\0"s + suites + methods,
      "\3\3" + random + vector(1, std::string(33, 's')) + suites + methods,
      "\3\3" + random + "\0"s + vector(2, "") + methods,
      "\3\3" + random + "\0"s + vector(2, "\x13\x01\x13") + methods,
      "\3\3" + random + "\0"s + suites + vector(1, ""),
      "\3\3" + random + "\0"s + suites + methods + "\0"s,
      "\3\3" + random + "\0"s + suites + methods + vector(2, "") + "x",
      "\3\3" + random + "\0"s + suites + methods + vector(2, "\0"s),
      "\3\3" + random + "\0"s + suites + methods + vector(2, "\0\x0a\0\1"s));
  CAPTURE(body);
  CHECK(flaw_of(record(message(body))) == Flaw::bad_hello);
}

TEST_CASE("message: one length that is off by one is refused", "[inspect]") {
  REQUIRE(whole(measured).server_name == "www.example.com");
  for (const auto& length : lengths) {
    for (const int by : {-1, 1}) {
      CAPTURE(length.of, by);
      auto bytes = measured;
      REQUIRE(static_cast<unsigned char>(bytes[length.at]) == length.is);
      bytes[length.at] = static_cast<char>(bytes[length.at] + by);
      CHECK(flaw_of(bytes + "\x17\x03\x03 early data"));
    }
  }
}

TEST_CASE("message: no byte of a browser's hello but its name's makes another name", "[inspect]") {
  const auto bytes = recorded("chromium");
  const auto name_at = bytes.find("www.example.com");
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    if (at >= name_at && at < name_at + 15) continue;
    for (const int by : {-1, 1, 0x20, 0x80}) {
      auto changed = bytes;
      changed[at] = static_cast<char>(changed[at] + by);
      const auto answer = read(changed);
      if (read_in_pieces(changed, 3) != answer) FAIL("pieces differ at " << at);
      const auto name = answer && *answer ? (*answer)->server_name : std::nullopt;
      if (name && name != "www.example.com") FAIL("another name at " << at);
    }
  }
}
