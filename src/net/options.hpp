// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace culvert::net {

/// Sets what every connection of ours has: no delay of small segments, urgent data
/// in its place in the stream, and keep-alive probes that
/// find a peer that vanished without a word within some two minutes. Accepted sockets inherit it
/// from their listener. What the system refuses is left out: the connection works without.
void set_connection_options(int socket);

/// Of these, the one that means something on an accepted Unix socket, which inherits none: urgent
/// data in its place. Without it the system drops a byte of the stream.
void set_local_options(int socket);

}  // namespace culvert::net
