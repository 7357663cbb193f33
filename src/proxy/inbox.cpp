// SPDX-License-Identifier: Apache-2.0
#include "proxy/inbox.hpp"

namespace culvert::proxy {

void Inbox::append(std::string_view bytes) {
  bytes_.erase(0, used_);
  used_ = 0;
  bytes_.append(bytes);
}

void Inbox::put_back(std::string_view bytes) {
  if (bytes.empty()) return;
  bytes_.replace(0, used_, bytes);
  used_ = 0;
}

std::string Inbox::take(std::size_t bytes) {
  std::string taken(view().substr(0, bytes));
  used_ += taken.size();
  if (empty()) {  // an idle connection keeps no buffer; an assignment would
    std::string().swap(bytes_);
    used_ = 0;
  }
  return taken;
}

}  // namespace culvert::proxy
