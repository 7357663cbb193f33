// SPDX-License-Identifier: Apache-2.0
#include "config/number.hpp"

#include <limits>

#include "unit/config/reading.hpp"

using namespace culvert::config;

TEST_CASE("number: sizes have units, and without one they are bytes", "[config]") {
  auto [value, bytes] = GENERATE(table<Value, std::size_t>({
      {text_value("64KiB"), 65536},
      {text_value("1MiB"), 1048576},
      {text_value("2GiB"), 2147483648},
      {text_value("1000B"), 1000},
      {number_value(1000), 1000},
      {number_value(0), 0},
  }));
  CAPTURE(described(value));
  const auto read = read_size(value, {0, std::numeric_limits<std::size_t>::max()});
  REQUIRE(read);
  CHECK(*read == bytes);
}

TEST_CASE("number: what is no size is refused with what would be right", "[config]") {
  const auto* text = GENERATE("", "KiB", "64", "64K", "64KB", "64kib", "64 KiB", "1.5MiB", "-1B",
                              "1TiB", "1KiB2B");
  CAPTURE(text);
  const auto read = read_size(text_value(text), {0, 1024});
  REQUIRE_FALSE(read);
  CHECK(read.error() == quoted(text) +
                            " is no size; write a whole number with B, KiB, MiB or GiB, such as "
                            "\"64KiB\"");
}

TEST_CASE("number: a size out of its range is refused with the range", "[config]") {
  const auto value =
      GENERATE(text_value("1023B"), text_value("2MiB"), number_value(-1), number_value(0),
               text_value("99999999999999999999GiB"), text_value("18446744073709551615GiB"));
  CHECK(read_size(value, {1024, 1024 * 1024}).error() ==
        "wants a size from 1KiB to 1MiB, not " + described(value));
}

TEST_CASE("number: a count lies in its range, ends included", "[config]") {
  CHECK(read_count(number_value(1), {1, 10}) == 1);
  CHECK(read_count(number_value(10), {1, 10}) == 10);
  const auto value = GENERATE(number_value(0), number_value(11), number_value(-1),
                              number_value(std::numeric_limits<std::int64_t>::min()),
                              text_value("5"), Value{.what = List{}, .place = {}});
  CHECK(read_count(value, {1, 10}).error() ==
        "wants a whole number from 1 to 10, not " + described(value));
}

TEST_CASE("number: a size is written in the largest unit that fits", "[config]") {
  CHECK(size_text(0) == "0B");
  CHECK(size_text(1) == "1B");
  CHECK(size_text(1024) == "1KiB");
  CHECK(size_text(1536) == "1536B");
  CHECK(size_text(std::size_t{3} << 30) == "3GiB");
}
