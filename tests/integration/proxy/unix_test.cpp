// SPDX-License-Identifier: Apache-2.0
// Clients that come over a Unix socket: served like all others, and known by their user.
#include <array>
#include <cstring>
#include <fstream>
#include <thread>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <catch2/catch.hpp>

#include "support/descriptors.hpp"
#include "support/folder.hpp"
#include "support/hop.hpp"
#include "support/pattern.hpp"
#include "support/soon.hpp"

using namespace culvert::test;
using namespace std::chrono_literals;
using culvert::Endpoint;
using culvert::UnixPath;

namespace {

constexpr std::size_t MiB = 1UL << 20;
constexpr const char* ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const std::string hello = "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n";

std::string listen_on(const UnixPath& path, const std::string& more = "") {
  return "[[listen]]\naddress = \"unix:" + path.text + "\"\n" + more + "\n";
}

const std::string listen_on_tcp = "[[listen]]\naddress = \"127.0.0.1:0\"\n";

std::string own_name() {
  return "unix:uid=" + std::to_string(geteuid());
}

bool exists(const UnixPath& path) {
  return std::filesystem::exists(path.text);
}

bool refused(const UnixPath& path) {
  try {
    auto peer = Peer::to(path);  // perhaps accepted just before, and served
    return !peer.silent_for(50ms) && peer.ends_with_reset();  // or in the queue that was closed
  } catch (const std::system_error&) {
    return true;
  }
}

/// A proxy that listens on a Unix socket alone.
struct Local {
  Folder folder;
  UnixPath path = folder.socket();
  Proxy proxy;
  explicit Local(const std::string& toml = allow_local) : proxy(toml + listen_on(path)) {}
};

/// A connection of another user of this machine; only root can make one. The system's call changes
/// this thread alone, which the library's would not.
Peer connect_as(uid_t user, const UnixPath& path) {
  REQUIRE(syscall(SYS_setresuid, -1, user, -1) == 0);
  std::unique_ptr<Peer> made;
  std::string why;
  try {
    made = std::make_unique<Peer>(Peer::to(path));
  } catch (const std::exception& error) {
    why = error.what();
  }
  REQUIRE(syscall(SYS_setresuid, -1, 0, -1) == 0);
  if (!made) throw std::runtime_error(why);
  return std::move(*made);
}

}  // namespace

TEST_CASE("unix: bulk in both directions at once arrives intact, and the log names the user",
          "[unix]") {
  Origin origin;
  Local local;
  auto client = local.proxy.tunnel(origin.authority());
  auto server = origin.accept();
  const auto up = send_pattern(client, 1, 32 * MiB);
  const auto down = send_pattern(server, 2, 32 * MiB);
  auto received = std::async(std::launch::async, [&] { return read_pattern(server, 1, 32 * MiB); });
  CHECK(read_pattern(client, 2, 32 * MiB) == "");
  CHECK(received.get() == "");
  const auto lines = local.proxy.log(2);
  REQUIRE(lines.size() == 2);
  for (const auto& line : lines) {
    CHECK(line["client"] == own_name());
    CHECK(line["listener"] == "unix:" + local.path.text);
  }
  CHECK(lines[1]["bytes_up"] == 32 * MiB);
  CHECK(lines[1]["bytes_down"] == 32 * MiB);
  CHECK(!lines[1].contains("error"));
}

TEST_CASE("unix: single bytes go to and fro", "[unix]") {
  Origin origin;
  const Local local;
  auto client = local.proxy.tunnel(origin.authority());
  auto server = origin.accept();
  for (int i = 0; i < 500; ++i) {
    const auto byte = pattern(4, static_cast<std::size_t>(i), 1);
    client.send(byte);
    REQUIRE(server.read_exactly(1) == byte);
    server.send(byte);
    REQUIRE(client.read_exactly(1) == byte);
  }
}

TEST_CASE("unix: many at once are served by all workers", "[unix]") {
  Origin origin;
  const Local local("workers = 4\n" + std::string(allow_local));
  std::vector<std::pair<Peer, Peer>> tunnels;
  for (int i = 0; i < 64; ++i) {
    auto client = local.proxy.tunnel(origin.authority());
    tunnels.emplace_back(std::move(client), origin.accept());
  }
  for (auto& [client, server] : tunnels) {
    client.send("x");
    REQUIRE(server.read_exactly(1) == "x");
  }
  // More than one turn takes, all in the queue at once.
  std::vector<Peer> crowd;
  for (int i = 0; i < 300; ++i) {
    crowd.push_back(local.proxy.connect());
    crowd.back().send(hello);
  }
  for (auto& one : crowd) REQUIRE(read_response(one).status() == 200);
}

