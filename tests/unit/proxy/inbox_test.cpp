// SPDX-License-Identifier: Apache-2.0
#include "proxy/inbox.hpp"

#include <catch2/catch.hpp>

using namespace culvert::proxy;

TEST_CASE("inbox: what was appended is taken in order", "[inbox]") {
  Inbox inbox;
  CHECK(inbox.empty());
  inbox.append("abcdef");
  CHECK(inbox.take(2) == "ab");
  inbox.append("gh");
  CHECK(inbox.view() == "cdefgh");
  CHECK(inbox.take(4) == "cdef");
  CHECK(inbox.take_all() == "gh");
  CHECK(inbox.empty());
}

TEST_CASE("inbox: what is put back comes next", "[inbox]") {
  Inbox inbox;
  inbox.append("abcdef");
  inbox.take(1);
  const auto taken = inbox.take(3);
  inbox.put_back(taken.substr(1));
  CHECK(inbox.view() == "cdef");
  inbox.put_back("");
  inbox.take_all();
  inbox.put_back("gh");
  inbox.append("i");
  CHECK(inbox.take_all() == "ghi");
}

TEST_CASE("inbox: one that is never quite empty does not grow", "[inbox]") {
  const std::string piece(1000, 'x');
  Inbox inbox;
  inbox.append("y");
  for (int i = 0; i < 10'000; ++i) {
    inbox.append(piece);
    CHECK(inbox.take(1000).size() == 1000);
    CHECK(inbox.view().size() == 1);
  }
  CHECK(inbox.memory() < 10'000);
}

TEST_CASE("inbox: an empty one holds no memory", "[inbox]") {
  Inbox inbox;
  const auto none = inbox.memory();
  inbox.append(std::string(10'000, 'x'));
  inbox.take_all();
  CHECK(inbox.memory() == none);
}
