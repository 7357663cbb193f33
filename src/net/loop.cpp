// SPDX-License-Identifier: Apache-2.0
#include "net/loop.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <system_error>
#include <utility>

#include <asio/co_spawn.hpp>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "net/guarded.hpp"
#include "observe/log.hpp"

namespace culvert::net {
namespace {

constexpr std::size_t events_a_turn = 256;
// -1 is no descriptor.
constexpr int first_number = -2;

[[noreturn]] void fail_with(const char* what) {
  throw std::system_error(errno, std::system_category(), what);
}

std::uint64_t tag_of(int descriptor, std::uint32_t generation) {
  return std::uint64_t{generation} << 32 | static_cast<std::uint32_t>(descriptor);
}

std::uint8_t hints_of(std::uint32_t events) {
  std::uint8_t hints = 0;
  if ((events & (EPOLLIN | EPOLLPRI | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) hints |= readable;
  if ((events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0) hints |= writable;
  if ((events & (EPOLLHUP | EPOLLERR)) != 0) hints |= broken;
  if ((events & (EPOLLPRI | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) hints |= ended;
  return hints;
}

}  // namespace

Loop::Loop(ReadClock clock)
    : clock_(std::move(clock)),
      now_(clock_()),
      wheel_(now_),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      io_(ASIO_CONCURRENCY_HINT_UNSAFE),
      work_(io_.get_executor()) {
  if (epoll_ < 0 || wake_ < 0) fail_with("event loop");
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = tag_of(wake_, 0);
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_, &event) != 0) fail_with("event loop");
}

Loop::~Loop() {
  close(wake_);
  close(epoll_);
}

void Loop::watch(int descriptor, Watcher& by) {
  const auto index = static_cast<std::size_t>(descriptor);
  if (index >= slots_.size()) slots_.resize(std::max(index + 1, slots_.size() * 2));
  auto& slot = slots_[index];
  epoll_event event{};
  event.events = EPOLLIN | EPOLLPRI | EPOLLOUT | EPOLLRDHUP | static_cast<std::uint32_t>(EPOLLET);
  event.data.u64 = tag_of(descriptor, slot.generation);
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) != 0) fail_with("watch a descriptor");
  slot.watcher = &by;
}

Loop::Slot& Loop::slot_of(int descriptor) {
  return descriptor >= 0 ? slots_[static_cast<std::size_t>(descriptor)]
                         : other_slots_[static_cast<std::size_t>(first_number - descriptor)];
}

void Loop::hand_over(int descriptor, Watcher& by) {
  slot_of(descriptor).watcher = &by;
}

void Loop::again(int descriptor, std::uint8_t hints) {
  const auto& slot = slot_of(descriptor);
  again_.push_back({.tag = tag_of(descriptor, slot.generation), .hints = hints});
}

void Loop::soon(int descriptor, std::uint8_t hints) {
  const auto& slot = slot_of(descriptor);
  soon_.push_back({.tag = tag_of(descriptor, slot.generation), .hints = hints});
}

void Loop::forget(int descriptor) {
  auto& slot = slot_of(descriptor);
  slot.watcher = nullptr;
  ++slot.generation;
}

int Loop::take_number() {
  if (free_numbers_.empty()) {
    other_slots_.emplace_back();
    return first_number - static_cast<int>(other_slots_.size() - 1);
  }
  const int number = free_numbers_.back();
  free_numbers_.pop_back();
  return number;
}

void Loop::give_back_number(int number) {
  forget(number);
  free_numbers_.push_back(number);
}

void Loop::spawn(Task<void> task) {
  asio::co_spawn(io_, std::move(task), [](std::exception_ptr thrown) {
    if (!thrown) return;
    try {
      std::rethrow_exception(thrown);
    } catch (const std::exception& bug) {
      observe::log_error("a session failed and was ended: {}", bug.what());
    }
  });
}

void Loop::post(std::move_only_function<void()> job) {
  {
    const std::scoped_lock lock(inbox_mutex_);
    inbox_.push_back(std::move(job));
  }
  const std::uint64_t one = 1;
  // It can only fail when the counter is full, and then the loop is awake anyway.
  [[maybe_unused]] const auto written = write(wake_, &one, sizeof one);
}

void Loop::run() {
  stopped_ = false;
  while (!stopped_) turn();
  io_.poll();  // what was spawned or woken in the last turn
}

void Loop::turn() {
  for (auto& job : std::exchange(later_, {})) guarded(job);
  io_.poll();
  if (stopped_) return;

  std::array<epoll_event, events_a_turn> events;
  const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), patience());
  if (count < 0 && errno != EINTR) fail_with("wait for events");
  now_ = clock_();
  for (int i = 0; i < count; ++i) {
    const auto& event = events[static_cast<std::size_t>(i)];
    dispatch(event.data.u64, hints_of(event.events));
  }
  again_now_.swap(again_);
  for (const auto& [tag, hints] : again_now_) dispatch(tag, hints);
  again_now_.clear();
  wheel_.advance(now_);
  dispatch_soon();
}

/// Those who are told tell others; who goes on and on waits for the next turn.
void Loop::dispatch_soon() {
  constexpr int rounds = 4;
  for (int i = 0; i < rounds && !soon_.empty(); ++i) {
    soon_now_.swap(soon_);
    for (const auto& [tag, hints] : soon_now_) dispatch(tag, hints);
    soon_now_.clear();
  }
}

/// How long epoll may wait, in milliseconds: not at all while something is left to do.
int Loop::patience() {
  if (!later_.empty() || !again_.empty() || !soon_.empty()) return 0;
  const auto next = wheel_.next();
  if (next == never) return -1;
  const auto left = std::chrono::ceil<milliseconds>(next - clock_()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, INT_MAX));
}

void Loop::dispatch(std::uint64_t tag, std::uint8_t hints) {
  const auto descriptor = static_cast<int>(tag & 0xffffffff);
  if (descriptor == wake_) return run_posted();
  const auto& slot = slot_of(descriptor);
  // A descriptor that was closed in this turn may still have events in hand.
  if (slot.watcher == nullptr || slot.generation != tag >> 32) return;
  guarded([&] { slot.watcher->on_ready(descriptor, hints); });
}

void Loop::run_posted() {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto got = read(wake_, &count, sizeof count);
  Jobs jobs;
  {
    const std::scoped_lock lock(inbox_mutex_);
    jobs.swap(inbox_);
  }
  for (auto& job : jobs) guarded(job);
}

}  // namespace culvert::net
