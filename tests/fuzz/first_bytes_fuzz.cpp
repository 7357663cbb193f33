// SPDX-License-Identifier: Apache-2.0
// However the first bytes are split, they say the same, and once most_bytes are there they say
// something. What is told to be HTTP is a request that http1 takes.
#include <culvert/http1/target.hpp>

#include "fuzz/oracle.hpp"
#include "inspect/first_bytes.hpp"

using namespace culvert;
using namespace culvert::inspect;
using namespace culvert::fuzz;

namespace {

constexpr http1::HeadLimits limits{.head_bytes = 512, .target_bytes = 64, .fields = 8};

/// What is said in the end, and how many bytes were there by then.
struct Told {
  std::optional<Speech> speech;
  std::size_t bytes = 0;
};

Told tell(std::string_view text, std::size_t piece) {
  FirstBytes first(limits);
  for (std::size_t have = piece; have < text.size(); have += piece) {
    auto speech = first.read(text.substr(0, have));
    if (speech) return {.speech = std::move(speech), .bytes = have};
  }
  return {.speech = first.read(text), .bytes = text.size()};
}

void check_request(std::string_view text) {
  const auto head = http1::parse_request(text, limits);
  must(head && head->method != "CONNECT");
  must(http1::read_target(*head).has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const auto text = text_of(data, size);
  const auto early = tell(text, 1);
  for (const std::size_t piece : {std::size_t{2}, std::size_t{3}, std::size_t{17}, size + 1}) {
    const auto told = tell(text, piece);
    must(told.speech == early.speech && told.bytes >= early.bytes);
  }
  must(early.speech ||
       size < (text.starts_with('\x16') ? HelloReader::most_bytes : limits.head_bytes));
  if (!early.speech) return 0;
  if (const auto* http = std::get_if<HttpRequest>(&*early.speech)) {
    must(http->head_bytes == early.bytes);
    check_request(text.substr(0, http->head_bytes));
  }
  return 0;
}
