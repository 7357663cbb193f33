// SPDX-License-Identifier: Apache-2.0
// Run at configure time. Exits 0 when the compiler destroys the temporaries of a co_await
// expression exactly once; g++ 12.2 destroys some of them twice. Also needs std::expected.
#include <coroutine>
#include <exception>
#include <expected>
#include <string>

static int alive = 0;

struct Counted {
  Counted() { ++alive; }
  Counted(const Counted&) { ++alive; }
  Counted(Counted&&) noexcept { ++alive; }
  ~Counted() { --alive; }
};

struct Aggregate {
  Counted counted;
  int number;
};

struct Task {
  struct promise_type {
    std::coroutine_handle<> caller;
    Task get_return_object() {
      return Task{std::coroutine_handle<promise_type>::from_promise(*this)};
    }
    std::suspend_always initial_suspend() noexcept { return {}; }
    struct Final {
      bool await_ready() noexcept { return false; }
      std::coroutine_handle<> await_suspend(std::coroutine_handle<promise_type> h) noexcept {
        return h.promise().caller ? h.promise().caller : std::noop_coroutine();
      }
      void await_resume() noexcept {}
    };
    Final final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
  explicit Task(std::coroutine_handle<promise_type> h) : handle(h) {}
  Task(const Task&) = delete;
  ~Task() { handle.destroy(); }
  bool await_ready() { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> from) {
    handle.promise().caller = from;
    return handle;
  }
  void await_resume() {}
  std::coroutine_handle<promise_type> handle;
};

Task takes(Aggregate given) {
  (void)given;
  co_return;
}
Task passes() {
  co_await takes({Counted(), 1});
}

int main() {
  {
    Task task = passes();
    task.handle.resume();
  }
  const std::expected<int, std::string> zero = 0;
  return alive == 0 && zero ? 0 : 1;
}
