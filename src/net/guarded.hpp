// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <exception>
#include <utility>

#include "observe/log.hpp"

namespace culvert::net {

/// Makes a call of the event loop. An exception out of a watcher, a deadline or a job is a fault of
/// ours, or the end of memory. It is told and ends that call only: all others of the worker go on.
template <class Call>
void guarded(Call&& call) {
  try {
    std::forward<Call>(call)();
  } catch (const std::exception& fault) {
    observe::log_error("something failed in the event loop: {}", fault.what());
  }
}

}  // namespace culvert::net
