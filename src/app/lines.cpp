// SPDX-License-Identifier: Apache-2.0
#include "app/lines.hpp"

#include <algorithm>
#include <string>

namespace culvert::app {
namespace {

constexpr std::size_t piece_bytes = std::size_t{64} * 1024;

void keep(std::string_view part, std::string& line) {
  line += part.substr(0, longest_line - std::min(longest_line, line.size()));
}

}  // namespace

bool each_line(std::FILE* stream, const std::function<void(std::string_view)>& on_line) {
  std::string piece(piece_bytes, '\0');
  std::string line;
  bool begun = false;
  while (const auto size = std::fread(piece.data(), 1, piece.size(), stream)) {
    std::string_view left(piece.data(), size);
    for (auto end = left.find('\n'); end != std::string_view::npos; end = left.find('\n')) {
      keep(left.substr(0, end), line);
      on_line(line);
      line.clear();
      begun = false;
      left.remove_prefix(end + 1);
    }
    keep(left, line);
    begun = begun || !left.empty();
  }
  if (begun) on_line(line);
  return std::ferror(stream) == 0;
}

}  // namespace culvert::app
