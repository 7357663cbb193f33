// SPDX-License-Identifier: Apache-2.0
#include "net/unix_socket.hpp"

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/listener.hpp"
#include "net/socket_address.hpp"

namespace culvert::net {
namespace {

std::error_code system_error(int number) {
  return {number, std::system_category()};
}

Descriptor make_socket() {
  return Descriptor(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

/// What keeps us from binding there, after a socket that nobody listens on was removed.
std::error_code make_way(const UnixPath& path) {
  struct stat there{};
  if (lstat(path.text.c_str(), &there) != 0) {
    return errno == ENOENT ? std::error_code() : system_error(errno);
  }
  if (!S_ISSOCK(there.st_mode)) return system_error(ENOTSOCK);
  const SocketAddress at(path);
  const auto probe = make_socket();
  if (!probe) return system_error(errno);
  if (connect(probe.number(), at.data(), at.size()) == 0) return system_error(EADDRINUSE);
  // Its queue is full, or it is of another type: it lives.
  if (errno == EAGAIN || errno == EPROTOTYPE) return system_error(EADDRINUSE);
  if (errno != ECONNREFUSED && errno != ENOENT) return system_error(errno);
  if (unlink(path.text.c_str()) != 0 && errno != ENOENT) return system_error(errno);
  return {};
}

}  // namespace

SocketFile::SocketFile(UnixPath path)
    : path_(std::move(path)), held_(open(path_.text.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC)) {}

SocketFile::~SocketFile() {
  if (is_there()) unlink(path_.text.c_str());
}

std::error_code SocketFile::set_mode(mode_t mode) const {
  if (!is_there()) return system_error(ENOENT);
  return chmod(path_.text.c_str(), mode) == 0 ? std::error_code() : system_error(errno);
}

bool SocketFile::is_there() const {
  struct stat ours{};
  struct stat there{};
  return fstat(held_.number(), &ours) == 0 && lstat(path_.text.c_str(), &there) == 0 &&
         ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
}

Result<UnixListener> listen_on(const UnixPath& path, mode_t mode) {
  if (const auto error = make_way(path)) return fail(error);
  const SocketAddress at(path);
  auto made = make_socket();
  if (!made || bind(made.number(), at.data(), at.size()) != 0) return fail(system_error(errno));
  auto file = std::make_shared<const SocketFile>(path);
  // Until it listens the system refuses everybody, whatever the umask left the file's mode at.
  if (const auto error = file->set_mode(mode)) return fail(error);
  if (listen(made.number(), backlog) != 0) return fail(system_error(errno));
  return UnixListener{.socket = std::move(made), .file = std::move(file)};
}

Result<Descriptor> another(const Descriptor& socket) {
  Descriptor made(fcntl(socket.number(), F_DUPFD_CLOEXEC, 0));
  if (!made) return fail(system_error(errno));
  return made;
}

}  // namespace culvert::net
