// SPDX-License-Identifier: Apache-2.0
#include "app/command_line.hpp"

#include <iostream>
#include <sstream>

#include <catch2/catch.hpp>

using namespace culvert::app;

namespace {

/// What is read from these words, and what is printed meanwhile.
struct Reading {
  explicit Reading(std::vector<const char*> words) {
    words.insert(words.begin(), "culvert");
    auto* out = std::cout.rdbuf(printed.rdbuf());
    auto* errors = std::cerr.rdbuf(printed.rdbuf());
    read = read_command_line(static_cast<int>(words.size()), words.data());
    std::cout.rdbuf(out);
    std::cerr.rdbuf(errors);
  }

  const Command& command() const { return std::get<Command>(read); }
  int status() const { return std::get<int>(read); }

  std::variant<Command, int> read;
  std::ostringstream printed;
};

}  // namespace

TEST_CASE("command line: without a word it runs, and with no file", "[command_line]") {
  const Reading reading({});
  CHECK(reading.command().kind == Command::Kind::run);
  CHECK(reading.command().config_file.empty());
  CHECK(reading.command().overrides.empty());
}

TEST_CASE("command line: each command is understood", "[command_line]") {
  CHECK(Reading({"run"}).command().kind == Command::Kind::run);
  CHECK(Reading({"check"}).command().kind == Command::Kind::check);
  CHECK(Reading({"version"}).command().kind == Command::Kind::version);
}

TEST_CASE("command line: a file may be named before or behind the command", "[command_line]") {
  CHECK(Reading({"-c", "a.toml"}).command().config_file == "a.toml");
  CHECK(Reading({"run", "-c", "a.toml"}).command().config_file == "a.toml");
  CHECK(Reading({"run", "--config=a.toml"}).command().config_file == "a.toml");
  const Reading check({"check", "--config", "a.toml"});
  CHECK(check.command().kind == Command::Kind::check);
  CHECK(check.command().config_file == "a.toml");
}

TEST_CASE("command line: flags become overrides, each with its origin", "[command_line]") {
  const Reading reading({"run", "--listen", "127.0.0.1:1,[::1]:2", "--workers", "3", "--set",
                         "timeouts.connect=5s", "--set", "http.via=a=b"});
  const auto& overrides = reading.command().overrides;
  REQUIRE(overrides.size() == 4);
  CHECK(overrides[0].key == "timeouts.connect");
  CHECK(overrides[0].value == "5s");
  CHECK(overrides[0].origin == "--set timeouts.connect=5s");
  CHECK(overrides[1].key == "http.via");
  CHECK(overrides[1].value == "a=b");
  CHECK(overrides[2].key == "listen");
  CHECK(overrides[2].value == "127.0.0.1:1,[::1]:2");
  CHECK(overrides[2].origin == "--listen");
  CHECK(overrides[3].key == "workers");
  CHECK(overrides[3].value == "3");
}

TEST_CASE("command line: explain takes a target, and who asks for it how and when",
          "[command_line]") {
  const Reading reading({"explain",   "-c",         "a.toml",       "--client",
                         "10.0.0.1",  "--listener", "[::1]:3128",   "--user",
                         "alice",     "--group",    "dev",          "--group",
                         "ops",       "--method",   "PUT",          "--time",
                         "Mon 10:30", "--json",     "--no-resolve", "http://a.example/"});
  const auto& command = reading.command();
  CHECK(command.kind == Command::Kind::explain);
  CHECK(command.config_file == "a.toml");
  CHECK(command.explain.target == "http://a.example/");
  CHECK(command.explain.client == "10.0.0.1");
  CHECK(command.explain.listener == "[::1]:3128");
  CHECK(command.explain.user == "alice");
  CHECK(command.explain.groups == std::vector<std::string>{"dev", "ops"});
  CHECK(command.explain.method == "PUT");
  CHECK(command.explain.time == "Mon 10:30");
  CHECK(command.explain.json);
  CHECK(!command.explain.resolve);
  CHECK(Reading({"explain", "a.example:443"}).command().explain.resolve);
}

