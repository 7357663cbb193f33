// SPDX-License-Identifier: Apache-2.0
#include "observe/access_log.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <mutex>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <spdlog/async.h>
#include <spdlog/async_logger.h>
#include <spdlog/sinks/base_sink.h>
#include <sys/stat.h>
#include <unistd.h>

#include "observe/log.hpp"

namespace culvert::observe {
namespace {

constexpr std::size_t queue_length = 1024;
// A pipe that has room takes this much without waiting (PIPE_BUF).
constexpr std::size_t piece_bytes = 4096;
constexpr int look_again_ms = 200;

/// True for what may stand still: a pipe, a terminal, a socket.
bool may_wait(int descriptor) {
  struct stat about{};
  return fstat(descriptor, &about) == 0 && !S_ISREG(about.st_mode);
}

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

  /// The program is to end: a reader that stands still is waited for a last moment only.
  void stop_waiting() { waits_until_ = Clock::now() + last_patience; }

  std::error_code open_again() {
    if (path_.empty()) return {};
    const int opened =
        open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0640);
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
      if (may_wait(descriptor_) && !wait_for_room()) return;
      const auto written = ::write(descriptor_, next, std::min(left, piece_bytes));
      if (written < 0 && errno != EINTR && errno != EAGAIN)
        return;  // a full disk loses lines, not connections
      if (written < 0) continue;
      next += written;
      left -= static_cast<std::size_t>(written);
    }
  }
  void flush_() override {}

 private:
  /// False when there is none and nobody waits any more.
  bool wait_for_room() const {
    pollfd watched{.fd = descriptor_, .events = POLLOUT, .revents = 0};
    while (poll(&watched, 1, Clock::now() < waits_until_.load() ? look_again_ms : 0) == 0) {
      if (Clock::now() >= waits_until_.load()) return false;
    }
    return true;
  }

  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds last_patience{1};

  std::atomic<Clock::time_point> waits_until_ = Clock::time_point::max();
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

  /// The pool's end writes what is still queued. It comes before the logger's, which its thread
  /// holds on to for as long as a line of it is queued.
  ~Written() override {
    sink_->stop_waiting();
    pool_.reset();
  }
  Written(const Written&) = delete;
  Written& operator=(const Written&) = delete;

  bool wanted() const override { return true; }
  void write(const std::string& lines) override {
    logger_->info(lines);
    tell_losses();
  }
  std::error_code reopen() override { return sink_->open_again(); }

 private:
  /// Says that lines were lost when it begins, and each time the losses are ten times as many.
  void tell_losses() {
    const auto lost = pool_->overrun_counter();
    auto limit = tell_at_.load(std::memory_order_relaxed);
    if (lost < limit || !tell_at_.compare_exchange_strong(limit, lost * 10)) return;
    log_warning("the access log is too slow: {} writes were dropped so far", lost);
  }

  std::atomic<std::size_t> tell_at_ = 1;
  std::shared_ptr<DescriptorSink> sink_;
  std::shared_ptr<spdlog::details::thread_pool> pool_;
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
