// SPDX-License-Identifier: Apache-2.0
#include "inspect/client_hello.hpp"

#include <algorithm>

#include "inspect/bytes.hpp"
#include "inspect/flaw.hpp"
#include "inspect/message.hpp"

namespace culvert::inspect {
namespace {

constexpr std::size_t record_header_bytes = 5;   // type, version, length (RFC 8446 §5.1)
constexpr std::size_t message_header_bytes = 4;  // type, length (RFC 8446 §4)
constexpr std::size_t most_record_bytes = 1UL << 14U;

constexpr char handshake = 22;
constexpr char client_hello = 1;

/// {3,0} is the lowest version that the header of a first record has (RFC 5246 appendix E.1), {3,3}
/// the last that any has (RFC 8446 §5.1).
constexpr char major_version = 3;
constexpr unsigned char last_minor_version = 3;

constexpr unsigned char value(char byte) {
  return static_cast<unsigned char>(byte);
}

}  // namespace

// Headers are taken byte by byte and contents in whole pieces, so that what is wrong first is told
// first, however the bytes were split.
Result<std::optional<ClientHello>> HelloReader::read(std::string_view more) {
  while (!more.empty()) {
    const bool in_header = header_bytes_ < record_header_bytes;
    if (in_header || message_.size() < message_header_bytes) {
      const auto taken =
          in_header ? take_record_header(more.front()) : take_message_header(more.front());
      if (!taken) return fail(taken.error());
      more.remove_prefix(1);
    } else {
      const auto piece = more.substr(0, record_left_);
      message_.append(piece);
      record_left_ -= piece.size();
      more.remove_prefix(piece.size());
    }
    if (message_bytes_ > 0 && message_.size() == message_bytes_) {
      auto hello = read_message(std::string_view(message_).substr(message_header_bytes));
      if (!hello) return fail(hello.error());
      return std::move(*hello);
    }
    if (record_left_ == 0 && header_bytes_ == record_header_bytes) header_bytes_ = 0;
  }
  return std::nullopt;
}

Result<void> HelloReader::take_record_header(char byte) {
  const auto flaw = records_ == 0 ? Flaw::not_tls : Flaw::bad_record;
  switch (header_bytes_++) {
    case 0:
      if (records_ == most_records) return fail(Flaw::too_many_records);
      if (byte != handshake) return fail(flaw);
      return {};
    case 1:
      if (byte != major_version) return fail(flaw);
      return {};
    case 2:
      if (value(byte) > last_minor_version) return fail(flaw);
      return {};
    case 3:
      record_left_ = std::size_t{value(byte)} << 8U;
      if (record_left_ > most_record_bytes) return fail(Flaw::bad_record);
      return {};
    case 4: break;
  }
  record_left_ += value(byte);
  if (record_left_ == 0 || record_left_ > most_record_bytes) return fail(Flaw::bad_record);
  ++records_;
  return check_record_end();
}

Result<void> HelloReader::take_message_header(char byte) {
  message_ += byte;
  --record_left_;
  if (message_.front() != client_hello) return fail(Flaw::not_client_hello);
  if (message_.size() < message_header_bytes) return {};
  const auto length = number_of(std::string_view(message_).substr(1));
  if (length == 0) return fail(Flaw::bad_hello);
  if (length > most_hello_bytes) return fail(Flaw::hello_too_large);
  message_bytes_ = message_header_bytes + length;
  return check_record_end();
}

/// "Implementations MUST send these messages in alignment with a record boundary" (RFC 8446 §5.1).
Result<void> HelloReader::check_record_end() const {
  if (message_bytes_ > 0 && message_.size() + record_left_ > message_bytes_) {
    return fail(Flaw::hello_shares_record);
  }
  return {};
}

}  // namespace culvert::inspect
