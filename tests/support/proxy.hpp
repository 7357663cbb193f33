// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "proxy/server.hpp"
#include "support/folder.hpp"
#include "support/peer.hpp"

namespace culvert::test {

/// Lines of a rule whose tunnels carry anything.
#define CULVERT_OPAQUE "tunnel = [\"any\"]\nsni = \"off\"\n"

/// A rule that lets tests reach 127.0.0.1 and ::1, and speak whatever they like.
inline constexpr const char* allow_local =
    "[[rule]]\nname = \"local\"\naction = \"allow\"\nprivate = true\n" CULVERT_OPAQUE;

/// The real server in this process, on a port of its own, with an access log in a file.
class Proxy {
 public:
  /// `toml` is added to a configuration that listens and logs; `hosts` are lines of its hosts file.
  explicit Proxy(const std::string& toml = allow_local, const std::string& hosts = "");
  ~Proxy();
  Proxy(const Proxy&) = delete;
  Proxy& operator=(const Proxy&) = delete;

  Peer connect(int receive_bytes = 0) const { return Peer::to(place_, receive_bytes); }
  /// With one worker: returns when it has read all that was sent to it before.
  void catch_up() const;
  /// A connection on which a CONNECT to this authority was answered 200.
  Peer tunnel(const std::string& authority, int receive_bytes = 0) const;
  /// Where it listens; of several the first.
  const ListenPlace& place() const { return place_; }
  /// The same, which must be one of TCP.
  const Endpoint& endpoint() const { return *place_.endpoint(); }
  proxy::Server& server() { return *server_; }

  /// Reads `toml` in place of what was given at the start. Empty when it was taken, else what is
  /// wrong.
  std::string reload(const std::string& toml);

  using Line = nlohmann::json;
  /// Waits until the access log has `count` lines, at most a patience, and returns what it has
  /// then.
  std::vector<Line> log(std::size_t count);
  /// Gives the access log's file another name, as log rotation does.
  void move_log_away();
  /// Stops the server at once, and returns every line that it wrote. The last thing to ask for.
  std::vector<Line> final_log();
  /// Waits for the server's end, at most `time`.
  bool ended_within(std::chrono::milliseconds time);

 private:
  std::string whole(const std::string& toml) const;
  std::vector<Line> read_log() const;
  void stop();

  Folder directory_;
  ListenPlace place_;
  std::mutex mutex_;
  std::condition_variable ended_;
  bool finished_ = false;
  std::unique_ptr<proxy::Server> server_;
};

}  // namespace culvert::test
