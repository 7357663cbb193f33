// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <culvert/result.hpp>

/// What a client speaks in a tunnel, told from its first bytes: bytes in, values out, no I/O, and
/// nothing is changed. FirstBytes (first_bytes.hpp) is the way in.
namespace culvert::inspect {

/// What a TLS client says before anything is encrypted (RFC 8446 §4.1.2).
struct ClientHello {
  /// The host that is asked for (RFC 6066 §3), in the spelling of Host::parse; nullopt if none is.
  std::optional<std::string> server_name;
  /// There is an encrypted_client_hello of the type `outer` (RFC 9849 §5): the real name may be
  /// another, unless the server declines. Or it is GREASE (RFC 9849 §6.2), as a browser sends it to
  /// every server of which it knows no key: nobody on the way can tell.
  bool encrypted = false;
  /// The application protocols on offer (RFC 7301), without GREASE (RFC 8701). Any bytes at all.
  std::vector<std::string> alpn;

  friend bool operator==(const ClientHello&, const ClientHello&) = default;
};

/// Reads a ClientHello from bytes that come in any pieces, split over any records. Each byte is
/// looked at once; no more than the hello is kept.
///
/// It is read strictly, since the server will read it again: where two readers could find two
/// names, there is a Flaw. So there is one name and of the only type there is, no extension comes
/// twice (RFC 8446 §4.2), a record is not empty (§5.1), no other record stands between, and the
/// hello ends where its record ends (§5.1). Values that are not known, and with them GREASE, are
/// passed over.
///
/// Only the first hello is read. After a HelloRetryRequest comes a second one, which may name no
/// other server (RFC 8446 §4.1.2); to hold a client to it takes a server that does so.
class HelloReader {
 public:
  /// As much as BoringSSL takes, which is to say many servers. A browser's hello has 2 kB.
  static constexpr std::size_t most_hello_bytes = 16UL * 1024;
  static constexpr std::size_t most_records = 4096;
  /// No hello that is taken is longer than this, its record headers included.
  static constexpr std::size_t most_bytes = 4 + most_hello_bytes + 5 * most_records;

  /// Takes the bytes that came since the last call. The hello once it is complete; nullopt while
  /// more is needed; a Flaw as early as the bytes of records and of the message's header allow, and
  /// for what is inside the message once that is complete. Not to be called after an answer. What
  /// follows the last record of the hello is not looked at (early data, RFC 8446 §4.2.10).
  Result<std::optional<ClientHello>> read(std::string_view more);

 private:
  Result<void> take_record_header(std::string_view& more);
  Result<void> take_content(std::string_view& more);
  Result<void> check_message_header();
  Result<void> check_record_end() const;

  std::size_t records_ = 0;
  std::size_t header_bytes_ = 0;   ///< of the header of this record
  std::size_t record_left_ = 0;    ///< of its content; while its header is read, the length so far
  std::size_t message_bytes_ = 0;  ///< of the message in all; known once its header is there
  std::string message_;
};

}  // namespace culvert::inspect
