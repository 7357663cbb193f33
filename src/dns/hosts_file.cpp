// SPDX-License-Identifier: Apache-2.0
#include "dns/hosts_file.hpp"

#include <algorithm>
#include <fstream>

#include <culvert/authority.hpp>

namespace culvert::dns {
namespace {

constexpr std::string_view blanks = " \t\r\f\v";

/// Takes the next word off the front of `line`; empty when there is none.
std::string_view next_word(std::string_view& line) {
  const auto begin = std::min(line.find_first_not_of(blanks), line.size());
  const auto end = std::min(line.find_first_of(blanks, begin), line.size());
  const auto word = line.substr(begin, end - begin);
  line.remove_prefix(end);
  return word;
}

std::string read_all(const std::string& path, std::size_t max_bytes) {
  std::ifstream file(path, std::ios::binary);
  std::string text;
  char piece[16384];
  while (text.size() < max_bytes && (file.read(piece, sizeof piece), file.gcount() > 0)) {
    text.append(piece, static_cast<std::size_t>(file.gcount()));
  }
  // Cut short, the last line may name another host than the file does.
  if (text.size() >= max_bytes) text.resize(text.rfind('\n', max_bytes) + 1);
  return text;
}

}  // namespace

HostsTable HostsTable::parse(std::string_view text) {
  HostsTable table;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    table.read_line(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return table;
}

void HostsTable::read_line(std::string_view line) {
  line = line.substr(0, line.find('#'));
  const auto address = Address::parse(next_word(line));
  if (!address) return;
  for (auto word = next_word(line); !word.empty(); word = next_word(line)) {
    const auto host = Host::parse(word);
    if (!host || host->is_address()) continue;
    auto& known = addresses_[host->name()];
    if (std::ranges::find(known, *address) == known.end()) known.push_back(*address);
  }
}

const std::vector<Address>* HostsTable::find(std::string_view name) const {
  const auto found = addresses_.find(name);
  return found == addresses_.end() ? nullptr : &found->second;
}

const std::vector<Address>* HostsFile::find(std::string_view name, net::TimePoint now) {
  if (path_.empty()) return nullptr;
  if (!looked_ || now - *looked_ >= look_every) {
    looked_ = now;
    const auto version = version_on_disk();
    if (version != read_) {
      table_ = version ? HostsTable::parse(read_all(path_, max_bytes)) : HostsTable();
      read_ = version;
    }
  }
  return table_.find(name);
}

std::optional<HostsFile::Version> HostsFile::version_on_disk() const {
  struct stat found{};
  // Only a regular file: reading a pipe would hold up the worker for ever.
  if (stat(path_.c_str(), &found) != 0 || !S_ISREG(found.st_mode)) return std::nullopt;
  return Version{.seconds = found.st_mtim.tv_sec,
                 .nanoseconds = found.st_mtim.tv_nsec,
                 .size = found.st_size,
                 .inode = found.st_ino};
}

}  // namespace culvert::dns
