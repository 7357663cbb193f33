// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace culvert::proxy {

/// Bytes of one connection that were read and not used yet. What was taken is given back when more
/// comes, so it is never much larger than what is left.
class Inbox {
 public:
  std::string_view view() const { return std::string_view(bytes_).substr(used_); }
  bool empty() const { return used_ == bytes_.size(); }
  void append(std::string_view bytes);
  /// What was taken, or read, and is to be taken next after all.
  void put_back(std::string_view bytes);
  /// Takes the first `bytes` out.
  std::string take(std::size_t bytes);
  std::string take_all() { return take(view().size()); }
  /// Bytes of memory that it holds.
  std::size_t memory() const { return bytes_.capacity(); }

 private:
  std::string bytes_;
  std::size_t used_ = 0;
};

}  // namespace culvert::proxy
