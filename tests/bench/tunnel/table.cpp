// SPDX-License-Identifier: Apache-2.0
#include "tunnel/table.hpp"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

namespace culvert::bench {
namespace {

double median(std::vector<double> values) {
  std::ranges::sort(values);
  const auto middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

/// Three digits are more than such a value is worth.
std::string number(double value) {
  if (value < 10) return fmt::format("{:.2f}", value);
  return value < 100 ? fmt::format("{:.1f}", value) : fmt::format("{:.0f}", value);
}

std::string cell(const std::vector<double>& values) {
  if (values.empty()) return "";
  const auto [least, most] = std::ranges::minmax(values);
  return fmt::format("{} ({} - {})", number(median(values)), number(least), number(most));
}

}  // namespace

void Table::add(const std::string& what, Version version, double value) {
  auto line = std::ranges::find(lines_, what, &Line::what);
  if (line == lines_.end()) line = lines_.insert(line, {.what = what, .values = {}});
  line->values[static_cast<std::size_t>(std::to_underlying(version))].push_back(value);
}

void Table::print() const {
  const auto row = [](const auto&... cells) {
    fmt::print("| {:<47} | {:<22} | {:<22} | {:>5} |\n", cells...);
  };
  row("median (least - most)", "HTTP/1 connections", "HTTP/2 streams", "ratio");
  row("---", "---", "---", "---");
  for (const auto& [what, values] : lines_) {
    const auto& [http1, http2] = values;
    const bool both = !http1.empty() && !http2.empty();
    row(what, cell(http1), cell(http2), both ? number(median(http2) / median(http1)) : "");
  }
}

}  // namespace culvert::bench
