// SPDX-License-Identifier: Apache-2.0
#include "base/endpoint.hpp"

namespace culvert {

std::string Endpoint::text() const {
  const auto port_text = ":" + std::to_string(port);
  return address.is_v4() ? address.text() + port_text : "[" + address.text() + "]" + port_text;
}

}  // namespace culvert
