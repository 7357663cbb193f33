// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/config.hpp"
#include "http2/frame_meter.hpp"
#include "http2/settings.hpp"

namespace culvert::proxy {

/// What we offer on a connection of HTTP/2, to clients and to origins alike.
http2::Settings http2_settings(const config::Config& config);
/// What a peer may cost.
http2::FrameMeter::Limits http2_limits(const config::Config& config);

}  // namespace culvert::proxy
