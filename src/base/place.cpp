// SPDX-License-Identifier: Apache-2.0
#include "base/place.hpp"

namespace culvert {

std::string ListenPlace::text() const {
  const auto* path = unix_path();
  return path != nullptr ? "unix:" + path->text : std::get<Endpoint>(where_).text();
}

}  // namespace culvert
