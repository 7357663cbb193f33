// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include <culvert/result.hpp>

namespace culvert::observe {

/// Where access lines go. All workers write to one; a thread of its own does the writing, so that a
/// full disk or a reader that stands still never holds up a worker: when 1024 writes wait, the
/// oldest is dropped.
class AccessLog {
 public:
  /// `target` is "stdout", "off" or a file's path; a file is appended to and made if needed.
  /// Fails with the system's error.
  static Result<std::shared_ptr<AccessLog>> open(const std::string& target);
  virtual ~AccessLog() = default;

  /// False when lines need not even be made.
  virtual bool wanted() const = 0;
  /// Writes whole lines. Any thread.
  virtual void write(const std::string& lines) = 0;
  /// Opens the file anew, after it was renamed (SIGUSR1). When that fails the old one stays in use.
  virtual std::error_code reopen() = 0;
};

}  // namespace culvert::observe
