// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/config.hpp"
#include "config/value.hpp"

namespace culvert::config {

/// Reads what is listened on: "127.0.0.1:3128", "[::1]:3128", where port 0 lets the system choose,
/// or "unix:/run/culvert.sock".
Read<ListenPlace> read_listen_address(const Value& value);

/// Reads the mode of a Unix socket's file: "0660", in octal.
Read<std::uint32_t> read_socket_mode(const Value& value);

/// Reads a name server: the same, where the port may be missing and is then 53, but is never 0.
Read<Endpoint> read_server(const Value& value);

}  // namespace culvert::config
