// SPDX-License-Identifier: Apache-2.0
#include "base/idna.hpp"

#include <string>

#include <catch2/catch.hpp>
#include <culvert/error.hpp>

using namespace culvert;

namespace {

std::string ascii_of(const std::string& name) {
  const auto ascii = to_ascii(name);
  return ascii ? *ascii : "(" + ascii.error().message() + ")";
}

}  // namespace

TEST_CASE("idna: a name is written as DNS has it", "[idna]") {
  auto [name, ascii] = GENERATE(table<const char*, const char*>({
      {"example.com", "example.com"},
      {"EXAMPLE.com", "example.com"},
      {"b\u00fccher.example", "xn--bcher-kva.example"},
      {"B\u00dcCHER.example", "xn--bcher-kva.example"},
      {"bu\u0308cher.example", "xn--bcher-kva.example"},  // u and a combining diaeresis
      {"\uff45\uff58\uff41\uff4d\uff50\uff4c\uff45.com", "example.com"},  // full-width
      {"\u4f8b\u3002jp", "xn--fsq.jp"},                                   // ideographic full stop
      {"\u4f8b\uff0ejp", "xn--fsq.jp"},                                   // full-width full stop
      {"fa\u00df.de", "xn--fa-hia.de"},                                   // not fass.de
      {"\u03b2\u03cc\u03bb\u03bf\u03c2.com", "xn--nxasmm1c.com"},         // a final sigma
      {"\u03b2\u03cc\u03bb\u03bf\u03c3.com", "xn--nxasmq6b.com"},         // and one that is not
      {"exam\u00adple.com", "example.com"},                               // a soft hyphen
      {"\u0915\u094d\u200d\u0937.com", "xn--11b2ezcw70k.com"},            // a joiner that joins
      {"\u05d0\u05d1.com", "xn--4dbc.com"},
      {"a.\u05d0\u05d1.com", "a.xn--4dbc.com"},
      {"\u0430pple.com", "xn--pple-43d.com"},  // Cyrillic: another name than apple.com
      {"_dmarc.b\u00fccher.de", "_dmarc.xn--bcher-kva.de"},
      {"a_\u00fc.de", "xn--a_-yka.de"},
      {"\u00fc.de.", "xn--tda.de."},
      {"XN--BCHER-KVA.de", "xn--bcher-kva.de"},
      {"xn--bcher-kva.\u00fc.de", "xn--bcher-kva.xn--tda.de"},
      {"xn--ls8h.la", "xn--ls8h.la"},  // a symbol, which DNS has and IDNA forbids to make
      {"a.xn", "a.xn"},
      {"axn--z.de", "axn--z.de"},
  }));
  CAPTURE(name);
  CHECK(ascii_of(name) == ascii);
}

TEST_CASE("idna: what IDNA forbids is no name", "[idna]") {
  const auto* name =
      GENERATE("a\u200db.com", "a\u200cb.com",               // joiners out of context
               "\u05d0\u05d1a.com", "1\u05d0.com",           // mixed directions
               "\u0378.com", "a\ufffd.com",                  // unassigned; a replacement character
               "\u2615.example",                             // a symbol
               "\u0300a.com",                                // begins with a combining mark
               "-\u00fc.de", "\u00fc-.de", "ab--\u00fc.de",  // hyphens
               "xn--.de", "xn--a.de", "xn--abc-.de", "a.xn--fass-.de", "xn--zzzzzzzz99999.de",
               "xn--ab-j1t.de",  // decodes to a joiner out of context
               "xn--b\u00fccher.de", "\xff\xfe.com", "b\xc3.com", "\xc0\xae.com");
  CAPTURE(name);
  const auto ascii = to_ascii(name);
  REQUIRE_FALSE(ascii);
  CHECK(ascii.error() == Errc::bad_host);
}

TEST_CASE("idna: a name that is too long, or ends early, is none", "[idna]") {
  const auto repeated = [](std::size_t count, const std::string& text) {
    std::string made;
    for (std::size_t i = 0; i < count; ++i) made += text;
    return made;
  };
  CHECK(to_ascii(repeated(50, "\u00fc") + ".de"));
  CHECK_FALSE(to_ascii(repeated(64, "\u00fc") + ".de"));
  CHECK_FALSE(to_ascii(repeated(64, "a") + "\u00fc.de"));
  CHECK_FALSE(to_ascii(repeated(40, "\u00fcabcdef.") + "de"));
  CHECK_FALSE(to_ascii(repeated(100000, "\u00fc")));
  CHECK_FALSE(to_ascii(repeated(100000, "a")));
  CHECK_FALSE(to_ascii(std::string("a\0.b\u00fc", 7)));
  CHECK(to_ascii("") == "");
}