TEST_CASE("command line: explain takes what a WebSocket handshake says", "[command_line]") {
  const Reading reading({"explain", "--origin", "https://a.example", "--protocol", "v1",
                         "--protocol", "v2", "ws://b.example/"});
  const auto& order = reading.command().explain;
  CHECK(order.target == "ws://b.example/");
  CHECK(order.origin == "https://a.example");
  CHECK(order.protocols == std::vector<std::string>{"v1", "v2"});
  const Reading without({"explain", "ws://b.example/"});
  CHECK(!without.command().explain.origin);
  CHECK(without.command().explain.protocols.empty());
}

TEST_CASE("command line: learn takes logs, and a file to compare with", "[command_line]") {
  const Reading reading({"learn", "--denied", "--diff", "-c", "a.toml", "one.log", "-"});
  const auto& command = reading.command();
  CHECK(command.kind == Command::Kind::learn);
  CHECK(command.config_file == "a.toml");
  CHECK(command.learn.logs == std::vector<std::string>{"one.log", "-"});
  CHECK(command.learn.denied);
  CHECK(command.learn.diff);
}

TEST_CASE("command line: help and version are printed, and all is well", "[command_line]") {
  const Reading help({"--help"});
  CHECK(help.status() == 0);
  CHECK(help.printed.str().contains("--config"));
  CHECK(help.printed.str().contains("check"));
  const Reading version({"--version"});
  CHECK(version.status() == 0);
  CHECK(version.printed.str().starts_with("culvert "));
}

TEST_CASE("command line: what cannot be understood is a usage error", "[command_line]") {
  auto words = GENERATE(values<std::vector<const char*>>({
      {"--no-such-flag"},
      {"walk"},
      {"-c"},
      {"run", "check"},
      {"run", "stray"},
      {"check", "-c", "a.toml", "b.toml"},
      {"explain"},
      {"explain", "a.example:443", "b.example:443"},
      {"explain", "--group", "dev", "a.example:443"},  // a group is a user's
      {"learn"},
      {"learn", "--diff", "one.log"},  // compared with what?
  }));
  const Reading reading(words);
  CHECK(reading.status() == 2);
  CHECK(!reading.printed.str().empty());
}

TEST_CASE("command line: passwd takes a file, a user and what to write", "[command_line]") {
  using Deed = PasswdOptions::Deed;
  const Reading plain({"passwd", "users", "alice"});
  CHECK(plain.command().kind == Command::Kind::passwd);
  CHECK(plain.command().passwd.file == "users");
  CHECK(plain.command().passwd.user == "alice");
  CHECK(plain.command().passwd.deed == Deed::password);
  CHECK_FALSE(plain.command().passwd.from_stdin);
  CHECK(Reading({"passwd", "users", "alice", "--stdin"}).command().passwd.from_stdin);
  CHECK(Reading({"passwd", "--token", "users", "bot"}).command().passwd.deed == Deed::token);
  CHECK(Reading({"passwd", "users", "bot", "--delete"}).command().passwd.deed == Deed::remove);
  const Reading digest({"passwd", "users", "alice", "--digest", "--realm", "inside"});
  CHECK(digest.command().passwd.deed == Deed::digest);
  CHECK(digest.command().passwd.realm == "inside");
  CHECK(Reading({"passwd", "users", "alice", "--digest"}).command().passwd.realm == "culvert");
}

TEST_CASE("command line: passwd refuses what does not fit together", "[command_line]") {
  for (const auto& words : std::vector<std::vector<const char*>>{
           {"passwd"},
           {"passwd", "users"},
           {"passwd", "users", "alice", "secret"},
           {"passwd", "users", "alice", "--digest", "--token"},
           {"passwd", "users", "alice", "--delete", "--token"},
           {"passwd", "users", "alice", "--delete", "--digest"},
           {"passwd", "users", "alice", "--token", "--stdin"},
           {"passwd", "users", "alice", "--realm", "inside"},
       }) {
    const Reading reading(words);
    CAPTURE(reading.printed.str());
    CHECK(reading.status() == 2);
  }
}
