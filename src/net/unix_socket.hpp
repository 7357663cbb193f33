// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <system_error>

#include <sys/types.h>

#include <culvert/result.hpp>

#include "base/place.hpp"
#include "net/descriptor.hpp"

namespace culvert::net {

/// The file of a Unix socket that was bound here. It goes when this does, unless somebody has put
/// another one in its place.
///
/// Which file is ours is told by a descriptor that holds it, since the number of one that was
/// removed may be given to the next one at once.
class SocketFile {
 public:
  /// `path` was bound just now.
  explicit SocketFile(UnixPath path);
  ~SocketFile();
  SocketFile(const SocketFile&) = delete;
  SocketFile& operator=(const SocketFile&) = delete;

  /// Who may connect: write permission lets one (unix(7)).
  std::error_code set_mode(mode_t mode) const;

 private:
  bool is_there() const;

  UnixPath path_;
  Descriptor held_;
};

/// A Unix socket that listens.
struct UnixListener {
  Descriptor socket;
  std::shared_ptr<const SocketFile> file;  ///< to be kept as long as it listens
};

/// Makes the file, with this mode before anybody can connect, and listens. What a program that was
/// killed has left there is removed. Fails with the system's error, and with address_in_use when
/// somebody listens there, not_a_socket when there is another kind of file, which stays.
Result<UnixListener> listen_on(const UnixPath& path, mode_t mode);

/// One more descriptor of the same socket.
Result<Descriptor> another(const Descriptor& socket);

}  // namespace culvert::net
