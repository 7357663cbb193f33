// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <future>
#include <string>

#include "support/peer.hpp"

/// Long streams whose every byte is known, so that a loss, a repeat or a swap is seen.
namespace culvert::test {

/// `bytes` of the stream that `seed` names, from `offset` on.
std::string pattern(std::uint64_t seed, std::size_t offset, std::size_t bytes);

/// Sends the first `bytes` of a stream, and then a finish, on a thread of its own. The peer must
/// outlive it; meanwhile only one other thread may use it, for reading.
std::future<void> send_pattern(Peer& peer, std::uint64_t seed, std::size_t bytes);

/// Reads to the end of the stream. "" when it was exactly the first `bytes` of that stream, else
/// what is wrong.
std::string read_pattern(Peer& peer, std::uint64_t seed, std::size_t bytes);

}  // namespace culvert::test
