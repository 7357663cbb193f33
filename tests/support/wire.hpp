// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

/// The heads of an exchange as each side sees them, for the rows of script.hpp.
namespace culvert::test {

/// Whether the proxy keeps connections to origins for the next exchange. This is the one place that
/// says so: what heads to an origin say of the connection, and how rows end, follow from it.
inline constexpr bool keeps_upstreams = true;

/// A request as a client writes it: "GET http://{origin}/ HTTP/1.1", a Host, and these fields.
std::string asks(std::string_view start_line, std::string_view fields = "",
                 std::string_view body = "");
/// What more a head to the origin says, because of what the client's said.
struct Heard {
  bool version10 = false;  ///< the client speaks HTTP/1.0
  bool trailers = false;   ///< TE: trailers
  bool upgrade = false;    ///< a handshake
};
/// The same as it arrives at the origin: "GET / HTTP/1.1", the target's Host, these fields, ours.
std::string arrived(std::string_view start_line, std::string_view fields = "",
                    std::string_view body = "", Heard heard = {});

/// An answer as the origin writes it: "200 OK" and these fields.
std::string answers(std::string_view status, std::string_view fields = "",
                    std::string_view body = "");
/// The same as the client gets it; `connection` is what Connection says, if it is there.
std::string got(std::string_view status, std::string_view fields = "", std::string_view body = "",
                std::string_view connection = "");

}  // namespace culvert::test
