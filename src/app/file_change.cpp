// SPDX-License-Identifier: Apache-2.0
#include "app/file_change.hpp"

#include <cerrno>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/descriptor.hpp"

namespace culvert::app {
namespace {

using net::Descriptor;
template <class T>
using Done = std::expected<T, std::string>;

constexpr std::size_t largest_bytes = 64UL * 1024 * 1024;

std::unexpected<std::string> failed(const std::string& what) {
  return std::unexpected(what + ": " + std::error_code(errno, std::system_category()).message());
}

/// Where the file is, behind all symbolic links; as given when it is nowhere yet.
std::string resolved(const std::string& path) {
  std::error_code error;
  const auto found = std::filesystem::canonical(path, error);
  return error ? path : found.string();
}

/// True when the path leads to this very file still: somebody may have put another there while we
/// waited for the lock.
bool is_still_at(const struct stat& file, const std::string& path) {
  struct stat found{};
  return stat(path.c_str(), &found) == 0 && found.st_dev == file.st_dev &&
         found.st_ino == file.st_ino;
}

/// The file, opened and ours alone until it is closed.
struct Locked {
  Descriptor file;
  struct stat status{};
  bool created = false;
};

Done<Locked> lock(const std::string& path, IfMissing if_missing) {
  while (true) {
    const mode_t mode = S_IRUSR | S_IWUSR | S_IRGRP;
    Locked made;
    made.file = Descriptor(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!made.file && errno == ENOENT && if_missing == IfMissing::create) {
      made.file = Descriptor(open(path.c_str(), O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
      if (!made.file && errno == EEXIST) continue;
      made.created = true;
    }
    if (!made.file) return failed(path);
    if (flock(made.file.number(), LOCK_EX) != 0 || fstat(made.file.number(), &made.status) != 0) {
      return failed(path);
    }
    if (!S_ISREG(made.status.st_mode)) return std::unexpected(path + ": is not a regular file");
    if (is_still_at(made.status, path)) return made;
  }
}

Done<std::string> read_all(const Descriptor& file, const std::string& path) {
  std::string all;
  std::string piece(64UL * 1024, '\0');
  while (true) {
    const auto got = read(file.number(), piece.data(), piece.size());
    if (got < 0) return failed(path);
    if (got == 0) return all;
    all.append(piece, 0, static_cast<std::size_t>(got));
    if (all.size() > largest_bytes) return std::unexpected(path + ": is larger than 64 MiB");
  }
}

bool write_all(const Descriptor& file, std::string_view text) {
  while (!text.empty()) {
    const auto put = write(file.number(), text.data(), text.size());
    if (put < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(put));
  }
  return true;
}

/// A file beside another one, which goes unless it takes that one's place.
class Replacement {
 public:
  explicit Replacement(std::string path)
      : path_(std::move(path)),
        beside_(path_ + ".XXXXXX"),
        file_(mkostemp(beside_.data(), O_CLOEXEC)) {}
  ~Replacement() {
    if (file_) unlink(beside_.c_str());
  }
  Replacement(const Replacement&) = delete;
  Replacement& operator=(const Replacement&) = delete;

  Done<void> write(std::string_view text, const struct stat& like) {
    if (!file_) return failed(beside_);
    if (!write_all(file_, text)) return failed(beside_);
    if (fchown(file_.number(), like.st_uid, like.st_gid) != 0) {
      return failed(path_ + ": its owner cannot be kept");
    }
    constexpr mode_t permissions = 07777;
    if (fchmod(file_.number(), like.st_mode & permissions) != 0) return failed(beside_);
    if (fsync(file_.number()) != 0) return failed(beside_);
    return {};
  }

  Done<void> take_its_place() {
    if (rename(beside_.c_str(), path_.c_str()) != 0) return failed(path_);
    file_ = Descriptor();
    sync_folder();
    return {};
  }

 private:
  /// So that the change survives a stop of the machine. It is made, whatever comes of this.
  void sync_folder() const {
    auto folder = std::filesystem::path(path_).parent_path();
    if (folder.empty()) folder = ".";
    const Descriptor opened(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (opened) fsync(opened.number());
  }

  std::string path_;
  std::string beside_;
  Descriptor file_;
};

Done<void> replace(const std::string& path, const Locked& locked, const Change& change) {
  auto text = read_all(locked.file, path);
  if (!text) return std::unexpected(std::move(text.error()));
  const auto changed = change(std::move(*text));
  if (!changed) return std::unexpected(changed.error());
  Replacement replacement(path);
  if (auto written = replacement.write(*changed, locked.status); !written) return written;
  return replacement.take_its_place();
}

}  // namespace

std::expected<void, std::string> change_file(const std::string& path, IfMissing if_missing,
                                             const Change& change) {
  const auto real = resolved(path);
  const auto locked = lock(real, if_missing);
  if (!locked) return std::unexpected(locked.error());
  auto done = replace(real, *locked, change);
  if (!done && locked->created) unlink(real.c_str());  // still empty, and ours by the lock
  return done;
}

}  // namespace culvert::app
