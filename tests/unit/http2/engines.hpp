// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "http2/engine.hpp"
#include "support/h2_frames.hpp"

/// Engines that are spoken with in memory.
namespace culvert::http2 {

/// A stream that writes down what it is told, and uses up what comes unless it is slow.
class Ear final : public Stream {
 public:
  explicit Ear(Engine& engine) : engine_(engine) {}

  void on_head(FieldSection fields, bool last) override {
    note("head " + text_of(fields) + (last ? " ." : ""));
  }
  void on_bad_head(std::error_code why, bool last) override {
    note("bad head: " + why.message() + (last ? " ." : ""));
  }
  void on_data(std::string_view bytes) override {
    came += bytes.size();
    data_ += bytes;
    if (!slow) engine_.consume(*this, bytes.size());
  }
  void on_end(FieldSection trailers) override {
    note(trailers.empty() ? "end" : "end " + text_of(trailers));
  }
  void on_reset(std::uint32_t code) override { note(std::string("reset ") + name_of_code(code)); }
  void on_room() override { ++rooms; }
  void on_closed() override {
    ++closed;
    note("closed");
  }
  bool keeps_up() const override { return !slow; }

  /// All that was told since it was last asked, parted by "; ". Data in quotes, in one piece.
  std::string said() {
    close_data();
    return std::exchange(said_, {});
  }

  bool slow = false;
  std::size_t came = 0;
  int rooms = 0;
  int closed = 0;

 private:
  static std::string text_of(const FieldSection& fields) {
    std::string text;
    for (const auto& [name, value] : fields) {
      text.append(text.empty() ? "" : " ").append(name).append("=").append(value);
    }
    return text;
  }
  void note(const std::string& what) {
    CHECK(closed <= 1);
    close_data();
    said_.append(said_.empty() ? "" : "; ").append(what);
  }
  void close_data() {
    if (data_.empty()) return;
    const auto text = data_.size() <= 40 ? '"' + data_ + '"' : std::to_string(data_.size()) + " B";
    data_.clear();
    note(text);
  }

  Engine& engine_;
  std::string said_;
  std::string data_;
};

/// One end of a connection, and its streams.
struct End final : Acceptor {
  End(Role role, const Settings& settings = {}) : engine(role, settings, *this) {}

  Stream* on_stream() override {
    if (refuses) return nullptr;
    return &add();
  }
  void on_goaway(std::int32_t last) override { goaways.push_back(last); }
  Ear& add() { return *ears.emplace_back(std::make_unique<Ear>(engine)); }
  /// Of a client.
  Ear& ask(const FieldSection& head, bool last) {
    auto& ear = add();
    REQUIRE(engine.open(ear, head, last));
    return ear;
  }
  std::string output(std::size_t most = 1UL << 30) {
    std::string out;
    engine.send(out, most);
    return out;
  }

  Engine engine;
  std::vector<std::unique_ptr<Ear>> ears;
  std::vector<std::int32_t> goaways;
  bool refuses = false;
};

/// Two engines that speak with each other.
struct Pair {
  explicit Pair(const Settings& of_server = {}, const Settings& of_client = {})
      : server(Role::server, of_server), client(Role::client, of_client) {}

  /// Until neither has anything to say. Each says `most` bytes or a little more at a time.
  void talk(std::size_t most = 1UL << 30) {
    for (bool more = true; more;) {
      const auto there = client.output(most);
      if (!there.empty()) REQUIRE(server.engine.receive(there));
      const auto back = server.output(most);
      if (!back.empty()) REQUIRE(client.engine.receive(back));
      more = !there.empty() || !back.empty();
    }
  }

  End server;
  End client;
};

/// What engine answers, as text: "GOAWAY ENHANCE_YOUR_CALM; RST_STREAM 1 CANCEL". Without its own
/// settings and the receipt for others.
inline std::string answers_in(std::string bytes) {
  using namespace test::h2;
  std::string text;
  for (const auto& frame : take_frames(bytes)) {
    std::string line;
    const auto stream = std::to_string(frame.stream);
    switch (frame.type) {
      case data: line = "DATA " + stream + " " + std::to_string(frame.payload.size()); break;
      case headers: line = "HEADERS " + stream; break;
      case rst_stream: line = "RST_STREAM " + stream + " " + name_of_code(frame.word()); break;
      case goaway: line = std::string("GOAWAY ") + name_of_code(frame.word(4)); break;
      case window_update: line = "WINDOW_UPDATE " + stream; break;
      case ping: line = "PING"; break;
      case settings: continue;
      default: line = "type " + std::to_string(frame.type);
    }
    if ((frame.type == data || frame.type == headers) && (frame.flags & end_stream) != 0) {
      line += " .";
    }
    text.append(text.empty() ? "" : "; ").append(line);
  }
  return text;
}

/// A server that a client of bytes speaks with.
struct Spoken {
  explicit Spoken(const Settings& settings = {}) : server(Role::server, settings) {
    server.output();
    hears(test::h2::hello());
  }

  /// What comes of these bytes.
  std::string hears(std::string_view bytes) {
    taken = server.engine.receive(bytes).has_value();
    return answers_in(server.output());
  }

  End server;
  bool taken = true;
};

inline const FieldSection get = {
    {":method", "GET"}, {":scheme", "http"}, {":authority", "h.test"}, {":path", "/"}};
inline const FieldSection post = {
    {":method", "POST"}, {":scheme", "http"}, {":authority", "h.test"}, {":path", "/"}};
inline const FieldSection connect = {{":method", "CONNECT"}, {":authority", "h.test:443"}};
inline const FieldSection ok = {{":status", "200"}};

}  // namespace culvert::http2
