// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tunnel/loopback.hpp"
#include "tunnel/tunnels.hpp"
#include "tunnel/wire.hpp"

namespace culvert::bench {

/// Tunnels that are connections, by HTTP/1.
class Connections final : public Tunnels {
 public:
  Connections(std::uint16_t port, Security security) : port_(port), security_(security) {}

  std::size_t begin(std::uint16_t origin) override;
  std::size_t write(std::size_t tunnel, std::string_view bytes) override;
  void finish(std::size_t tunnel) override;
  void turn() override;

 private:
  struct Connection {
    Connection(std::uint16_t port, Security security, std::uint16_t origin);

    Wire wire;
    std::string unsent;  // of the request
    std::string head;    // of the answer, until it is whole
    bool open = false;
    bool waits_for_room = true;
  };

  void wait_for_room(std::size_t tunnel, bool wanted);
  void write_on(std::size_t tunnel);
  void read(std::size_t tunnel);
  void hear(std::size_t tunnel, std::string_view bytes);

  std::uint16_t port_;
  Security security_;
  Poll poll_;
  std::vector<std::unique_ptr<Connection>> all_;  // null: it has ended
  std::array<char, 64UL * 1024> scratch_{};
};

}  // namespace culvert::bench
