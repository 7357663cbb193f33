// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "net/wheel.hpp"

namespace culvert::proxy {

/// The date that answers bear, made once a second.
class DateClock {
 public:
  /// imf_fixdate at `now`, the loop's time. The view lasts until the next call.
  std::string_view at(net::TimePoint now);

 private:
  std::string text_;
  net::TimePoint until_ = net::TimePoint::min();
};

}  // namespace culvert::proxy
