// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <string>

#include <culvert/http1/head.hpp>
#include <culvert/result.hpp>

#include "net/socket.hpp"
#include "proxy/inbox.hpp"
#include "proxy/worker.hpp"

namespace culvert::proxy {

/// A time limit that is pushed back by activity: `limit` after `since`, which others may move on
/// while somebody waits, and never beyond `at_most`. A limit of 0 is off.
struct Patience {
  net::milliseconds limit;
  const net::TimePoint& since;
  net::TimePoint at_most = net::never;
  net::TimePoint until() const { return std::min(net::after(since, limit), at_most); }
};

/// Waits until the socket can be read; Errc::timed_out when patience is at its end, Errc::aborted.
net::Task<std::error_code> wait_readable(net::Socket& socket, const Patience& patience);

/// Reads a whole head, leaving what is behind it in the inbox. An http1::Flaw; Errc::timed_out,
/// aborted; Errc::connection_terminated when the peer ends before the head does; or the system's
/// error.
net::Task<Result<std::string>> receive_head(Worker& worker, net::Socket& socket, Inbox& inbox,
                                            const http1::HeadLimits& limits,
                                            const Patience& patience);

}  // namespace culvert::proxy
