// SPDX-License-Identifier: Apache-2.0
// One host has one spelling: what is read, written and read again is the same.
#include <culvert/authority.hpp>

#include "fuzz/oracle.hpp"

using namespace culvert;
using namespace culvert::fuzz;

namespace {

void check(const Authority& authority) {
  const auto text = authority.text();
  const auto again = Authority::parse(text);
  must(again.has_value());
  must(*again == authority);
  must(again->text() == text);
  must(Authority::parse(authority.host.text(), authority.port) == authority);
  // Nothing in the text can end it early or carry on in another place.
  must(text.find_first_of("@/?#\\ \t\r\n%,") == std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const auto text = text_of(data, size);
  const auto authority = Authority::parse(text);
  if (authority) {
    check(*authority);
    must(Authority::parse(text, Port::of(1)) == authority);
  }
  if (const auto lenient = Authority::parse(text, Port::of(80))) check(*lenient);
  return 0;
}
