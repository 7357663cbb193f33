// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "auth/clock.hpp"

namespace culvert::auth {

/// Slows whoever guesses. After five wrong credentials within a minute, a client may try again only
/// after a second, then two, four, and so on up to thirty; a minute without a wrong one, and all is
/// forgotten. A right one forgives nothing: else whoever has one account could guess at all others.
///
/// Any thread may call. A client is what the caller takes for one.
class Guard {
 public:
  static constexpr int free_failures = 5;
  static constexpr std::chrono::seconds memory{60};
  static constexpr std::chrono::seconds longest_wait{30};
  static constexpr std::size_t clients = 10'000;  ///< beyond it the longest unheard of is forgotten
  /// Passwords of one client that may be hashed at the same time.
  static constexpr int checks_at_once = 4;

  /// How long the client has to wait before its credentials are looked at; nullopt if not at all.
  std::optional<std::chrono::seconds> wait(std::string_view client, Clock::time_point now);
  void failed(std::string_view client, Clock::time_point now);

  /// Takes one of the client's places for a check, if one is free; finish gives it back.
  bool begin(std::string_view client);
  void finish(std::string_view client);

 private:
  struct Record {
    std::string client;
    int failures = 0;
    int checks = 0;
    Clock::time_point since;       // the failures are counted from here
    Clock::time_point not_before;  // the next try
  };
  using Records = std::list<Record>;

  Record* find(std::string_view client);
  Record& record_of(std::string_view client);
  void forget_one();

  std::mutex mutex_;
  Records records_;                                          // the one last heard of in front
  std::map<std::string_view, Records::iterator> by_client_;  // keys look into the records
};

}  // namespace culvert::auth
