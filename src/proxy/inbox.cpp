// SPDX-License-Identifier: Apache-2.0
#include "proxy/inbox.hpp"

namespace culvert::proxy {

void Inbox::append(std::string_view bytes) {
  if (empty()) {
    bytes_.clear();
    used_ = 0;
  }
  bytes_.append(bytes);
}

std::string Inbox::take(std::size_t bytes) {
  std::string taken(view().substr(0, bytes));
  used_ += taken.size();
  if (empty()) *this = Inbox();  // an idle connection keeps no buffer
  return taken;
}

}  // namespace culvert::proxy
