// SPDX-License-Identifier: Apache-2.0
#include "observe/access_log.hpp"

#include <cerrno>
#include <mutex>
#include <utility>

#include <fcntl.h>
#include <spdlog/async.h>
#include <spdlog/async_logger.h>
#include <spdlog/sinks/base_sink.h>
#include <unistd.h>

namespace culvert::observe {
namespace {

constexpr std::size_t queue_length = 1024;

/// Writes to a descriptor that can be opened anew.
class DescriptorSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  /// An empty path is standard output.
  explicit DescriptorSink(std::string path)
      : path_(std::move(path)), descriptor_(path_.empty() ? STDOUT_FILENO : -1) {}
  ~DescriptorSink() override {
    if (!path_.empty() && descriptor_ >= 0) close(descriptor_);
  }
  DescriptorSink(const DescriptorSink&) = delete;
  DescriptorSink& operator=(const DescriptorSink&) = delete;

  std::error_code open_again() {
    if (path_.empty()) return {};
    const int opened = open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
    if (opened < 0) return {errno, std::system_category()};
    const std::scoped_lock lock(mutex_);
    if (descriptor_ >= 0) close(descriptor_);
    descriptor_ = opened;
    return {};
  }

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    const char* next = message.payload.data();
    auto left = message.payload.size();
    while (left > 0) {
      const auto written = ::write(descriptor_, next, left);
      if (written < 0 && errno != EINTR) return;  // a full disk loses lines, not connections
      if (written < 0) continue;
      next += written;
      left -= static_cast<std::size_t>(written);
    }
  }
  void flush_() override {}

 private:
  std::string path_;
  int descriptor_;
};

class Off final : public AccessLog {
 public:
  bool wanted() const override { return false; }
  void write(const std::string& /*lines*/) override {}
  std::error_code reopen() override { return {}; }
};

class Written final : public AccessLog {
 public:
  explicit Written(std::shared_ptr<DescriptorSink> sink)
      : sink_(std::move(sink)),
        pool_(std::make_shared<spdlog::details::thread_pool>(queue_length, 1)),
        logger_(std::make_shared<spdlog::async_logger>(
            "access", sink_, pool_, spdlog::async_overflow_policy::overrun_oldest)) {}

  bool wanted() const override { return true; }
  void write(const std::string& lines) override { logger_->info(lines); }
  std::error_code reopen() override { return sink_->open_again(); }

 private:
  std::shared_ptr<DescriptorSink> sink_;
  std::shared_ptr<spdlog::details::thread_pool> pool_;  // its end writes what is still queued
  std::shared_ptr<spdlog::async_logger> logger_;
};

}  // namespace

Result<std::shared_ptr<AccessLog>> AccessLog::open(const std::string& target) {
  if (target == "off") return std::make_shared<Off>();
  auto sink = std::make_shared<DescriptorSink>(target == "stdout" ? std::string() : target);
  if (const auto error = sink->open_again()) return fail(error);
  return std::make_shared<Written>(std::move(sink));
}

}  // namespace culvert::observe
