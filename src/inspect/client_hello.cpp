// SPDX-License-Identifier: Apache-2.0
#include "inspect/client_hello.hpp"

#include "inspect/bytes.hpp"
#include "inspect/flaw.hpp"
#include "inspect/message.hpp"

namespace culvert::inspect {
namespace {

constexpr std::size_t record_header_bytes = 5;   // type, version, length (RFC 8446 §5.1)
constexpr std::size_t version_end = 3;           // in there
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

/// May the type and version of a record, which come first, have this byte at this place?
constexpr bool fits_record(char byte, std::size_t at) {
  if (at == 0) return byte == handshake;
  return at == 1 ? byte == major_version : value(byte) <= last_minor_version;
}

}  // namespace

// Headers are taken byte by byte and contents in whole pieces, so that what is wrong first is told
// first, however the bytes were split.
Result<std::optional<ClientHello>> HelloReader::read(std::string_view more) {
  while (!more.empty()) {
    const bool in_header = header_bytes_ < record_header_bytes;
    const auto taken = in_header ? take_record_header(more) : take_content(more);
    if (!taken) return fail(taken.error());
    if (message_bytes_ > 0 && message_.size() == message_bytes_) {
      return read_message(std::string_view(message_).substr(message_header_bytes));
    }
  }
  return std::nullopt;
}

/// Takes one byte off `more`.
Result<void> HelloReader::take_record_header(std::string_view& more) {
  const char byte = more.front();
  more.remove_prefix(1);
  const auto at = header_bytes_++;
  if (at == 0 && records_ == most_records) return fail(Flaw::too_many_records);
  if (at < version_end) {
    if (fits_record(byte, at)) return {};
    return fail(records_ == 0 ? Flaw::not_tls : Flaw::bad_record);
  }
  record_left_ = record_left_ << 8U | value(byte);
  if (header_bytes_ < record_header_bytes) return {};
  if (record_left_ == 0 || record_left_ > most_record_bytes) return fail(Flaw::bad_record);
  ++records_;
  return check_record_end();
}

/// Takes what belongs to this record off `more`, but one byte of the message's header at a time.
Result<void> HelloReader::take_content(std::string_view& more) {
  const bool in_header = message_.size() < message_header_bytes;
  const auto piece = more.substr(0, in_header ? 1 : record_left_);
  more.remove_prefix(piece.size());
  message_.append(piece);
  record_left_ -= piece.size();
  if (record_left_ == 0) header_bytes_ = 0;
  return in_header ? check_message_header() : Result<void>{};
}

Result<void> HelloReader::check_message_header() {
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
