// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace culvert::proxy {

/// Bytes of one connection that were read and not used yet.
class Inbox {
 public:
  std::string_view view() const { return std::string_view(bytes_).substr(used_); }
  bool empty() const { return used_ == bytes_.size(); }
  void append(std::string_view bytes);
  void consume(std::size_t bytes) { used_ += bytes; }
  /// Takes the first `bytes` out.
  std::string take(std::size_t bytes);
  std::string take_all() { return take(view().size()); }

 private:
  std::string bytes_;
  std::size_t used_ = 0;
};

}  // namespace culvert::proxy
