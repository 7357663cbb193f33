// SPDX-License-Identifier: Apache-2.0
// The file of a Unix socket: made, never in place of another program's, and removed.
#include "net/unix_socket.hpp"

#include <array>
#include <fstream>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <catch2/catch.hpp>

#include "net/socket_address.hpp"
#include "support/folder.hpp"
#include "support/peer.hpp"

using namespace culvert;
using culvert::test::Folder;

namespace {

constexpr mode_t private_mode = 0600;

/// Binds and perhaps listens, and leaves the file behind when it is closed.
net::Descriptor left_behind(const UnixPath& path, int type = SOCK_STREAM, bool listens = true) {
  const net::SocketAddress at(path);
  net::Descriptor made(socket(AF_UNIX, type | SOCK_CLOEXEC, 0));
  REQUIRE(bind(made.number(), at.data(), at.size()) == 0);
  if (listens) REQUIRE(listen(made.number(), 1) == 0);
  return made;
}

mode_t mode_of(const UnixPath& path) {
  struct stat there{};
  REQUIRE(lstat(path.text.c_str(), &there) == 0);
  return there.st_mode & 07777;
}

bool exists(const UnixPath& path) {
  return std::filesystem::exists(std::filesystem::symlink_status(path.text));
}

std::error_code refusal(const UnixPath& path) {
  const auto made = net::listen_on(path, private_mode);
  return made ? std::error_code() : made.error();
}

/// The umask until the end of the scope.
class Umask {
 public:
  explicit Umask(mode_t mask) : before_(umask(mask)) {}
  ~Umask() { umask(before_); }
  Umask(const Umask&) = delete;
  Umask& operator=(const Umask&) = delete;

 private:
  mode_t before_;
};

}  // namespace

TEST_CASE("unix socket: the file has the mode that was asked for, whatever the umask",
          "[unix_socket]") {
  const mode_t mask = GENERATE(0000U, 0022U, 0777U);
  const mode_t mode = GENERATE(0600U, 0660U, 0666U, 0722U);
  CAPTURE(mask, mode);
  const Folder folder;
  const auto path = folder.socket();
  const Umask umask(mask);
  const auto made = net::listen_on(path, mode);
  REQUIRE(made);
  CHECK(mode_of(path) == mode);
  CHECK_FALSE(made->file->set_mode(0644));
  CHECK(mode_of(path) == 0644);
}

TEST_CASE("unix socket: it is removed with its listener", "[unix_socket]") {
  const Folder folder;
  const auto path = folder.socket();
  {
    auto made = net::listen_on(path, private_mode);
    REQUIRE(made);
    const auto client = test::Peer::to(path);
    made->socket = net::Descriptor();
    CHECK(exists(path));
  }
  CHECK_FALSE(exists(path));
}

TEST_CASE("unix socket: one that somebody else put in its place stays", "[unix_socket]") {
  const Folder folder;
  const auto path = folder.socket();
  net::Descriptor others;
  {
    auto made = net::listen_on(path, private_mode);
    REQUIRE(made);
    // Nothing but the file knows the socket now: its number would be free for the next one.
    made->socket = net::Descriptor();
    std::filesystem::remove(path.text);
    others = left_behind(path);
    const auto before = mode_of(path);
    CHECK(made->file->set_mode(0777) == std::errc::no_such_file_or_directory);
    CHECK(mode_of(path) == before);
  }
  CHECK(exists(path));
}

TEST_CASE("unix socket: what a program that was killed left behind is replaced", "[unix_socket]") {
  const int type = GENERATE(SOCK_STREAM, SOCK_DGRAM);
  const Folder folder;
  const auto path = folder.socket();
  left_behind(path, type, false);
  REQUIRE(exists(path));
  const auto made = net::listen_on(path, private_mode);
  REQUIRE(made);
  CHECK(mode_of(path) == private_mode);
  test::Peer::to(path);
}

