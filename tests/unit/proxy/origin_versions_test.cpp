// SPDX-License-Identifier: Apache-2.0
#include "proxy/origin_versions.hpp"

#include <catch2/catch.hpp>

using namespace culvert;
using namespace culvert::proxy;
using namespace std::chrono_literals;

namespace {

constexpr net::TimePoint now{};

Authority origin(const std::string& text) {
  return *Authority::parse(text);
}

}  // namespace

TEST_CASE("origin versions: what an origin speaks is known until its time", "[origin_versions]") {
  OriginVersions versions;
  CHECK(!versions.of(origin("a.example:443"), now));
  versions.learn(origin("a.example:443"), Speaks::http2, now + 10min);
  CHECK(versions.of(origin("a.example:443"), now + 599s) == Speaks::http2);
  CHECK(!versions.of(origin("a.example:8443"), now));
  CHECK(!versions.of(origin("b.example:443"), now));
  CHECK(!versions.of(origin("a.example:443"), now + 10min));
  CHECK(versions.size() == 0);
}

TEST_CASE("origin versions: what is learnt last holds", "[origin_versions]") {
  OriginVersions versions;
  versions.learn(origin("a.example:443"), Speaks::http2_websockets, now + 10min);
  versions.learn(origin("A.example:443"), Speaks::http11, now + 5min);
  CHECK(versions.of(origin("a.example:443"), now) == Speaks::http11);
  CHECK(!versions.of(origin("a.example:443"), now + 5min));
}

TEST_CASE("origin versions: what is forgotten is found out anew", "[origin_versions]") {
  OriginVersions versions;
  versions.learn(origin("a.example:443"), Speaks::http11, now + 10min);
  versions.learn(origin("b.example:443"), Speaks::http2, now + 10min);
  versions.forget(origin("a.example:443"));
  versions.forget(origin("unheard.example:443"));
  CHECK(!versions.of(origin("a.example:443"), now));
  CHECK(versions.of(origin("b.example:443"), now) == Speaks::http2);
  versions.forget_all();
  CHECK(versions.size() == 0);
  CHECK(!versions.of(origin("b.example:443"), now));
}

TEST_CASE("origin versions: there is no end of origins, and an end of what is remembered",
          "[origin_versions]") {
  OriginVersions versions;
  const auto first = origin("first.example:443");
  versions.learn(first, Speaks::http2, now + 10min);
  for (std::size_t i = 1; i <= OriginVersions::most; ++i) {
    versions.learn(origin("o" + std::to_string(i) + ".example:443"), Speaks::http11, now + 10min);
    if (i == OriginVersions::most / 2) CHECK(versions.of(first, now));
  }
  CHECK(versions.size() == OriginVersions::most);
  CHECK(versions.of(first, now) == Speaks::http2);
  CHECK(!versions.of(origin("o1.example:443"), now));  // it was asked about the longest ago
}
