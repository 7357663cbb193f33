// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/place.hpp"

namespace culvert::test {

/// One end of a connection, blocking, with every wait bounded. What a test expects and does not
/// come throws std::runtime_error with what came instead.
class Peer {
 public:
  static constexpr std::chrono::seconds patience{10};

  /// `receive_bytes` sets the receive buffer, for peers that are to be slow; 0 leaves it.
  static Peer to(const ListenPlace& place, int receive_bytes = 0);
  static Peer to(const Endpoint& endpoint, int receive_bytes = 0) {
    return to(ListenPlace(endpoint), receive_bytes);
  }
  /// From another address of this machine, such as 127.0.0.2.
  static Peer from(std::string_view address, const Endpoint& endpoint);
  explicit Peer(int socket);
  ~Peer();
  Peer(Peer&& other) noexcept;
  Peer& operator=(Peer&& other) noexcept;

  void send(std::string_view bytes);
  /// Everything up to and with `mark`.
  std::string read_until(std::string_view mark);
  std::string read_exactly(std::size_t bytes);
  /// Everything up to the end of the stream.
  std::string read_to_end();
  /// Reads and drops everything until the connection ends, whether with a finish or a reset.
  void drain();
  /// Everything until the connection ends, whether with a finish or a reset.
  std::string read_rest();
  /// True when the connection ends in order, and nothing more comes before that.
  bool ends_here() { return read_to_end().empty(); }
  /// True when the other side has finished, and all that it sent was read.
  bool at_end() const;
  /// A whole head, with its empty line.
  std::string read_head() { return read_until("\r\n\r\n"); }
  /// True when nothing arrives within `time`.
  bool silent_for(std::chrono::milliseconds time);
  /// True when the connection ends with a reset.
  bool ends_with_reset();
  /// Sends as much as the other side takes, at most `most`; stops when it takes nothing for 300 ms.
  std::size_t send_until_blocked(std::size_t most);

  void send_urgent(char byte);  ///< out of band (RFC 9293 §3.8.5)
  void finish();                ///< FIN
  void reset();                 ///< RST, and closed
  void close();
  Endpoint local() const;
  int number() const { return socket_; }
  /// Gives the socket away.
  int release() { return std::exchange(socket_, -1); }

 private:
  /// Reads more into held_; false at the end of the stream.
  bool read_more();
  void wait(short events, std::chrono::milliseconds time) const;

  int socket_ = -1;
  std::string held_;
};

/// A listening socket of a scripted origin, on 127.0.0.1 or ::1. `receive_bytes` sets the receive
/// buffer of what it accepts; 0 leaves it.
class Origin {
 public:
  explicit Origin(const char* address = "127.0.0.1", std::uint16_t port = 0, int receive_bytes = 0);
  ~Origin();
  Origin(const Origin&) = delete;
  Origin& operator=(const Origin&) = delete;

  std::uint16_t port() const { return endpoint_.port; }
  /// "127.0.0.1:PORT".
  std::string authority() const { return endpoint_.text(); }
  Peer accept();
  /// True when nobody connects within `time`.
  bool unvisited_for(std::chrono::milliseconds time);
  /// From now on connections are refused.
  void close();

 private:
  int socket_ = -1;
  Endpoint endpoint_;
};

/// A listening socket whose queue is full: a connection to it is neither made nor refused, until
/// drain(), and then it is made when the client's system tries again (about 1 s after its start).
class FullOrigin {
 public:
  explicit FullOrigin(const char* address = "127.0.0.1");
  ~FullOrigin();
  FullOrigin(const FullOrigin&) = delete;
  FullOrigin& operator=(const FullOrigin&) = delete;

  std::uint16_t port() const { return endpoint_.port; }
  std::string authority() const { return endpoint_.text(); }
  /// Accepts all that wait, so that there is room.
  void drain();

 private:
  int socket_ = -1;
  Endpoint endpoint_;
  std::vector<int> held_;
};

}  // namespace culvert::test