TEST_CASE("unix socket: one that somebody listens on is taken", "[unix_socket]") {
  const Folder folder;
  const auto path = folder.socket();
  SECTION("us") {
    const auto first = net::listen_on(path, private_mode);
    REQUIRE(first);
    CHECK(refusal(path) == std::errc::address_in_use);
    test::Peer::to(path);
    CHECK(exists(path));
  }
  SECTION("another program, whose queue is full") {
    const auto others = left_behind(path);
    std::vector<test::Peer> waiting;
    for (int i = 0; i < 2; ++i) waiting.push_back(test::Peer::to(path));
    CHECK(refusal(path) == std::errc::address_in_use);
    CHECK(exists(path));
  }
  SECTION("another program, for datagrams") {
    const auto others = left_behind(path, SOCK_DGRAM, false);
    CHECK(refusal(path) == std::errc::address_in_use);
    CHECK(exists(path));
  }
}

TEST_CASE("unix socket: what is no socket is never removed", "[unix_socket]") {
  const Folder folder;
  const auto path = folder.socket();
  SECTION("a file") {
    std::ofstream(path.text) << "precious";
    CHECK(refusal(path) == std::errc::not_a_socket);
    std::string word;
    std::ifstream(path.text) >> word;
    CHECK(word == "precious");
  }
  SECTION("a directory") {
    std::filesystem::create_directory(path.text);
    CHECK(refusal(path) == std::errc::not_a_socket);
  }
  SECTION("a link to a socket that nobody listens on") {
    left_behind(folder.socket("other"));
    std::filesystem::create_symlink("other", path.text);
    CHECK(refusal(path) == std::errc::not_a_socket);
    CHECK(exists(folder.socket("other")));
  }
  SECTION("a link to nowhere") {
    std::filesystem::create_symlink("nowhere", path.text);
    CHECK(refusal(path) == std::errc::not_a_socket);
  }
  CHECK(exists(path));
}

TEST_CASE("unix socket: the directory must be there", "[unix_socket]") {
  const Folder folder;
  CHECK(refusal(folder.socket("none/c.sock")) == std::errc::no_such_file_or_directory);
  std::ofstream(folder.file("file")) << "";
  CHECK(refusal(folder.socket("file/c.sock")) == std::errc::not_a_directory);
}

TEST_CASE("unix socket: a path of 107 bytes is used to its last one", "[unix_socket]") {
  const Folder folder;
  const auto room = UnixPath::most_bytes - folder.file("").size();
  const auto path = folder.socket(std::string(room, 'x'));
  const auto made = net::listen_on(path, private_mode);
  REQUIRE(made);
  CHECK(net::local_place(made->socket.number()) == ListenPlace(path));
  CHECK(mode_of(path) == private_mode);
  test::Peer::to(path);
}

TEST_CASE("unix socket: another descriptor is of the same socket", "[unix_socket]") {
  const Folder folder;
  const auto made = net::listen_on(folder.socket(), private_mode);
  REQUIRE(made);
  const auto second = net::another(made->socket);
  REQUIRE(second);
  CHECK((fcntl(second->number(), F_GETFD) & FD_CLOEXEC) != 0);
  CHECK(net::local_place(second->number()) == ListenPlace(folder.socket()));
  const auto client = test::Peer::to(folder.socket());
  const net::Descriptor accepted(accept4(second->number(), nullptr, nullptr, SOCK_CLOEXEC));
  CHECK(accepted);
}

TEST_CASE("unix socket: the peer is its user, and has no address", "[unix_socket]") {
  const Folder folder;
  const auto made = net::listen_on(folder.socket(), private_mode);
  REQUIRE(made);
  auto client = test::Peer::to(folder.socket());
  sockaddr_storage from{};
  socklen_t size = sizeof from;
  const net::Descriptor accepted(
      accept4(made->socket.number(), reinterpret_cast<sockaddr*>(&from), &size, SOCK_CLOEXEC));
  client.close();  // the system knows it all the same
  CHECK(net::peer_of(accepted.number(), from) == Peer(LocalUser{geteuid()}));
}
