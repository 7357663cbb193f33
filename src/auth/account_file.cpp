// SPDX-License-Identifier: Apache-2.0
#include "auth/account_file.hpp"

#include <algorithm>
#include <cerrno>
#include <memory>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/printable.hpp"

namespace culvert::auth {
namespace {

class Open {
 public:
  /// Never waits, whatever the path turns out to be.
  explicit Open(const std::string& path)
      : number_(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  ~Open() {
    if (number_ >= 0) close(number_);
  }
  Open(const Open&) = delete;
  Open& operator=(const Open&) = delete;
  int number() const { return number_; }

 private:
  int number_;
};

void say_errno(Report& report) {
  report.mistake("cannot be read: " + std::error_code(errno, std::system_category()).message());
}

std::optional<std::string> read_all(int descriptor, Report& report) {
  std::string all;
  std::string piece(64UL * 1024, '\0');
  while (true) {
    const auto got = read(descriptor, piece.data(), piece.size());
    if (got == 0) return all;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      say_errno(report);
      return std::nullopt;
    }
    all.append(piece, 0, static_cast<std::size_t>(got));
    if (all.size() > largest_file_bytes) {
      report.mistake("is larger than 64 MiB");
      return std::nullopt;
    }
  }
}

}  // namespace

std::string FileMistake::text() const {
  if (line == 0) return printable(file + ": " + what);
  return printable(file + ":" + std::to_string(line) + ":" + std::to_string(column) + ": " + what);
}

void Report::mistake(std::size_t line, std::size_t column, std::string what) {
  if (mistakes_.size() == told_in_full) {
    ++untold_;
    return;
  }
  mistakes_.push_back({.file = file_, .line = line, .column = column, .what = std::move(what)});
}

void Report::warning(std::string what) {
  warnings_.push_back({.file = file_, .line = 0, .column = 0, .what = std::move(what)});
}

std::vector<FileMistake> Report::mistakes() const {
  auto all = mistakes_;
  if (untold_ > 0) {
    all.push_back({.file = file_,
                   .line = 0,
                   .column = 0,
                   .what = "and " + std::to_string(untold_) + " more mistakes"});
  }
  return all;
}

std::vector<Line> lines_of(std::string_view text) {
  std::vector<Line> lines;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    const auto begin = line.find_first_not_of(" \t");
    if (begin != std::string_view::npos && line[begin] != '#') {
      lines.push_back({.number = number, .text = line});
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::optional<std::string> contents_of(const std::string& path, Report& report) {
  const Open file(path);
  struct stat found{};
  if (file.number() < 0 || fstat(file.number(), &found) != 0) {
    say_errno(report);
    return std::nullopt;
  }
  if (!S_ISREG(found.st_mode)) {
    report.mistake("is not a regular file");
    return std::nullopt;
  }
  if ((found.st_mode & S_IROTH) != 0) {
    report.warning("anybody on this machine may read it; chmod o-r takes that away");
  }
  return read_all(file.number(), report);
}

}  // namespace culvert::auth
