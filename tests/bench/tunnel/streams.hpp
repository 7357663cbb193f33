// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http2/engine.hpp"
#include "tunnel/loopback.hpp"
#include "tunnel/tunnels.hpp"
#include "tunnel/wire.hpp"

namespace culvert::bench {

/// Tunnels that are streams of one connection, by HTTP/2. What comes is used at once.
class Streams final : public Tunnels, http2::Acceptor {
 public:
  Streams(std::uint16_t port, Security security);

  std::size_t begin(std::uint16_t origin) override;
  std::size_t write(std::size_t tunnel, std::string_view bytes) override;
  void finish(std::size_t tunnel) override;
  void turn() override;

 private:
  class Stream final : public http2::Stream {
   public:
    Stream(Streams& all, std::size_t number) : all_(all), number_(number) {}
    bool is_full() const { return unsent() >= most_unsent; }

    bool waits_for_room = false;

   private:
    void on_head(http2::FieldSection fields, bool last) override;
    void on_bad_head(std::error_code why, bool last) override;
    void on_data(std::string_view bytes) override;
    void on_end(http2::FieldSection trailers) override;
    void on_reset(std::uint32_t code) override;
    void on_room() override;
    void on_closed() override;
    bool keeps_up() const override { return true; }

    static constexpr std::size_t most_unsent = 256UL * 1024;

    Streams& all_;
    std::size_t number_;
  };

  http2::Stream* on_stream() override { return nullptr; }
  void note(std::string flaw);
  void flush();
  void tell_of_room();

  Wire wire_;
  Poll poll_;
  std::vector<std::unique_ptr<Stream>> all_;  // null: it has ended
  std::vector<std::size_t> have_room_;        // that waited for it
  http2::Engine engine_;
  std::string unsent_;
  std::string flaw_;  // what went wrong where nothing may be thrown
  bool waits_for_room_ = false;
  std::array<char, 64UL * 1024> scratch_{};
};

}  // namespace culvert::bench
