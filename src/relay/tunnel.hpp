// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

#include <culvert/websocket/flaw.hpp>

#include "net/connection.hpp"
#include "net/loop.hpp"
#include "relay/direction.hpp"
#include "relay/leave.hpp"
#include "relay/overhearing.hpp"
#include "relay/pipes.hpp"
#include "relay/pulse.hpp"
#include "relay/sight.hpp"
#include "relay/throttle.hpp"

/// The data path: bytes both ways between two connected sockets until both directions have ended,
/// one end fails, or a limit strikes. They are never changed, but for what a WebSocket's settings
/// ask for: Pings of our own and their Pongs, and what must not pass.
///
/// A finish is passed on as a finish and the other direction goes on, since a client may say all it
/// has to say and then wait for the answer (RFC 9293 §3.6). A reset is passed on as a reset.
///
/// An end may have TLS on it, or be a stream of HTTP/2; then its direction is copied, never
/// spliced, and any hint may be news for either direction.
///
/// Where an owner has a meter, both directions together move what that allows, in turns; TCP holds
/// back the senders. A WebSocket is looked at frame by frame (websocket/watch). A tunnel that is
/// ended from here is ended in a way that both sides understand (relay/leave).
///
/// While nothing moves, a tunnel is two descriptors and one object of some 300 bytes, with 1.7 KiB
/// beside it when it is a WebSocket whose frames are seen: buffers and pipes belong to the worker
/// and are borrowed. A coroutine for each direction would hold frames and a buffer (1.7 KiB and
/// more were measured); callbacks on Asio's sockets 712 bytes.
namespace culvert::relay {

/// The two connected ends, both watched by the loop, and what was received before the relay began.
struct Ends {
  net::Connection client;
  net::Connection origin;
  std::string to_origin;  ///< goes to the origin before anything else
  std::string to_client;
  /// Both directions are WebSocket frames, from the first byte relayed, and it follows them. Null:
  /// nobody knows what they are.
  std::unique_ptr<websocket::Watch> websocket = nullptr;
  /// Nobody has looked into them, and this hears how they begin; null: it is known.
  std::unique_ptr<Overhearing> overhearing = nullptr;
  /// They may be TLS, which the client's first bytes tell: then heartbeats are looked for in it.
  bool may_be_tls = false;
};

struct Outcome {
  Ending ending = Ending::stopped;
  std::error_code error;  ///< the system's word on a failed end
  /// Of client_flaw and origin_flaw.
  websocket::Flaw flaw = websocket::Flaw::none;
  const websocket::Facts* websocket = nullptr;  ///< of a WebSocket, as long as ended() runs
  milliseconds inferred_heartbeat{0};  ///< in TLS: between two of them; 0: none was made out
  std::uint64_t bytes_up = 0;          ///< written to the origin
  std::uint64_t bytes_down = 0;        ///< written to the client
};

/// Who has a tunnel: its limits hold for it, and it is told of the end.
class Owner {
 public:
  virtual ~Owner() = default;
  /// Called exactly once, on the loop's thread, when nothing moves any more; destroyed then, and
  /// only then both descriptors are closed.
  virtual void ended(const Outcome& outcome) = 0;
  /// What the bytes of both directions are charged to: null, or as old as the owner. Asked once.
  virtual Meter* meter() { return nullptr; }
  /// It is being ended from here, and both sides are about to hear so: who does may come again at
  /// once. The meter goes on.
  virtual void leaving() {}
  /// Asked by Relays::judge: may the tunnel go on? It may not be ended or begun in here.
  virtual bool still_allowed() { return true; }
};

class Relays;

/// One tunnel. Made, owned and destroyed by Relays.
class Tunnel final : net::Watcher, net::Deadline {
 public:
  Tunnel(Relays& relays, Ends ends, const Limits& limits, std::unique_ptr<Owner> owner);
  ~Tunnel();
  Tunnel(const Tunnel&) = delete;
  Tunnel& operator=(const Tunnel&) = delete;

  void start();
  /// Ends it now: tells the owner and destroys this.
  void end(Ending why, std::error_code error = {});
  /// Ends it from here within a second, so that both sides hear it. Not now: it is there still when
  /// this returns.
  void take_leave(Ending why);
  /// Leaves at that time if it is still there then.
  void leave_at(TimePoint when);

 private:
  friend class Relays;

  struct Direction {
    std::unique_ptr<std::string> held;  // read, and not taken by the other end; goes first
    std::unique_ptr<Pipe> pipe;
    std::uint64_t bytes = 0;
    std::uint32_t unasked = 0;  // bytes at the end of `held` that have not had their turn
    Phase phase = Phase::waiting;
    Bulk bulk;
    bool finishing = false;  // the source has finished, and TLS has no room yet to say so
    // The source may have finished: read on until it says so, or has nothing.
    bool to_its_end = false;
    // Of a WebSocket. What is looked at may wait for its receiver: then that stands at
    // Sight::taken, and else where the looking does. And Sight::kept may have something.
    bool behind = false;
    bool keeps = false;
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
  Step read_some(unsigned from);
  Step copy_in(unsigned from);
  void feel(unsigned from, std::string_view bytes);
  void overhear_held(unsigned from, std::string_view bytes);
  Step pass_overheard(unsigned from, std::string_view bytes);
  Step pass_read(unsigned from, std::size_t bytes, std::size_t seen);
  Step pass_on(unsigned from, std::string_view bytes);
  Step splice_in(unsigned from);
  std::size_t splice_bytes(unsigned from) const;
  void passed(unsigned from, std::size_t bytes);
  Step pass_finish(unsigned from);
  Step failed(unsigned which, std::error_code error);
  bool check_broken(unsigned which);

