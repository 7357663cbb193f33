// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <sys/types.h>

namespace culvert {

/// What tells one content of a file from the next without reading it.
struct FileState {
  dev_t device;
  ino_t inode;
  off_t size;
  std::int64_t seconds, nanoseconds;  ///< since 1970, when it was last written
  /// Looked at within the tick of the system's clock in which it was written: one more write might
  /// leave all of the above as it is. So that nothing is missed, such a state differs from each one
  /// that is taken later.
  bool fresh = false;
  friend bool operator==(const FileState&, const FileState&) = default;
};

/// That of the file which `path` leads to now; nullopt: it cannot be seen.
std::optional<FileState> file_state(const std::string& path);

/// A file whose changes matter, and what is known of it.
struct WatchedFile {
  std::string path;                ///< absolute
  std::optional<FileState> state;  ///< before it was read: what it says is of then or later
  friend bool operator==(const WatchedFile&, const WatchedFile&) = default;
};

}  // namespace culvert
