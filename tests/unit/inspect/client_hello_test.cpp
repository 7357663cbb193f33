// SPDX-License-Identifier: Apache-2.0
// How a ClientHello may be split, and what the records around it may be.
#include "unit/inspect/hellos.hpp"

using namespace culvert;
using namespace culvert::inspect;
using namespace std::string_literals;

namespace {

const std::string sample = hello(server_names({"www.example.com"}) + alpn({"http/1.1"}));

/// The same message in records of this many bytes each.
std::string refragmented(const std::string& one_record, std::size_t fragment) {
  return in_records(std::string_view(one_record).substr(5), fragment);
}

}  // namespace

TEST_CASE("hello: what clients send is read", "[inspect]") {
  using Names = std::vector<std::string>;
  auto [client, name, encrypted, protocols] =
      GENERATE(table<const char*, std::optional<std::string>, bool, Names>({
          {"chromium", "www.example.com", true, {"h2", "http/1.1"}},  // GREASE, ML-KEM
          {"curl", "www.example.com", false, {"h2", "http/1.1"}},
          {"java", "www.example.com", false, {}},
          {"node", "www.example.com", false, {"http/1.1"}},
          {"openssl", "www.example.com", false, {"h2", "http/1.1"}},
          {"openssl_tls12_nameless", std::nullopt, false, {}},
          {"python", "www.example.com", false, {}},
      }));
  CAPTURE(client);
  const auto bytes = recorded(client);
  const auto read = whole(bytes);
  CHECK(read.server_name == name);
  CHECK(read.encrypted == encrypted);
  CHECK(read.alpn == protocols);
}

TEST_CASE("hello: however it is split, it reads the same", "[inspect]") {
  const auto* client = GENERATE("chromium", "java", "openssl");
  CAPTURE(client);
  const auto bytes = recorded(client);
  const Answer at_once = whole(bytes);
  bool same = true;
  for (std::size_t piece = 1; piece < bytes.size(); ++piece) {
    same = same && read_in_pieces(bytes, piece) == at_once;  // a CHECK of each takes seconds
    HelloReader in_two;
    same = same && in_two.read(std::string_view(bytes).substr(0, piece)) == std::nullopt &&
           in_two.read(std::string_view(bytes).substr(piece)) == at_once;
    const auto records = refragmented(bytes, piece);
    same = same && read(records) == at_once && read_in_pieces(records, 7) == at_once;
    if (!same) FAIL("pieces of " << piece);
  }
}

TEST_CASE("hello: one that is cut off has no answer, wherever it is cut", "[inspect]") {
  const auto* client = GENERATE("chromium", "curl", "openssl_tls12_nameless");
  CAPTURE(client);
  const auto bytes = recorded(client);
  for (const std::size_t fragment : {std::size_t{1}, std::size_t{50}, bytes.size()}) {
    const auto records = refragmented(bytes, fragment);
    for (std::size_t have = 0; have < records.size(); ++have) {
      const auto answer = read(std::string_view(records).substr(0, have));
      if (!answer || *answer) FAIL("an answer after " << have << " bytes");
    }
    CHECK(whole(records) == whole(bytes));
  }
}

TEST_CASE("hello: what is no handshake is refused with its first byte that is not", "[inspect]") {
  auto [bytes, flaw] = GENERATE(table<std::string, Flaw>({
      {"G", Flaw::not_tls},
      {"\x80", Flaw::not_tls},  // a hello of SSL 2.0
      {"\x15", Flaw::not_tls},  // an alert
      {"\x17", Flaw::not_tls},  // application data
      {"\x16\x02", Flaw::not_tls},
      {"\x16\xfe", Flaw::not_tls},  // DTLS
      {"\x16\x03\x04", Flaw::not_tls},
      {"\x16\x03\x01\x40\x01", Flaw::bad_record},  // more than 2^14
      {"\x16\x03\x01\xff\xff", Flaw::bad_record},
      {"\x16\x03\x01\x01\x00\x02"s, Flaw::not_client_hello},
      {"\x16\x03\x01\x01\x00\x00"s, Flaw::not_client_hello},  // HelloRequest
      {"\x16\x03\x01\x01\x00\x01\x00\x40\x01"s, Flaw::hello_too_large},
      {"\x16\x03\x01\x01\x00\x01\xff\xff\xff"s, Flaw::hello_too_large},
      {"\x16\x03\x01\x00\x04\x01\x00\x00\x00"s, Flaw::bad_hello},  // empty
      {"\x16\x03\x01\x00\x06\x01\x00\x00\x01"s, Flaw::hello_shares_record},
  }));
  CAPTURE(bytes);
  CHECK(flaw_of(bytes) == flaw);
  CHECK(read(std::string_view(bytes).substr(0, bytes.size() - 1)) == std::nullopt);
}

