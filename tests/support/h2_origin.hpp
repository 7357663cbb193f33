// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "support/tls_certificate.hpp"

namespace culvert::test {

/// A request as an H2Origin got it.
struct AskedOfOrigin {
  int connection = 0;    ///< the first that was accepted is 1
  std::string protocol;  ///< of the connection: "h2", "http/1.1"
  std::string method;
  std::string path;
  /// In their order, pseudo-header fields too; over HTTP/1.1 the names as they came.
  std::vector<std::pair<std::string, std::string>> fields;
  /// The value of the first field with this name, in this case; "" if there is none.
  std::string field(const std::string& name) const;
};

/// An origin that serves any number of connections on a thread of its own: HTTP/2 by nghttp2, or
/// HTTP/1.1 to whom chooses that by ALPN. What becomes of a request, its path says:
///
///     /refused       REFUSED_STREAM; /refused-once the first time
///     /leave-once    the first time GOAWAY that does not cover the request (RFC 9113 §6.8)
///     /reset         INTERNAL_ERROR
///     /cut           the connection ends; /cut-once the first time
///     /held          answered when release() has been called
///     /late-end      answered, but for the end of the stream, which comes with release()
///     /no            403
///     anything else  200, "METHOD PATH over PROTOCOL", and the request's body behind a line feed
///
/// A WebSocket that is not refused becomes an echo of bytes. HTTP/1.1 knows /no and the last alone.
class H2Origin {
 public:
  struct How {
    bool tls = true;                           ///< else HTTP/2 with prior knowledge
    std::vector<std::string> offers = {"h2"};  ///< by ALPN, the best first; empty: no ALPN
    bool websockets = true;                    ///< SETTINGS_ENABLE_CONNECT_PROTOCOL
    std::uint32_t streams = 100;               ///< SETTINGS_MAX_CONCURRENT_STREAMS
    bool silent = false;                       ///< never says a word of HTTP/2
    Shown shown{};
  };

  H2Origin() : H2Origin(How()) {}
  explicit H2Origin(How how);
  ~H2Origin();
  H2Origin(const H2Origin&) = delete;
  H2Origin& operator=(const H2Origin&) = delete;

  std::uint16_t port() const { return port_; }
  /// "127.0.0.1:PORT".
  std::string authority() const { return "127.0.0.1:" + std::to_string(port_); }

  /// Those that spoke this protocol, or any, ever, and now.
  int accepted(const std::string& protocol = "") const;
  int open() const;
  /// All requests that came, whatever became of them.
  std::vector<AskedOfOrigin> asked() const;
  /// The streams that were reset by the other side, with their error codes.
  std::vector<std::uint32_t> resets() const;

  void release();
  /// Tells all connections that no new stream will be served; those under way are.
  void say_goodbye();
  void cut_all();
  /// What holds for connections that come from now on, TLS and certificate apart.
  void change(How how);

 private:
  class Connection;
  struct Heard;  // what the thread tells
  void run();
  void tell(std::function<void()> job);
  void accept_one();
  bool turn();

  How how_;
  int listener_ = -1;
  int wake_ = -1;
  std::uint16_t port_ = 0;
  std::unique_ptr<SSL_CTX, Releases<SSL_CTX_free>> context_;
  std::unique_ptr<Heard> heard_;
  std::vector<std::unique_ptr<Connection>> connections_;  // the thread's
  int count_ = 0;                                         // the thread's
  bool released_ = false;                                 // the thread's
  bool leaving_ = false;                                  // the thread's
  mutable std::mutex mutex_;
  std::vector<std::function<void()>> jobs_;
  std::thread thread_;
};

}  // namespace culvert::test
