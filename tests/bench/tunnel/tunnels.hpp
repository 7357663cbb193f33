// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "tunnel/subject.hpp"

namespace culvert::bench {

enum class Version : std::uint8_t { http1, http2 };

/// Who uses tunnels. They have numbers: 0 is the first that was begun. It must not throw: nghttp2
/// calls.
class User {
 public:
  virtual ~User() = default;
  virtual void on_open(std::size_t /*tunnel*/) {}
  virtual void on_bytes(std::size_t /*tunnel*/, std::size_t /*bytes*/) {}
  /// More may be written, behind a write() that did not take all.
  virtual void on_room(std::size_t /*tunnel*/) {}
  /// The origin says no more; the client does not either, and the tunnel is over.
  virtual void on_end(std::size_t /*tunnel*/) {}
};

/// A client with tunnels through the proxy: with HTTP/1 each has a connection, with HTTP/2 all of
/// them are streams of one. What fails throws.
class Tunnels {
 public:
  static std::unique_ptr<Tunnels> of(Version version, const Subject& proxy, Security security);

  virtual ~Tunnels() = default;
  /// Who is told from now on. Must last as long as turn() runs.
  void use(User& user) { user_ = &user; }

  /// Asks for a tunnel to this port on loopback, and returns its number.
  virtual std::size_t begin(std::uint16_t origin) = 0;
  /// How much it took.
  virtual std::size_t write(std::size_t tunnel, std::string_view bytes) = 0;
  virtual void finish(std::size_t tunnel) = 0;
  /// Waits until something happens, and tells the user.
  virtual void turn() = 0;

 protected:
  User& user() const { return *user_; }

 private:
  User nobody_;
  User* user_ = &nobody_;
};

}  // namespace culvert::bench
