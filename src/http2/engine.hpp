// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <culvert/result.hpp>

#include "http2/fields.hpp"
#include "http2/settings.hpp"

using nghttp2_session = struct nghttp2_session;

/// One HTTP/2 connection as bytes in and bytes out (RFC 9113), with nghttp2 for the frames, HPACK
/// and the state of each stream. No I/O and no clock.
namespace culvert::http2 {

class Engine;

/// One stream of an Engine. What derives from it is told what comes; it may write at any time. The
/// engine knows it from Acceptor::on_stream or Engine::open until on_closed(), and it must last as
/// long.
class Stream {
 public:
  Stream() = default;
  virtual ~Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  // What the peer says; called inside Engine::receive(), which must not be called from in here.

  /// A request's head, an interim answer's or an answer's. `last`: its sender says no more.
  virtual void on_head(FieldSection fields, bool last) = 0;
  /// In place of on_head: a head that is larger than Settings::head_bytes, or malformed.
  virtual void on_bad_head(std::error_code why, bool last) = 0;
  virtual void on_data(std::string_view bytes) = 0;
  /// Its sender says no more. With trailers, if it had any.
  virtual void on_end(FieldSection trailers) = 0;
  /// The stream has failed: reset by the peer or by the engine, or its connection has. Nothing
  /// more comes or goes. `code` is of RFC 9113 §7.
  virtual void on_reset(std::uint32_t code) = 0;
  /// Some of what was written has gone; called inside Engine::send().
  virtual void on_room() = 0;
  /// The engine has forgotten it, and knows it no more.
  virtual void on_closed() = 0;
  /// True when all of what came is used already.
  virtual bool keeps_up() const = 0;

  /// 0 before the engine knows it.
  std::int32_t id() const { return id_; }
  /// Bytes that were written and wait for the peer's leave, or their turn.
  std::size_t unsent() const { return out_ ? out_->size() - sent_ : 0; }

 private:
  friend class Engine;

  std::unique_ptr<std::string> out_;        // to be sent
  std::unique_ptr<FieldSection> trailers_;  // behind it
  std::size_t sent_ = 0;                    // of out_
  std::int32_t id_ = 0;
  std::uint32_t window_ = 0;        // how much the peer may send ahead
  std::uint32_t since_growth_ = 0;  // bytes that were used since the window was widened
  bool open_ = false;               // its head has gone, or come
  bool ending_ = false;             // behind out_, END_STREAM
  bool end_is_said_ = false;        // nghttp2 knows of that
  bool sending_ = false;            // nghttp2 has a DATA item for it
  bool last_of_item_ = false;       // and the frame under way is the item's last
  bool reset_after_end_ = false;    // and then it may as well be over
  bool ended_here_ = false;         // END_STREAM has gone
  bool ended_there_ = false;
};

/// Takes in what a client begins.
class Acceptor {
 public:
  /// A new stream; null refuses it.
  virtual Stream* on_stream() = 0;
  /// The peer's settings have come, the first or new ones.
  virtual void on_settings() {}
  /// The peer takes no more streams, and has not processed those above `last`.
  virtual void on_goaway(std::int32_t /*last*/) {}

 protected:
  ~Acceptor() = default;
};

enum class Role : std::uint8_t { server, client };

class Engine {
 public:
  Engine(Role role, const Settings& settings, Acceptor& acceptor);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Takes all of `bytes`. An error is the end of the connection: what send() still has (a GOAWAY)
  /// is to be sent, and then it is to be closed.
  Result<void> receive(std::string_view bytes);
  /// Appends frames to `into` until there are none, or `into` has `most` bytes or a little more.
  void send(std::string& into, std::size_t most);
  bool wants_to_send() const;
  /// Nothing more will be read or written: the connection has come to its end.
  bool done() const;

  /// Of a client: opens a stream with this head. False when there can be no more.
  bool open(Stream& stream, const FieldSection& head, bool last);
  /// A head on a stream that is there: an answer, or an interim one.
  void head(Stream& stream, const FieldSection& fields, bool last);
  void write(Stream& stream, std::string_view bytes);
  /// No more comes from here, behind all that was written.
  void end(Stream& stream, const FieldSection& trailers);
  /// And once that has gone the stream is over, whatever the peer still says: its bytes are not
  /// wanted (RFC 9113 §8.1).
  void end_all(Stream& stream);
  void reset(Stream& stream, std::uint32_t code);
  /// So many bytes of on_data() are used: the peer may send as many more on this stream. (It may at
  /// once on the others.)
  void consume(Stream& stream, std::size_t bytes);

  /// Says that no new streams are wanted (GOAWAY, and first only a notice of it, RFC 9113 §6.8:
  /// requests are perhaps on their way); those that are there go on.
  void announce_end();
  void refuse_new_streams();
  /// Ends the connection with this error.
  void terminate(std::uint32_t code);

  /// Asks the peer for a sign of life.
  void ping();

  std::size_t streams() const { return streams_; }
  /// DATA frames that went out since it was last asked.
  std::size_t take_data_frames() { return std::exchange(data_frames_, 0); }
  /// Streams that the peer reset or made this end reset, since it was last asked. Of a server: what
  /// such streams cost is nothing to a client that begins them (CVE-2023-44487, CVE-2025-8671).
  std::size_t take_spoilt() { return std::exchange(spoilt_, 0); }
  /// Of the GOAWAY that went out, or is to go, with an error; 0: none did.
  std::uint32_t error() const { return error_; }

  // Of a client:
  bool settled() const { return settled_; }  ///< the peer's settings are known
  bool takes_extended_connect() const;       ///< RFC 8441 §3
  /// How many streams the peer allows at a time.
  std::uint32_t most_streams() const;

 private:
  struct Callbacks;
  friend struct Callbacks;
  struct Free {
    void operator()(nghttp2_session* session) const;
  };

  void begin_data(Stream& stream);
  void go_on(Stream& stream);
  void sent(Stream& stream, bool data, bool last);
  void widen(Stream& stream);
  std::uint32_t unwanted() const;
  void close(Stream& stream, std::uint32_t code);
  bool is_overfull() const;
  void note_error(std::uint32_t code);
  void note_spoilt();

  Settings settings_;
  Acceptor& acceptor_;
  Role role_;
  std::unique_ptr<nghttp2_session, Free> session_;
  FieldSection block_;  // of the head or trailers that come in
  std::size_t block_bytes_ = 0;
  std::error_code block_flaw_;
  std::string* output_ = nullptr;  // while send() runs
  std::size_t output_most_ = 0;
  std::size_t streams_ = 0;
  std::size_t data_frames_ = 0;  // sent
  std::size_t spoilt_ = 0;
  std::size_t widened_ = 0;  // by how much windows are wider than at first
  std::uint32_t error_ = 0;
  bool settled_ = false;
};

/// "ENHANCE_YOUR_CALM", for people.
const char* name_of_code(std::uint32_t code);

/// Codes of RFC 9113 §7 that the proxy itself says.
inline constexpr std::uint32_t no_error = 0;
inline constexpr std::uint32_t protocol_error = 1;
inline constexpr std::uint32_t internal_error = 2;
inline constexpr std::uint32_t refused_stream = 7;
inline constexpr std::uint32_t cancel = 8;
inline constexpr std::uint32_t connect_error = 10;
inline constexpr std::uint32_t enhance_your_calm = 11;

}  // namespace culvert::http2
