// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http2/engine.hpp"
#include "support/h2_frames.hpp"
#include "support/peer.hpp"
#include "support/proxy.hpp"

namespace culvert::test {

class H2Client;

/// One stream of a client. As with Peer every wait is bounded, and what is expected and does not
/// come throws std::runtime_error.
class H2Stream final : public http2::Stream {
 public:
  explicit H2Stream(H2Client& client) : client_(client) {}

  /// As much as the other side takes now; the rest goes while somebody waits for something.
  void send(std::string_view bytes);
  void finish(const http2::FieldSection& trailers = {});
  void reset(std::uint32_t code = http2::cancel);

  /// Waits for the final head. Its status; 0 if the stream failed before.
  int status();
  std::string read_exactly(std::size_t bytes);
  /// The rest, up to the end of the stream.
  std::string read_to_end();
  /// Waits for a reset, and says its code.
  std::uint32_t wait_reset();
  /// The value of a field of the final head; "" if there is none.
  std::string field(std::string_view name) const;

  bool ended() const { return ended_; }
  bool failed() const { return code_.has_value(); }
  std::size_t received() const { return received_; }
  const std::vector<http2::FieldSection>& interim() const { return interim_; }
  const http2::FieldSection& trailers() const { return trailers_; }
  /// What comes from now on is not read: the window closes. False reads again.
  void hold(bool holds);

 private:
  void on_head(http2::FieldSection fields, bool last) override;
  void on_bad_head(std::error_code why, bool last) override;
  void on_data(std::string_view bytes) override;
  void on_end(http2::FieldSection trailers) override;
  void on_reset(std::uint32_t code) override;
  void on_room() override {}
  void on_closed() override { closed_ = true; }
  bool keeps_up() const override { return !holds_; }
  std::string state() const;

  H2Client& client_;
  std::vector<http2::FieldSection> interim_;
  http2::FieldSection head_;
  http2::FieldSection trailers_;
  std::string body_;
  std::optional<std::uint32_t> code_;
  std::size_t received_ = 0;
  std::size_t held_ = 0;  // bytes that were not read
  bool ended_ = false;
  bool closed_ = false;
  bool holds_ = false;
};

/// A client that speaks HTTP/2 in the clear, on one thread: nothing happens but while something of
/// it is asked.
class H2Client final : http2::Acceptor {
 public:
  /// On a connection that nothing was said on.
  explicit H2Client(Peer peer, const http2::Settings& settings = {});

  H2Stream& ask(const http2::FieldSection& head, bool last = true);
  /// A request for a tunnel.
  H2Stream& connect(std::string_view authority, const http2::FieldSection& more = {});
  /// The same; throws if the answer is not 200.
  H2Stream& tunnel(std::string_view authority);
  /// Sends bytes that the engine knows nothing of.
  void inject(std::string_view frames);

  /// Sends and receives until that is so; throws if it does not become so.
  template <class Claim>
  void until(const char* what, Claim claim) {
    const auto end = std::chrono::steady_clock::now() + Peer::patience;
    while (!claim()) {
      if (!turn(end)) fail(what);
    }
  }
  /// Sends and receives for so long.
  void go_on_for(std::chrono::milliseconds time);
  /// Waits for the proxy's settings.
  void settle();
  /// Waits for the end of the connection.
  void wait_end();
  /// The streams of the GOAWAYs that came: the highest that may still be served.
  const std::vector<std::int32_t>& goaways() const { return goaways_; }
  bool lost() const { return lost_; }

  http2::Engine& engine() { return engine_; }
  Peer& peer() { return peer_; }

 private:
  using TimePoint = std::chrono::steady_clock::time_point;
  http2::Stream* on_stream() override { return nullptr; }
  void on_goaway(std::int32_t last) override { goaways_.push_back(last); }
  bool turn(TimePoint end);
  void flush();
  void receive();
  [[noreturn]] static void fail(const char* what);

  Peer peer_;
  std::vector<std::unique_ptr<H2Stream>> streams_;
  http2::Engine engine_;
  std::string unsent_;
  std::vector<std::int32_t> goaways_;
  bool lost_ = false;
};

/// A proxy that takes HTTP/2 in the clear on its one listener. `toml` as Proxy's.
std::string with_h2c(const std::string& toml = allow_local);

}  // namespace culvert::test
