// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include "tunnel/tunnels.hpp"

namespace culvert::bench {

/// What was measured, a line each, of both versions: for people, and as it stands in a README.
class Table {
 public:
  /// A value of one round. `what` names the line, with its unit.
  void add(const std::string& what, Version version, double value);
  /// Medians with the least and the most, and how many times as much HTTP/2 has.
  void print() const;

 private:
  struct Line {
    std::string what;
    std::array<std::vector<double>, 2> values;
  };

  std::vector<Line> lines_;
};

}  // namespace culvert::bench
