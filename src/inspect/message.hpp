// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "inspect/client_hello.hpp"

namespace culvert::inspect {

/// Reads the body of a ClientHello, what is behind its type and length (RFC 8446 §4.1.2). A hello
/// without extensions is one of TLS 1.2 or older (RFC 5246 §7.4.1.2). Flaw::bad_hello,
/// repeated_extension, bad_server_name, bad_alpn, bad_encrypted_hello.
Result<ClientHello> read_message(std::string_view body);

}  // namespace culvert::inspect
