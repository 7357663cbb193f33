// SPDX-License-Identifier: Apache-2.0
#include "policy/suffix_hash.hpp"

#include <random>

namespace culvert::policy {

SuffixHash::Secret SuffixHash::draw() {
  std::random_device device;
  const auto word = [&device] { return std::uint64_t{device()} << 32U | device(); };
  return {.point = (word() >> 6U) | 1, .spread = word() | 1};
}

}  // namespace culvert::policy
