// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

/// A name server for tests, on 127.0.0.1 by UDP and TCP, that says what it is told to.
namespace culvert::test {

using std::chrono::milliseconds;

enum class Type : std::uint16_t { a = 1, cname = 5, aaaa = 28 };
enum class Rcode : std::uint8_t { ok = 0, format_error = 1, failure = 2, no_name = 3, refused = 5 };

struct Record {
  std::string owner;
  Type type = Type::a;
  std::uint32_t ttl = 60;
  std::string data;  ///< an address, or the name that an alias stands for
};

/// What is said to one query.
struct Say {
  std::vector<Record> records{};  ///< the answer section, in this order
  Rcode rcode = Rcode::ok;
  bool silent = false;     ///< nothing is said
  bool truncated = false;  ///< by UDP: nothing but that TCP should be used
  bool in_bytes = false;   ///< by TCP: each byte is a segment of its own
  milliseconds delay{0};
  unsigned noise = 0;  ///< so many false answers and so much rubbish go before it, by UDP
};

/// Runs in a thread of its own; its functions may be called from any other.
class DnsServer {
 public:
  /// Listens on a port of the system's choice. Throws std::system_error.
  DnsServer();
  ~DnsServer();
  DnsServer(const DnsServer&) = delete;
  DnsServer& operator=(const DnsServer&) = delete;

  std::uint16_t port() const { return port_; }

  /// Makes a name with these addresses, in this order; a family that is missing is "no data".
  void host(const std::string& name, const std::vector<std::string>& addresses,
            std::uint32_t ttl = 60);
  /// What is said to queries for a name and type, one after the other; the last is repeated. What
  /// was set before is forgotten.
  void script(const std::string& name, Type type, std::vector<Say> says);
  /// What is said for names that nobody set: at first, that they do not exist.
  void otherwise(Say say);

  /// How often a name was asked for, by UDP or TCP.
  unsigned queries(const std::string& name, Type type) const;
  /// All queries.
  unsigned queries() const;
  unsigned tcp_queries() const;

 private:
  using Bytes = std::vector<std::uint8_t>;
  using Key = std::pair<std::string, Type>;
  struct Script {
    std::vector<Say> says;
    std::size_t next = 0;
  };
  struct Question;
  class Front;  // the sockets, which only the thread uses

  Say say_to(const Question& question, bool by_tcp);

  mutable std::mutex mutex_;  // of what stands up to thread_
  std::map<Key, Script> scripts_;
  Say otherwise_;
  std::map<Key, unsigned> asked_;
  unsigned tcp_queries_ = 0;
  std::uint16_t port_ = 0;
  int stop_ = -1;  // the end of a pipe whose closing ends the thread
  std::thread thread_;
};

}  // namespace culvert::test
