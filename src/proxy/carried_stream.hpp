// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <variant>

#include <culvert/result.hpp>

#include "http2/client_speech.hpp"
#include "http2/engine.hpp"
#include "http2/origin_speech.hpp"
#include "net/layer.hpp"

namespace culvert::proxy {

class Carrier;

/// One stream of a carrier, as bytes of HTTP/1 for whoever has its layer, and as raw bytes once it
/// is a tunnel. What comes waits here until it is read, which is what lets the peer send more; what
/// is written waits here for the peer's leave.
///
/// It outlives its layer until the last that was written has gone, as a socket's bytes do its
/// close; and its connection, until the layer has gone. While nothing moves it holds no buffer.
class CarriedStream final : public http2::Stream, http2::Outgoing {
 public:
  using Speech = std::variant<http2::ClientSpeech, http2::OriginSpeech>;

  CarriedStream(Carrier& carrier, Speech speech);
  ~CarriedStream() override;

  /// A layer on it: one, once.
  std::unique_ptr<net::Layer> layer();

  // What the layer does:
  Result<std::size_t> read(std::span<char> into);
  Result<std::size_t> write(std::string_view bytes);
  bool finish();
  bool quiet() const { return !failed_ && !at_end() && unread() == 0; }
  std::size_t unread() const {
    return (in_ ? in_->size() - read_ : 0) + (body_ ? body_->size() : 0);
  }
  std::error_code pending_error() const { return failed_ ? error_ : std::error_code(); }
  void reset_on_close() { resets_ = true; }
  /// What came on it cannot be read: it ends so for both sides.
  void refuse(std::error_code why);
  int number() const { return number_; }
  /// The layer has gone.
  void release();

  /// True when nobody needs it any more.
  bool over() const { return closed_ && released_; }
  /// True when its layer has gone, and its last bytes have not.
  bool lingers() const { return released_ && !closed_; }
  /// Ends one that lingers and has taken nothing since the last call; the first one only looks.
  void hurry();
  /// Its connection is gone.
  void lose(std::error_code why);

 private:
  // Of http2::Stream:
  void on_head(http2::FieldSection fields, bool last) override;
  void on_bad_head(std::error_code why, bool last) override;
  void on_data(std::string_view bytes) override;
  void on_end(http2::FieldSection trailers) override;
  void on_reset(std::uint32_t code) override;
  void on_room() override;
  void on_closed() override;
  bool keeps_up() const override { return unread() == 0; }

  // Of http2::Outgoing:
  void head(const http2::FieldSection& fields, bool last) override;
  void data(std::string_view bytes) override;
  void end(const http2::FieldSection& trailers) override;

  bool raw() const;
  bool answered() const;
  bool exchanged() const;
  bool at_end() const;
  void broken(std::error_code why);
  void tell(std::uint8_t hints);
  bool take_body();
  void used(std::size_t bytes);

  Carrier& carrier_;
  std::unique_ptr<Speech> speech_;     // null: raw both ways
  std::unique_ptr<std::string> in_;    // to be read
  std::size_t read_ = 0;               // of in_
  std::unique_ptr<std::string> body_;  // DATA that is not in in_ yet: it comes there in one piece
  std::size_t unused_ = 0;             // bytes of DATA that stand behind in_ and body_
  std::size_t untaken_ = SIZE_MAX;     // unsent() at the last hurry()
  std::error_code error_;
  int number_;
  bool begun_ = false;  // its first head has come
  bool peer_ended_ = false;
  bool finished_ = false;  // nothing more is to be written
  bool failed_ = false;
  bool resets_ = false;
  bool full_ = false;  // somebody waits for room
  bool closed_ = false;
  bool released_ = true;  // nobody has its layer
};

}  // namespace culvert::proxy
