// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/config.hpp"
#include "config/value.hpp"

namespace culvert::config {

/// Reads what is listened on: "127.0.0.1:3128", "[::1]:3128". Port 0 lets the system choose.
Read<Endpoint> read_listen_address(const Value& value);

/// Reads a name server: the same, where the port may be missing and is then 53, but is never 0.
Read<Endpoint> read_server(const Value& value);

}  // namespace culvert::config
