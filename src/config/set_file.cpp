// SPDX-License-Identifier: Apache-2.0
#include "config/set_file.hpp"

#include <filesystem>
#include <string_view>

#include "config/contents.hpp"
#include "config/selectors.hpp"

namespace culvert::config {
namespace {

constexpr std::size_t largest_file_bytes = 512UL * 1024 * 1024;  // some twenty million names
constexpr std::size_t told_mistakes = 20;
constexpr std::string_view blanks = " \t\r";

struct Line {
  std::string_view text;  ///< without blanks around it and without its comment; may be empty
  std::uint32_t column;   ///< of its first character, from 1
};

Line read_line(std::string_view line) {
  line = line.substr(0, line.find('#'));
  const auto first = line.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {.text = {}, .column = 1};
  const auto last = line.find_last_not_of(blanks);
  return {.text = line.substr(first, last - first + 1),
          .column = static_cast<std::uint32_t>(first + 1)};
}

/// The lines of one file on their way into a set.
class Reading {
 public:
  Reading(const std::string& file, Draft& draft) : file_(file), draft_(draft) {}

  void take(std::string_view text) {
    ++line_;
    const auto [host, column] = read_line(text);
    if (host.empty()) return;
    const auto pattern = policy::HostPattern::parse(host);
    if (pattern) {
      set_->add(*pattern);
    } else {
      wrong(host, column);
    }
  }

  std::shared_ptr<const policy::HostSet> finished() {
    if (wrong_ > told_mistakes) {
      draft_.mistakes.add(
          {.file = file_,
           .line = line_,
           .column = 1,
           .key = {},
           .what = "and " + std::to_string(wrong_ - told_mistakes) + " more lines are no hosts"});
    }
    return set_;
  }

 private:
  void wrong(std::string_view host, std::uint32_t column) {
    if (++wrong_ > told_mistakes) return;
    draft_.mistakes.add(
        {.file = file_, .line = line_, .column = column, .key = {}, .what = no_pattern(host)});
  }

  const std::string& file_;
  Draft& draft_;
  std::shared_ptr<policy::HostSet> set_ = std::make_shared<policy::HostSet>();
  std::uint32_t line_ = 0;
  std::size_t wrong_ = 0;
};

}  // namespace

std::shared_ptr<const policy::HostSet> read_set_file(const std::string& path, const Place& place,
                                                     const std::string& key, Draft& draft) {
  // A pipe would be waited for, and has nothing to say a second time.
  std::error_code unknown;
  if (std::filesystem::exists(path, unknown) && !std::filesystem::is_regular_file(path, unknown)) {
    draft.mistakes.add(place, key, path + " is no regular file");
    return std::make_shared<policy::HostSet>();
  }
  const auto text = contents(path, largest_file_bytes);
  if (!text) {
    draft.mistakes.add(place, key, path + " cannot be read: " + text.error().message());
    return std::make_shared<policy::HostSet>();
  }
  std::string_view left = *text;
  if (left.starts_with("\xef\xbb\xbf")) left.remove_prefix(3);  // some editors' mark of UTF-8
  Reading reading(path, draft);
  while (!left.empty()) {
    const auto end = std::min(left.find('\n'), left.size());
    reading.take(left.substr(0, end));
    left.remove_prefix(std::min(end + 1, left.size()));
  }
  return reading.finished();
}

}  // namespace culvert::config
