// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "http2/engine.hpp"
#include "http2/frame_meter.hpp"
#include "net/connection.hpp"
#include "net/loop.hpp"
#include "proxy/carried_stream.hpp"

/// One HTTP/2 connection, which carries streams: the socket, the engine, and what each stream has
/// to say and to hear.
///
///     serving --- told to end ------------> leaving    no new streams (GOAWAY); others go on
///     leaving --- the last one is over ---> closing    what is to be said goes out
///     serving --- idle, or broke a rule --> closing    its streams have failed
///     closing --- all was said -----------> dropping   finished; what still comes is dropped, so
///                                                      that no reset takes away what was said
///     dropping -- it has finished, or time is up --> over    destroyed with the last layer
///
/// Whoever uses a stream sees a connection of its own (carried_stream.hpp), so that there is one
/// way of a request for both versions. The alternative was one for each.
namespace culvert::proxy {

class Worker;

class Carrier : net::Watcher, net::Deadline, http2::Acceptor {
 public:
  Carrier(Worker& worker, net::Connection connection, http2::Role role,
          const http2::Settings& settings, const http2::FrameMeter::Limits& limits);
  virtual ~Carrier();
  Carrier(const Carrier&) = delete;
  Carrier& operator=(const Carrier&) = delete;

  /// Begins; `received` was read before.
  void start(std::string_view received);
  /// Takes no new streams, and ends when the last one has.
  void leave();
  /// Ends now: all streams fail.
  void abort();

  /// Streams that are open, or whose last bytes are on their way.
  std::size_t streams() const { return streams_.size(); }
  /// One more stream may be opened: by the peer, or on it.
  bool serving() const { return phase_ == Phase::serving; }
  bool serving_or_leaving() const { return phase_ <= Phase::leaving; }

  std::size_t place = 0;  ///< in the worker's list

  // For its streams:
  http2::Engine& engine() { return engine_; }
  Worker& worker() { return worker_; }
  /// Something is to be sent, or is over: it is seen to at the end of this turn.
  void see_to_soon();
  void note_over(const CarriedStream& stream);
  /// Resets a stream at the end of the turn, behind what can go of it until then. Once.
  void reset_soon(CarriedStream& stream, std::uint32_t code);
  /// A stream's first head, as HTTP/1, is there to be read (`why`: or rather it is to be refused).
  virtual void arrive(CarriedStream& stream, std::error_code why) = 0;
  /// A stream was reset before it had a head that could be read.
  virtual void note_unread(std::uint32_t /*code*/) {}

 protected:
  CarriedStream& add(CarriedStream::Speech speech);
  /// Nothing can be sent or received any more. `error`: the code with which the proxy ended it, 0
  /// if it did not.
  virtual void on_end_of_connection(std::uint32_t error) = 0;
  /// How long it stays without a stream.
  virtual net::milliseconds idle_limit() const = 0;

  Worker& worker_;

 private:
  enum class Phase : std::uint8_t { serving, leaving, closing, dropping, over };

  void on_ready(int number, std::uint8_t hints) final;
  void on_deadline() final;

  void pump();
  bool receive(std::string_view bytes);
  void see_to();
  bool flush();
  void reset_some();
  bool flush_unsent();
  Result<std::size_t> write(std::string_view bytes);
  void lost(std::error_code why);
  void begin_closing();
  void begin_dropping();
  void drop();
  void close();
  void lose_streams(std::error_code why);
  void remove_over();
  void re_arm();
  net::TimePoint due() const;
  void judge_room();
  void hurry_lingering();

  net::Connection connection_;
  http2::Engine engine_;
  http2::FrameMeter meter_;
  std::vector<std::unique_ptr<CarriedStream>> streams_;
  struct Reset {
    CarriedStream* stream;
    std::uint32_t code;
  };
  std::vector<Reset> resets_;  // to be sent
  std::string early_;          // read before it began
  std::string unsent_;         // frames that the socket did not take
  int number_;                 // by which the loop tells it to see to things
  Phase phase_ = Phase::serving;
  bool is_asked_ = false;  // see_to() will come
  bool some_over_ = false;
  bool finished_ = false;      // the socket has been told that no more comes
  bool refused_new_ = false;   // the second GOAWAY has gone
  net::TimePoint idle_since_;  // without a stream
  net::TimePoint head_since_ = net::never;
  net::TimePoint blocked_since_ = net::never;
  net::TimePoint lingers_since_ = net::never;  // a stream whose layer has gone
  net::TimePoint phase_since_;
  std::size_t dropped_ = 0;
  std::size_t untaken_ = 0;  // by the peer, when that was last looked at
};

}  // namespace culvert::proxy
