// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/config.hpp"
#include "net/wheel.hpp"

namespace culvert::proxy {

/// How long a receiver may take nothing: ten times as long as a sender may give nothing. It may be
/// reading all the time: once its window is closed, its system opens it only when a good part of
/// its buffer is free (RFC 9293 §3.8.6.2.2), which at some KB a second takes minutes.
inline net::milliseconds longest_stall(const config::Timeouts& timeouts) {
  return timeouts.body_idle * 10;
}

}  // namespace culvert::proxy
