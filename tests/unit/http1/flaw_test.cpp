// SPDX-License-Identifier: Apache-2.0
#include <set>
#include <string>

#include <catch2/catch.hpp>
#include <culvert/http1/flaw.hpp>

using namespace culvert::http1;

TEST_CASE("flaw: each has a sentence of its own", "[http1]") {
  std::set<std::string> said;
  for (int code = 1; code <= static_cast<int>(Flaw::connection_field); ++code) {
    const auto error = make_error_code(static_cast<Flaw>(code));
    CAPTURE(code);
    CHECK(error.message() != "an unknown flaw");
    CHECK(said.insert(error.message()).second);
  }
  CHECK(make_error_code(static_cast<Flaw>(999)).message() == "an unknown flaw");
  CHECK(make_error_code(Flaw::repeated_host).message() == "more than one Host field");
  CHECK(std::string(flaw_category().name()) == "http1");
}