TEST_CASE("unix: an end is passed on, and the other direction goes on", "[unix]") {
  Origin origin;
  Local local;
  auto client = local.proxy.tunnel(origin.authority());
  auto server = origin.accept();
  SECTION("the client's") {
    client.send("all I have");
    client.finish();
    CHECK(server.read_to_end() == "all I have");
    server.send("an answer");
    CHECK(client.read_exactly(9) == "an answer");
    server.finish();
    CHECK(client.ends_here());
    CHECK(local.proxy.log(2).at(1)["closer"] == "client");
  }
  SECTION("the origin's") {
    server.send("all I have");
    server.finish();
    CHECK(client.read_to_end() == "all I have");
    client.send("an answer");
    CHECK(server.read_exactly(9) == "an answer");
    client.close();
    CHECK(server.ends_here());
    CHECK(local.proxy.log(2).at(1)["closer"] == "origin");
  }
}

TEST_CASE("unix: a client that closes with something unread has failed", "[unix]") {
  Origin origin;
  Local local;
  auto client = local.proxy.tunnel(origin.authority());
  auto server = origin.accept();
  server.send("unread");
  REQUIRE_FALSE(client.silent_for(2s));
  client.close();
  CHECK(server.ends_with_reset());
  const auto line = local.proxy.log(2).at(1);
  CHECK(line["closer"] == "client");
  CHECK(line["error"] == "connection_terminated");
}

TEST_CASE("unix: urgent data keeps its place in the stream", "[unix]") {
  Origin origin;
  const Local local;
  auto client = local.proxy.tunnel(origin.authority());
  auto server = origin.accept();
  client.send("before");
  client.send_urgent('!');
  client.send("after");
  CHECK(server.read_exactly(12) == "before!after");
  client.finish();
  CHECK(server.ends_here());
}

TEST_CASE("unix: descriptors that a client sends along are closed", "[unix]") {
  Origin origin;
  const Local local;
  const auto client = local.proxy.tunnel(origin.authority());
  auto server = origin.accept();
  std::array<int, 2> pipe_ends{};
  REQUIRE(pipe(pipe_ends.data()) == 0);

  std::string bytes = "with a pipe";
  iovec piece{.iov_base = bytes.data(), .iov_len = bytes.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  auto* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(header), &pipe_ends[1], sizeof(int));
  REQUIRE(sendmsg(client.number(), &message, MSG_NOSIGNAL) > 0);

  close(pipe_ends[1]);
  CHECK(server.read_exactly(bytes.size()) == bytes);
  Peer reader(pipe_ends[0]);
  char byte = 0;
  CHECK(read(reader.number(), &byte, 1) == 0);  // nobody has the other end any more
}

TEST_CASE("unix: requests follow one another on a connection", "[unix]") {
  Origin origin;
  Local local(std::string(allow_local) + "[http]\nforwarded = \"add\"\n");
  auto client = local.proxy.connect();
  client.send(get(origin.authority()));
  auto server = origin.accept();
  for (int i = 0; i < 3; ++i) {
    if (i > 0) client.send(get(origin.authority()));
    const auto head = server.read_head();
    CHECK(head.contains("Forwarded: for=unknown\r\n"));
    CHECK(head.contains("X-Forwarded-For: unknown\r\n"));
    server.send(ok);
    CHECK(read_response(client).body == "ok");
  }
  for (const auto& line : local.proxy.log(3)) CHECK(line["client"] == own_name());
}

TEST_CASE("unix: a client that has said all it has to say is answered", "[unix]") {
  Origin origin;
  const Local local;
  auto client = local.proxy.connect();
  client.send(get(origin.authority()));
  client.finish();
  auto server = origin.accept();
  server.read_head();
  CHECK(client.silent_for(50ms));
  server.send(ok);
  CHECK(read_response(client).body == "ok");
  CHECK(client.ends_here());
}

TEST_CASE("unix: a client that leaves is not waited for", "[unix]") {
  Origin origin;
  const Local local;
  auto client = local.proxy.connect();
  client.send(get(origin.authority()));
  auto server = origin.accept();
  server.read_head();
  client.close();
  CHECK(server.read_rest().empty());
}

