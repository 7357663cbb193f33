// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace culvert::inspect {

/// Whether bytes are the first ones of a protocol that is neither TLS nor HTTP/1, and known by how
/// it begins.
struct Likeness {
  enum class How : std::uint8_t {
    none,    ///< of none that is known
    partly,  ///< more bytes will tell
    whole,   ///< of the one with this name
  };

  How how = How::none;
  std::string_view name;  ///< a short one for the log, which lives forever; empty unless `whole`
};

/// `received` is everything from the first byte on. No protocol's beginning is the beginning of
/// another's, so more bytes never change `whole` or `none`.
Likeness likeness_of(std::string_view received);

}  // namespace culvert::inspect
