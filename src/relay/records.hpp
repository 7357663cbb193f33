// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace culvert::relay {

/// Where one direction of TLS stands between its records, by their headers, which stay in the clear
/// (RFC 8446 §5.1, RFC 5246 §6.2). Bytes may come split anywhere. What no record has in its header
/// makes it `lost`: these are no records, or none that begin here.
class Records {
 public:
  enum class Part : std::uint8_t { header, whole_header, body };
  struct Step {
    std::size_t used = 0;  ///< bytes, all of one part
    Part part = Part::header;
  };
  /// Goes on over `bytes`, which are not empty, to the end of a header or of a record at most. All
  /// of them are used when it is lost.
  Step step(std::string_view bytes);
  /// Bytes have passed unseen.
  void lose() { lost_ = true; }
  /// When it is lost: true, and it is at a boundary, if `bytes` are records from the first one on;
  /// the last may be cut off behind its header.
  bool find(std::string_view bytes);

  bool lost() const { return lost_; }
  /// Of the record whose header was complete last, until the next one begins: it is of application
  /// data, and as short as the records of a heartbeat.
  bool small() const { return small_; }

 private:
  bool take(std::uint8_t byte);
  bool complete();

  std::uint16_t left_ = 0;  // of the record under way; the length, as far as it has come, before
  std::uint8_t have_ = 0;   // bytes of the header; all of them within the record
  std::uint8_t type_ = 0;
  bool small_ = false;
  bool lost_ = false;
};

}  // namespace culvert::relay