TEST_CASE("unix: an upload and a download of bulk arrive intact", "[unix]") {
  Origin origin;
  const Local local;
  auto client = local.proxy.connect();
  const auto length = "Content-Length: " + std::to_string(8 * MiB) + "\r\n";
  const auto head = "POST http://" + origin.authority() +
                    "/ HTTP/1.1\r\nHost: " + origin.authority() + "\r\nConnection: close\r\n" +
                    length + "\r\n";
  client.send(head);
  auto server = origin.accept();
  server.read_head();
  auto sending = std::async(std::launch::async, [&] { client.send(pattern(1, 0, 8 * MiB)); });
  CHECK((server.read_exactly(8 * MiB) == pattern(1, 0, 8 * MiB)));
  sending.get();
  server.send("HTTP/1.1 200 OK\r\n" + length + "\r\n");
  const auto answering = send_pattern(server, 2, 8 * MiB);
  CHECK(client.read_head().starts_with("HTTP/1.1 200 "));
  CHECK(read_pattern(client, 2, 8 * MiB) == "");
}

TEST_CASE("unix: a slow reader is not cut, and holds a bounded buffer", "[unix]") {
  constexpr std::size_t sip_bytes = 16UL * 1024;
  Origin origin;
  const bool reads = GENERATE(true, false);
  const std::string body_idle = reads ? "1s" : "300ms";
  const Local local(with_timeouts("body_idle = \"" + body_idle + "\"\n"));
  auto client = local.proxy.connect();
  client.send(get(origin.authority()));
  auto server = origin.accept();
  server.read_head();
  if (reads) {
    server.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(6 * MiB) + "\r\n\r\n");
    const auto sending = send_pattern(server, 2, 6 * MiB);
    client.read_head();
    for (std::size_t at = 0; at < 6 * MiB; at += sip_bytes) {
      REQUIRE((client.read_exactly(sip_bytes) == pattern(2, at, sip_bytes)));
      std::this_thread::sleep_for(10ms);
    }
  } else {
    server.send("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n");
    CHECK(server.send_until_blocked(64 * MiB) < 16 * MiB);
    server.drain();  // it had 3 s, and is given up
  }
}

TEST_CASE("unix: a tunnel's client that does not read holds a bounded buffer", "[unix]") {
  Origin origin;
  const Local local;
  auto client = local.proxy.tunnel(origin.authority());
  auto server = origin.accept();
  const auto taken = server.send_until_blocked(64 * MiB);
  CHECK(taken < 16 * MiB);
  client.send("still here");
  CHECK(server.read_exactly(10) == "still here");
  server.finish();
  CHECK(client.read_to_end().size() == taken);
}

TEST_CASE("unix: no network of clients holds such a client", "[unix]") {
  const Origin origin;
  Local local(
      "[[rule]]\nname = \"by address\"\naction = \"allow\"\nprivate = true\n"
      "clients = [\"0.0.0.0/0\", \"::/0\", \"127.0.0.1\", \"0.0.0.0\"]\n");
  auto client = local.proxy.connect();
  CHECK(ask(client, connect_to(origin.authority())).status() == 403);
  CHECK(local.proxy.log(1).at(0)["rule"] == "default");
}

TEST_CASE("unix: connections are limited by user", "[unix]") {
  const Folder folder;
  const auto path = folder.socket();
  Proxy proxy(allow_local + ("[limits]\nconnections_per_client = 2\n" +
                             listen_on(path, "mode = \"0666\"") + listen_on_tcp));
  std::vector<Peer> in;
  for (int i = 0; i < 2; ++i) {
    in.push_back(proxy.connect());
    REQUIRE(ask(in.back(), hello).status() == 200);
  }
  auto third = proxy.connect();
  CHECK(ask(third, hello).status() == 429);
  CHECK(third.ends_here());
  auto tcp = Peer::to(proxy.server().places()[1]);
  CHECK(ask(tcp, hello).status() == 200);
  if (geteuid() == 0) {
    std::filesystem::permissions(folder.path(), std::filesystem::perms(0755));
    auto other = connect_as(12345, path);
    CHECK(ask(other, hello).status() == 200);
  }
  in.pop_back();
  CHECK(soon([&] {
    auto again = proxy.connect();
    return ask(again, hello).status() == 200;
  }));
}

