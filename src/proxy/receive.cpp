// SPDX-License-Identifier: Apache-2.0
#include "proxy/receive.hpp"

#include <optional>
#include <string_view>

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
    const auto waiting = scanner.scan(inbox.view());
    if (!waiting) co_return fail(waiting.error());
    if (const auto whole = *waiting) co_return inbox.take(*whole);

    if (!socket.may_read()) {
      if (const auto error = co_await wait_readable(socket, patience)) co_return fail(error);
    }
    const auto got = socket.try_read(worker.scratch());
    if (!got && net::is_would_block(got.error())) continue;
    if (!got) co_return fail(got.error());
    if (*got == 0) co_return fail(Errc::connection_terminated);
    const std::string_view bytes(worker.scratch().data(), *got);
    // Most heads come whole, and need not lie in the inbox first.
    const auto come = inbox.empty() ? scanner.scan(bytes) : std::nullopt;
    const auto whole = come ? *come : std::nullopt;
    inbox.append(bytes.substr(whole.value_or(0)));
    if (!come) co_return fail(come.error());
    if (whole) co_return std::string(bytes.substr(0, *whole));
  }
}

}  // namespace culvert::proxy
