// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <system_error>

#include "net/connection.hpp"
#include "net/loop.hpp"
#include "relay/direction.hpp"
#include "relay/pipes.hpp"

/// The data path: bytes both ways between two connected sockets, never changed, until both
/// directions have ended, one end fails, or a limit strikes.
///
/// A finish is passed on as a finish and the other direction goes on, since a client may say all it
/// has to say and then wait for the answer (RFC 9293 §3.6). A reset is passed on as a reset.
///
/// An end may have TLS on it; then its direction is copied, never spliced, and any hint may be news
/// for either direction.
///
/// While nothing moves, a tunnel is two descriptors and one object of some 300 bytes: buffers and
/// pipes belong to the worker and are borrowed. A coroutine for each direction would hold frames
/// and a buffer (1.7 KiB and more were measured); callbacks on Asio's sockets 712 bytes.
namespace culvert::relay {

/// The two connected ends, both watched by the loop, and what was received before the relay began.
struct Ends {
  net::Connection client;
  net::Connection origin;
  std::string to_origin;  ///< goes to the origin before anything else
  std::string to_client;
};

struct Outcome {
  Ending ending = Ending::stopped;
  std::error_code error;         ///< the system's word on a failed end
  std::uint64_t bytes_up = 0;    ///< written to the origin
  std::uint64_t bytes_down = 0;  ///< written to the client
};

using Done = std::move_only_function<void(const Outcome&)>;

class Relays;

/// One tunnel. Made, owned and destroyed by Relays.
class Tunnel final : net::Watcher, net::Deadline {
 public:
  Tunnel(Relays& relays, Ends ends, const Limits& limits, Done done);
  ~Tunnel();
  Tunnel(const Tunnel&) = delete;
  Tunnel& operator=(const Tunnel&) = delete;

  void start();
  /// Ends it now: calls `done` and destroys this.
  void end(Ending why, std::error_code error = {});

 private:
  friend class Relays;

  struct Direction {
    std::unique_ptr<std::string> held;  // read, and not taken by the other end; goes first
    std::unique_ptr<Pipe> pipe;
    std::uint64_t bytes = 0;
    Phase phase = Phase::waiting;
    Bulk bulk;
    bool finishing = false;  // the source has finished, and TLS has no room yet to say so
    bool to_its_end =
        false;  // the source may have finished: read on until it says so, or has nothing
  };
  enum class Step : std::uint8_t { again, pause, gone };

  void on_ready(int descriptor, std::uint8_t hints) override;
  void on_deadline() override;

  // In all of these `from` is the end that is read: 0 the client, 1 the origin. False or Step::gone
  // means that this tunnel has ended and is destroyed.
  bool pump(unsigned from);
  Step move_some(unsigned from);
  Step move_held(unsigned from);
  Step move_pipe(unsigned from);
  Step copy_in(unsigned from);
  Step splice_in(unsigned from);
  Step passed(unsigned from, std::size_t bytes);
  Step pass_finish(unsigned from);
  Step failed(unsigned which, std::error_code error);
  bool check_broken(unsigned which);

  bool half_closed() const;
  void re_arm();
  bool may_splice() const { return !ends_[0].tls && !ends_[1].tls; }
  int fd(unsigned which) const { return ends_[which].descriptor.number(); }

  Relays& relays_;
  std::array<net::Connection, 2> ends_;
  std::array<Direction, 2> directions_;
  Limits limits_;
  Clocks clocks_;
  Done done_;
  Tunnel* next_ = nullptr;  // in Relays' list
  Tunnel* previous_ = nullptr;
};

/// A worker's tunnels, and what they borrow.
class Relays {
 public:
  explicit Relays(net::Loop& loop);
  ~Relays();
  Relays(const Relays&) = delete;
  Relays& operator=(const Relays&) = delete;

  /// Relays between two connected ends. Returns at once; `done` is called exactly once, on the
  /// loop's thread and never inside this call, when both descriptors are closed.
  void start(Ends ends, const Limits& limits, Done done);

  std::size_t open() const { return open_; }
  /// Ends all of them now.
  void stop_all();

 private:
  friend class Tunnel;
  static constexpr std::size_t scratch_bytes = 16UL * 1024;

  net::Loop& loop_;
  std::unique_ptr<std::array<char, scratch_bytes>> scratch_;
  Pipes pipes_;
  Tunnel* first_ = nullptr;
  std::size_t open_ = 0;
};

}  // namespace culvert::relay
