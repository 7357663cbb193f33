// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <vector>

#include <asio/awaitable.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>

#include "net/wheel.hpp"

/// The event loop of one worker.
///
/// Asio gives the coroutines and the queue on which they go on. Sockets are waited for by an epoll
/// of our own, edge-triggered and registered once for the life of a descriptor: a socket moves from
/// the coroutine that set it up to the relay that keeps it without a system call, an idle tunnel
/// holds nothing of Asio's, and no wait re-arms anything. (Asio's own sockets were measured: 168
/// bytes of reactor state each, an EPOLL_CTL_MOD for each wait.)
///
/// One thread calls run(); everything but post() is for that thread alone.
namespace culvert::net {

using Executor = asio::io_context::executor_type;

/// A coroutine of a worker. What is awaited on the spot may borrow; what is spawned owns.
template <class T>
using Task = asio::awaitable<T, Executor>;

/// What epoll said of a descriptor. These are hints: the system call that follows tells the truth,
/// and a hint may be stale or come without cause.
enum Hint : std::uint8_t {
  readable = 1,  ///< there are bytes, an end of stream, an error, or a connection to accept
  writable = 2,  ///< there is room, a connection is made or has failed
  broken = 4,    ///< an error is pending, or both directions are shut down
  ended = 8,     ///< the peer has finished (FIN), or sent urgent data, at which a read stops short:
                 ///< no further hint comes for what can be read now, so read until there is nothing
};

/// Who is told about a descriptor.
class Watcher {
 public:
  /// May close any descriptor, watch others and destroy itself.
  virtual void on_ready(int descriptor, std::uint8_t hints) = 0;

 protected:
  ~Watcher() = default;
};

class Loop {
 public:
  /// Tells the time; it may jump ahead, and the loop must be woken by post() to see that.
  using ReadClock = std::function<TimePoint()>;

  explicit Loop(ReadClock clock = Clock::now);
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  /// Watches a non-blocking descriptor for reading and writing, edge-triggered, until forget().
  /// The first hints come with the next turn. Throws std::system_error when the system refuses.
  void watch(int descriptor, Watcher& by);
  /// From now on `by` is told. No system call; hints that were already given are not repeated.
  void hand_over(int descriptor, Watcher& by);
  /// Tells the watcher `hints` once more in the next turn, after all that is ready in this one: how
  /// a watcher with much to do gives way to others. Nothing happens if it is forgotten by then.
  void again(int descriptor, std::uint8_t hints);
  /// Tells the watcher `hints` in this turn still, after all that is ready, or else in the next:
  /// how one watcher tells another without running inside it.
  void soon(int descriptor, std::uint8_t hints);
  /// Nobody is told any more. Call it before close(), also when somebody else closes it.
  void forget(int descriptor);

  /// A number for what is no descriptor, below all of these: hand_over(), again() and forget() hold
  /// for it like for one. Its hints come from again() and soon() alone. To be given back.
  int take_number();
  void give_back_number(int number);

  /// Starts a coroutine that owns what it uses. An exception out of it is a bug of ours: it is
  /// logged and ends that coroutine only.
  void spawn(Task<void> task);

  /// Runs `job` in the next turn, after all that is ready in this one: how long work gives way.
  void later(std::move_only_function<void()> job) { later_.push_back(std::move(job)); }

  /// Runs `job` on the loop's thread, soon. The only call that any thread may make.
  void post(std::move_only_function<void()> job);

  /// Turns until stop() is called; may be run again. A coroutine that still waits then is leaked:
  /// end its waits first.
  void run();
  /// Ends run() after the turn under way. From the loop's thread.
  void stop() { stopped_ = true; }

  /// The time at which this turn began.
  TimePoint now() const { return now_; }
  /// Deadlines on this loop.
  Wheel& wheel() { return wheel_; }
  Executor executor() { return io_.get_executor(); }

 private:
  struct Slot {
    Watcher* watcher = nullptr;
    std::uint32_t generation = 0;  // a hint of a descriptor's earlier life is told apart by it
  };

  Slot& slot_of(int descriptor);
  void turn();
  int patience();
  void dispatch(std::uint64_t tag, std::uint8_t hints);
  void dispatch_soon();
  void run_posted();

  struct Again {
    std::uint64_t tag;
    std::uint8_t hints;
  };
  using Jobs = std::vector<std::move_only_function<void()>>;

  ReadClock clock_;
  TimePoint now_;
  Wheel wheel_;
  std::vector<Slot> slots_;        // by descriptor
  std::vector<Slot> other_slots_;  // by number, from first_number downwards
  std::vector<int> free_numbers_;
  int epoll_ = -1;
  int wake_ = -1;  // eventfd: something was posted
  asio::io_context io_;
  asio::executor_work_guard<Executor> work_;
  Jobs later_;
  std::vector<Again> again_;
  std::vector<Again> again_now_;  // the list being told; kept for its memory
  std::vector<Again> soon_;
  std::vector<Again> soon_now_;
  bool stopped_ = false;
  std::mutex inbox_mutex_;  // of post() alone: no other state is shared
  Jobs inbox_;
};

}  // namespace culvert::net
