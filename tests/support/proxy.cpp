// SPDX-License-Identifier: Apache-2.0
#include "support/proxy.hpp"

#include <csignal>
#include <fstream>
#include <stdexcept>
#include <thread>

namespace culvert::test {
namespace {

config::Loaded read(const std::string& toml) {
  return config::parse(toml, "test.toml", {});
}

std::string text_of(const config::Loaded& loaded) {
  std::string all;
  for (const auto& mistake : loaded.mistakes) all += mistake.text() + "\n";
  return all;
}

}  // namespace

Proxy::Proxy(const std::string& toml, const std::string& hosts) {
  std::signal(SIGPIPE, SIG_IGN);  // as the program does: splice(2) has no MSG_NOSIGNAL
  std::ofstream(directory_.file("hosts")) << hosts;
  auto loaded = read(whole(toml));
  if (!loaded.config) throw std::runtime_error(text_of(loaded));
  auto started = proxy::Server::start(
      std::make_shared<const config::Config>(std::move(*loaded.config)), [this] {
        const std::scoped_lock lock(mutex_);
        finished_ = true;
        ended_.notify_all();
      });
  if (!started) throw std::runtime_error(started.error());
  server_ = std::move(*started);
  place_ = server_->places().front();
}

void Proxy::stop() {
  if (!server_) return;
  server_->stop();
  server_.reset();
}

Proxy::~Proxy() {
  stop();
}

std::string Proxy::whole(const std::string& toml) const {
  // Tables come in any order in TOML, but top-level keys stand first: `toml` may begin with some.
  std::string text = toml;
  if (!toml.contains("[[listen]]")) text += "\n[[listen]]\naddress = \"127.0.0.1:0\"\n";
  if (!toml.contains("workers")) text = "workers = 2\n" + text;
  if (!toml.contains("[dns]")) {
    text +=
        "\n[dns]\nservers = [\"127.0.0.1:9\"]\nhosts_file = \"" + directory_.file("hosts") + "\"\n";
  }
  return text + "\n[log]\naccess = \"" + directory_.file("access.log") + "\"\n";
}

/// It looks at descriptors in the order in which something came on them.
void Proxy::catch_up() const {
  auto last = connect();
  last.finish();
  if (!last.ends_here()) throw std::runtime_error("an answer to nothing");
}

Peer Proxy::tunnel(const std::string& authority, int receive_bytes) const {
  auto client = connect(receive_bytes);
  client.send("CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n\r\n");
  const auto head = client.read_head();
  if (!head.starts_with("HTTP/1.1 200 ")) throw std::runtime_error("no tunnel: " + head);
  return client;
}

std::string Proxy::reload(const std::string& toml) {
  auto loaded = read(whole(toml));
  if (!loaded.config) return text_of(loaded);
  const auto done =
      server_->reload(std::make_shared<const config::Config>(std::move(*loaded.config)));
  return done ? "" : done.error();
}

std::vector<Proxy::Line> Proxy::read_log() const {
  std::vector<Line> lines;
  std::ifstream file(directory_.file("access.log"));
  for (std::string line; std::getline(file, line);) {
    if (file.eof()) break;  // a line that is still being written
    lines.push_back(Line::parse(line));
  }
  return lines;
}

std::vector<Proxy::Line> Proxy::log(std::size_t count) {
  const auto until = std::chrono::steady_clock::now() + Peer::patience;
  while (true) {
    auto lines = read_log();
    if (lines.size() >= count || std::chrono::steady_clock::now() > until) return lines;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

std::vector<Proxy::Line> Proxy::final_log() {
  stop();
  return read_log();
}

void Proxy::move_log_away() {
  std::filesystem::rename(directory_.file("access.log"), directory_.file("access.log.1"));
}

bool Proxy::ended_within(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  return ended_.wait_for(lock, time, [this] { return finished_; });
}

}  // namespace culvert::test