  // Of a metered tunnel.
  bool has_turn(std::size_t waiting);
  void take_turns();

  // Of a WebSocket (sight.cpp).
  bool seems_websocket() const;
  bool sees_frames() const { return sight_ && watch_->sees_frames(); }
  void look_at_held(unsigned from);
  std::size_t kept_back(unsigned from) const;
  Step pass_looked(unsigned from, std::size_t bytes, std::size_t seen);
  /// Where the receiver stands, behind what a pipe may hold.
  const websocket::Frames& receiver(unsigned from) const {
    return directions_[from].behind ? sight_->taken[from] : watch_->frames(side_of(from));
  }
  void stands(unsigned from, const websocket::Frames& before, std::string_view took);
  void took(unsigned from, std::string_view bytes) { stands(from, receiver(from), bytes); }
  void keep_back(unsigned from, std::string_view bytes);
  void take_in(unsigned from, const websocket::Watch::Looked& looked);
  void object(unsigned from, websocket::Flaw flaw);
  bool see_to(TimePoint now);
  bool may_yet_answer(unsigned which);
  bool is_between_frames(unsigned from) const;
  Step send_ping(unsigned to);
  Step catch_up(unsigned from);
  TimePoint silent_at() const;
  void note_asked(unsigned which);
  std::size_t untaken(unsigned which) const;
  std::uint64_t reached(unsigned which) const;

  // Of an end from here (leave.cpp).
  bool leaving() const { return leave_ != nullptr; }
  bool knows_places() const;
  Step leave_some(unsigned from);
  Step leave_read(unsigned from, std::string_view bytes);
  void cut_held(unsigned from);
  std::string_view up_to_boundary(unsigned from, std::string_view bytes) const;
  std::string goodbye(unsigned from) const;
  bool has_answered(unsigned which) const;
  Step leave_finish(unsigned from);
  void leave_if_answered(unsigned which);
  void begin_dropping();
  Step leave_drop(unsigned from);
  Step leave_drained(unsigned from);
  Step leave_failed(unsigned which);
  void leave_deadline();
  void leave_end();

  void look_again();
  void let_go(Direction& direction);
  bool half_closed() const;
  bool closing() const;
  TimePoint used() const;
  Due due_now() const;
  void re_arm();
  bool may_splice(unsigned from) const;
  std::size_t most_at_once(std::size_t room) const {
    return throttle_.metered() && !leaving() ? throttle_.allowed(room) : room;
  }
  int fd(unsigned which) const { return ends_[which].number(); }

  Relays& relays_;
  std::array<net::Connection, 2> ends_;
  std::array<Direction, 2> directions_;
  Limits limits_;
  TimePoint begun_;
  TimePoint active_;  // when a byte or an end last moved
  std::unique_ptr<Owner> owner_;
  Throttle throttle_;
  bool held_up_ = false;                     // nothing is read until its turn
  bool origin_first_ = false;                // in the next turn
  std::unique_ptr<websocket::Watch> watch_;  // of a WebSocket
  std::unique_ptr<Sight> sight_;             // of the same
  std::unique_ptr<Pulse> pulse_;             // of TLS
  bool may_be_tls_ = false;                  // that is not clear yet
  std::unique_ptr<Overhearing> overhearing_;
  std::unique_ptr<Leave> leave_;  // while it is being ended from here
  TimePoint leave_at_ = net::never;
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

  /// Relays between two connected ends. Returns at once; the owner is never told of the end inside
  /// this call.
  void start(Ends ends, const Limits& limits, std::unique_ptr<Owner> owner);

  std::size_t open() const { return open_; }
  /// Asks the owner of each tunnel whether it may go on, and ends those that may not with
  /// Ending::policy, within a second.
  void judge();
  /// Ends WebSockets from now on, spread evenly over the time until `last`, the oldest first, so
  /// that their clients do not come back all at once, and whatever is left at `last`. It takes a
  /// second longer than that at most. (TLS with heartbeats is taken for a WebSocket. What else a
  /// tunnel carries may come to its end by itself until then.)
  void drain(TimePoint last);
  /// Ends all of them now.
  void stop_all();

 private:
  friend class Tunnel;
  static constexpr std::size_t scratch_bytes = 16UL * 1024;
  // In front of what is read stands what was kept back, and behind it there is room for a Ping.
  static constexpr std::size_t more_bytes =
      websocket::Watch::most_kept_bytes + websocket::Watch::spare_bytes;

  net::Loop& loop_;
  std::unique_ptr<std::array<char, scratch_bytes + more_bytes>> scratch_;
  Pipes pipes_;
  Tunnel* first_ = nullptr;
  std::size_t open_ = 0;
  TimePoint last_ = net::never;  // of a drain
};

}  // namespace culvert::relay
