// SPDX-License-Identifier: Apache-2.0
#include "base/place.hpp"

#include <catch2/catch.hpp>

using namespace culvert;

TEST_CASE("place: it is written as the configuration has it", "[place]") {
  const ListenPlace tcp(Endpoint{.address = Address::v4(0x7f000001), .port = 3128});
  CHECK(tcp.text() == "127.0.0.1:3128");
  CHECK(tcp.endpoint() != nullptr);
  CHECK(tcp.unix_path() == nullptr);

  const ListenPlace local(UnixPath{"/run/culvert.sock"});
  CHECK(local.text() == "unix:/run/culvert.sock");
  CHECK(local.endpoint() == nullptr);
  REQUIRE(local.unix_path() != nullptr);
  CHECK(local.unix_path()->text == "/run/culvert.sock");
}

TEST_CASE("place: two are the same when kind and name are", "[place]") {
  CHECK(ListenPlace(UnixPath{"/a"}) == ListenPlace(UnixPath{"/a"}));
  CHECK_FALSE(ListenPlace(UnixPath{"/a"}) == ListenPlace(UnixPath{"/b"}));
  CHECK_FALSE(ListenPlace(UnixPath{"/a"}) == ListenPlace());
  CHECK(ListenPlace() == ListenPlace(Endpoint()));
}
