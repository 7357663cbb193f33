// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include <sys/resource.h>

namespace culvert::test {

/// The descriptors that this process has open.
std::size_t descriptors();

/// True when no more than `count` are open, at the latest after a patience.
bool descriptors_fall_to(std::size_t count);

/// This process may have so many descriptors, until the end of the scope.
class DescriptorLimit {
 public:
  explicit DescriptorLimit(rlim_t most);
  ~DescriptorLimit();
  DescriptorLimit(const DescriptorLimit&) = delete;
  DescriptorLimit& operator=(const DescriptorLimit&) = delete;

 private:
  rlimit before_{};
};

}  // namespace culvert::test