TEST_CASE("unix: the log names the user who connected", "[unix]") {
  if (geteuid() != 0) return;  // nobody else can be somebody else
  Folder folder;
  std::filesystem::permissions(folder.path(), std::filesystem::perms(0755));
  Proxy proxy(allow_local + listen_on(folder.socket(), "mode = \"0666\""));
  auto client = connect_as(12345, folder.socket());
  REQUIRE(ask(client, hello).status() == 200);
  CHECK(proxy.log(1).at(0)["client"] == "unix:uid=12345");
  REQUIRE(proxy.reload(allow_local + listen_on(folder.socket(), "mode = \"0600\"")) == "");
  CHECK_THROWS(connect_as(12345, folder.socket()));
}

TEST_CASE("unix: a drain leaves live tunnels, refuses new ones and removes the file", "[unix]") {
  Origin origin;
  Local local;
  auto live = local.proxy.tunnel(origin.authority());
  auto server = origin.accept();
  local.proxy.server().drain();
  CHECK_FALSE(local.proxy.ended_within(100ms));
  CHECK(soon([&] { return refused(local.path); }));
  live.send("still here");
  CHECK(server.read_exactly(10) == "still here");
  live.finish();
  server.finish();
  CHECK(local.proxy.ended_within(Peer::patience));
  local.proxy.final_log();
  CHECK_FALSE(exists(local.path));
}

TEST_CASE("unix: a successor that starts during the drain keeps its file", "[unix]") {
  Origin origin;
  Local local;
  auto live = local.proxy.tunnel(origin.authority());
  auto server = origin.accept();
  local.proxy.server().drain();
  REQUIRE(soon([&] { return refused(local.path); }));
  const Proxy successor(allow_local + listen_on(local.path));
  live.close();
  server.close();
  CHECK(local.proxy.ended_within(Peer::patience));
  local.proxy.final_log();
  CHECK(serves(successor, origin));
}

TEST_CASE("unix: listeners come and go with a reload", "[unix]") {
  const Folder folder;
  const auto first = folder.socket("first");
  const auto second = folder.socket("second");
  Origin origin;
  Proxy proxy(allow_local + listen_on(first));
  auto live = proxy.tunnel(origin.authority());
  auto server = origin.accept();

  REQUIRE(proxy.reload(allow_local + listen_on(first, "mode = \"0600\"") + listen_on(second) +
                       listen_on_tcp) == "");
  CHECK((std::filesystem::status(first.text).permissions()) == std::filesystem::perms(0600));
  for (const auto& place : proxy.server().places()) {
    auto client = Peer::to(place);
    CHECK(ask(client, hello).status() == 200);
  }

  REQUIRE(proxy.reload(allow_local + listen_on(second)) == "");
  CHECK_FALSE(exists(first));
  auto client = Peer::to(second);
  CHECK(ask(client, hello).status() == 200);
  live.send("x");  // came in by the listener that is gone
  CHECK(server.read_exactly(1) == "x");

  REQUIRE(proxy.reload(allow_local + listen_on(first)) == "");
  CHECK(exists(first));
  CHECK_FALSE(exists(second));
  CHECK(serves(proxy, origin));
  for (int i = 0; i < 20; ++i) {
    REQUIRE(proxy.reload(allow_local + listen_on(i % 2 == 0 ? second : first)) == "");
  }
  CHECK(serves(proxy, origin));
}

TEST_CASE("unix: a listener that cannot be had changes nothing", "[unix]") {
  const Folder folder;
  Origin origin;
  std::ofstream(folder.file("precious")) << "x";
  auto [name, why] = GENERATE(table<const char*, const char*>({
      {"c.sock", "Address already in use (another program listens there)"},
      {"precious", "Socket operation on non-socket (the file there is something else, and stays)"},
      {"none/c.sock", "No such file or directory (its directory does not exist)"},
  }));
  CAPTURE(name);
  const auto path = folder.socket(name);
  const Proxy other(allow_local + listen_on(folder.socket()));
  const auto expected = "cannot listen on unix:" + path.text + ": " + why;
  CHECK_THROWS_WITH(Proxy(listen_on(folder.socket("fresh")) + listen_on(path)), expected);
  CHECK_FALSE(exists(folder.socket("fresh")));
  Proxy proxy;
  CHECK(proxy.reload(listen_on(folder.socket("fresh")) + listen_on(path)) == expected);
  CHECK_FALSE(exists(folder.socket("fresh")));
  CHECK(serves(proxy, origin));
  CHECK(serves(other, origin));
}

TEST_CASE("unix: every descriptor comes back", "[unix]") {
  const auto before = descriptors();
  {
    Origin origin;
    const Local local;
    for (int i = 0; i < 10; ++i) CHECK(serves(local.proxy, origin));
  }
  CHECK(descriptors_fall_to(before));
}