TEST_CASE("hello: a record may say any version of old", "[inspect]") {
  auto bytes = record(sample);
  for (const int minor : {0, 1, 2, 3}) {
    bytes[2] = static_cast<char>(minor);
    CHECK(whole(bytes).server_name == "www.example.com");
  }
}

TEST_CASE("hello: an empty record is refused, first, between and in the header", "[inspect]") {
  const auto empty = record("");
  CHECK(flaw_of(empty) == Flaw::bad_record);
  for (const std::size_t before : {1U, 3U, 4U, 5U, 60U}) {
    const std::string_view text = sample;
    CHECK(flaw_of(record(text.substr(0, before)) + empty + record(text.substr(before))) ==
          Flaw::bad_record);
  }
}

TEST_CASE("hello: no other record stands inside", "[inspect]") {
  const std::string_view text = sample;
  const auto begun = record(text.substr(0, 50));
  CHECK(flaw_of(begun + "\x14\x03\x03\x00\x01\x01"s) == Flaw::bad_record);
  CHECK(flaw_of(begun + "\x15") == Flaw::bad_record);
  CHECK(flaw_of(begun + "\x17") == Flaw::bad_record);
  CHECK(flaw_of(begun + "\x16\x04") == Flaw::bad_record);
  CHECK(flaw_of(begun + "\x16\x03\x04") == Flaw::bad_record);
}

TEST_CASE("hello: it ends where its record ends", "[inspect]") {
  CHECK(flaw_of(record(sample + "x")) == Flaw::hello_shares_record);
  CHECK(flaw_of(record(sample + hello(server_names({"other.example"})))) ==
        Flaw::hello_shares_record);
  const std::string_view text = sample;
  CHECK(flaw_of(record(text.substr(0, 3)) + record(sample.substr(3) + "x")) ==
        Flaw::hello_shares_record);
  CHECK(flaw_of(record(text.substr(0, 50)) + record(sample.substr(50) + "x")) ==
        Flaw::hello_shares_record);
  // It is told from the lengths alone.
  CHECK(flaw_of(std::string_view(record(sample + "x")).substr(0, 9)) == Flaw::hello_shares_record);
}

TEST_CASE("hello: what follows its last record is not looked at", "[inspect]") {
  CHECK(whole(record(sample) + "\x14\x03\x03\x00\x01\x01 and early data"s) ==
        whole(record(sample)));
}

TEST_CASE("hello: it may be as large as the limit and no larger", "[inspect]") {
  const auto padded = [](std::size_t size) {
    const auto bare = hello(server_names({"a.example"}) + extension(21, "")).size();
    return hello(server_names({"a.example"}) + extension(21, std::string(size + 4 - bare, '\0')));
  };
  const auto largest = padded(HelloReader::most_hello_bytes);
  REQUIRE(largest.size() == HelloReader::most_hello_bytes + 4);
  CHECK(whole(in_records(largest, 16384)).server_name == "a.example");
  CHECK(flaw_of(in_records(padded(HelloReader::most_hello_bytes + 1), 16384)) ==
        Flaw::hello_too_large);
  CHECK(in_records(largest, 5).size() <= HelloReader::most_bytes);
  CHECK(whole(in_records(largest, 5)).server_name == "a.example");
  CHECK(flaw_of(in_records(largest, 4)) == Flaw::too_many_records);
  CHECK(flaw_of(in_records(largest, 1)) == Flaw::too_many_records);
}

TEST_CASE("hello: each flaw has a sentence of its own", "[inspect]") {
  std::vector<std::string> said{"an unknown flaw"};
  for (int code = 1; code <= static_cast<int>(Flaw::bad_encrypted_hello); ++code) {
    const auto text = make_error_code(static_cast<Flaw>(code)).message();
    CAPTURE(code, text);
    CHECK(std::ranges::find(said, text) == said.end());
    said.push_back(text);
  }
  CHECK(make_error_code(static_cast<Flaw>(999)).message() == "an unknown flaw");
  CHECK(std::string(flaw_category().name()) == "inspect");
}
