// SPDX-License-Identifier: Apache-2.0
#include "proxy/receive.hpp"

#include <culvert/error.hpp>

namespace culvert::proxy {

net::Task<std::error_code> wait_readable(net::Socket& socket, const Patience& patience) {
  while (true) {
    const auto error = co_await socket.wait_readable(patience.until());
    if (error != Errc::timed_out || patience.until() <= socket.loop().now()) co_return error;
  }
}

net::Task<Result<std::string>> receive_head(Worker& worker, net::Socket& socket, Inbox& inbox,
                                            const http1::HeadLimits& limits,
                                            const Patience& patience) {
  http1::HeadScanner scanner(limits);
  while (true) {
    const auto length = scanner.scan(inbox.view());
    if (!length) co_return fail(length.error());
    if (const auto whole = *length) co_return inbox.take(*whole);

    if (!socket.may_read()) {
      if (const auto error = co_await wait_readable(socket, patience)) co_return fail(error);
    }
    const auto got = socket.try_read(worker.scratch());
    if (!got && net::is_would_block(got.error())) continue;
    if (!got) co_return fail(got.error());
    if (*got == 0) co_return fail(Errc::connection_terminated);
    inbox.append({worker.scratch().data(), *got});
  }
}

}  // namespace culvert::proxy
