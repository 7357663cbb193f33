// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <sys/stat.h>

#include <culvert/address.hpp>

#include "net/wheel.hpp"

namespace culvert::dns {

/// Lets a map keyed by std::string be asked with a view.
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const noexcept {
    return std::hash<std::string_view>{}(text);
  }
};
template <class T>
using ByName = std::unordered_map<std::string, T, TextHash, std::equal_to<>>;

/// What a hosts(5) file says.
class HostsTable {
 public:
  HostsTable() = default;
  /// Reads lines of `address name...`, `#` begins a comment. As elsewhere, a line that cannot be
  /// read is passed over: the file is not ours. Addresses with a zone are passed over too.
  static HostsTable parse(std::string_view text);

  /// The addresses of a name in normal form (Host::name()), in the order of the file; null when
  /// the file does not have it.
  const std::vector<Address>* find(std::string_view name) const;

 private:
  void read_line(std::string_view line);

  ByName<std::vector<Address>> addresses_;
};

/// A hosts file that is read again when it has changed, looked at once a second at most. While it
/// cannot be read it holds nothing.
class HostsFile {
 public:
  static constexpr net::milliseconds look_every{1000};
  /// Of a longer file, only so much is read: reading holds up the worker.
  static constexpr std::size_t max_bytes = std::size_t{8} << 20U;

  /// An empty path is a file that holds nothing.
  explicit HostsFile(std::string path) : path_(std::move(path)) {}

  /// As HostsTable::find. The pointer holds until the next call.
  const std::vector<Address>* find(std::string_view name, net::TimePoint now);

 private:
  struct Version {  // tells one state of the file from the next
    std::int64_t seconds, nanoseconds;
    off_t size;
    ino_t inode;
    friend bool operator==(const Version&, const Version&) = default;
  };
  std::optional<Version> version_on_disk() const;

  std::string path_;
  HostsTable table_;
  std::optional<Version> read_;
  std::optional<net::TimePoint> looked_;
};

}  // namespace culvert::dns
