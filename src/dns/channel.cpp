// SPDX-License-Identifier: Apache-2.0
#include "dns/channel.hpp"

#include <memory>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <ares.h>
#include <arpa/nameser.h>

#include "observe/log.hpp"

namespace culvert::dns {
namespace {

/// So many steps are done at a stretch before others get their turn.
constexpr int max_steps = 64;

void require(int status) {
  if (status != ARES_SUCCESS) throw std::runtime_error(ares_strerror(status));
}

/// "192.0.2.1:53,[2001:db8::1]:53"
std::string list_of(const std::vector<Server>& servers) {
  std::string list;
  for (const auto& server : servers) {
    if (!list.empty()) list += ',';
    list += Host::of(server.address).text() + ":" + std::to_string(server.port);
  }
  return list;
}

}  // namespace

struct Channel::Query {
  Channel& channel;
  Asker& by;
  Family family;

  static void finish(void* self, int status, int /*timeouts*/, unsigned char* message, int size) {
    const std::unique_ptr<Query> query(static_cast<Query*>(self));
    if (status == ARES_EDESTRUCTION) return;
    const std::span bytes(message, message == nullptr ? 0 : static_cast<std::size_t>(size));
    query->channel.done_.push_back(
        {&query->by, query->family, read_reply(query->family, status, bytes)});
  }
};

Channel::Channel(net::Loop& loop, const Settings& settings) : loop_(loop) {
  static const int library = ares_library_init(ARES_LIB_INIT_ALL);
  require(library);
  ares_options options{};
  options.timeout = static_cast<int>(settings.timeout.count());
  options.tries = static_cast<int>(settings.tries);
  options.sock_state_cb = [](void* self, int descriptor, int read, int write) {
    static_cast<Channel*>(self)->on_socket(descriptor, read != 0, write != 0);
  };
  options.sock_state_cb_data = this;
  require(ares_init_options(&ares_, &options,
                            ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB));
  ares_set_socket_functions(ares_, &Sockets::functions, &sockets_);
  if (settings.servers.empty()) return;
  const auto status = ares_set_servers_ports_csv(ares_, list_of(settings.servers).c_str());
  if (status != ARES_SUCCESS) ares_destroy(ares_);
  require(status);
}

Channel::~Channel() {
  ares_destroy(ares_);  // ends every query and closes every socket, through the callbacks above
}

void Channel::ask(const std::string& name, Family family, Asker& by) {
  auto query = std::make_unique<Query>(*this, by, family);
  const int type = family == Family::v4 ? ns_t_a : ns_t_aaaa;
  // It may be finished already when ares_query returns (.onion, no server); so done_.
  ares_query(ares_, name.c_str(), ns_c_in, type, &Query::finish, query.release());
  arm();
}

void Channel::on_ready(int /*descriptor*/, std::uint8_t /*hints*/) {
  work();
}

void Channel::on_deadline() {
  step();  // what has come goes before the clock
  ares_process_fd(ares_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
  work();
}

/// c-ares says what it waits for on a socket. Called from inside c-ares, so nothing may be thrown.
void Channel::on_socket(int descriptor, bool wants_read, bool wants_write) {
  if (!wants_read && !wants_write) {  // c-ares closes it when we return
    sockets_.drop(descriptor);
    loop_.forget(descriptor);
    return;
  }
  if (!sockets_.want(descriptor, wants_read, wants_write)) return;
  try {
    loop_.watch(descriptor, *this);
  } catch (const std::system_error& failed) {
    // The deadlines look at every socket too, so the query is slow, not lost.
    observe::log_warning("dns: {}", failed.what());
  }
}

/// The loop tells of a change once, but c-ares reads a part of a TCP answer a call, and begins to
/// want things that have been so for long. So its sockets are asked until none has anything.
void Channel::work() {
  int steps = 0;
  while (steps < max_steps && step()) ++steps;
  more_ = steps == max_steps;
  deliver();
  arm();
}

/// Hands c-ares what its sockets have. False when they have nothing.
bool Channel::step() {
  const auto all_ready = sockets_.ready();
  for (const auto& ready : all_ready) {
    ares_process_fd(ares_, ready.readable ? ready.descriptor : ARES_SOCKET_BAD,
                    ready.writable ? ready.descriptor : ARES_SOCKET_BAD);
  }
  return !all_ready.empty();
}

void Channel::deliver() {
  for (auto& done : std::exchange(done_, {})) done.by->on_reply(done.family, std::move(done.reply));
}

void Channel::arm() {
  timeval left{};
  if (more_ || !done_.empty() || sockets_.refused()) {
    loop_.wheel().arm(*this, loop_.now());
  } else if (ares_timeout(ares_, nullptr, &left) != nullptr) {
    loop_.wheel().arm(*this, loop_.now() + std::chrono::seconds(left.tv_sec) +
                                 std::chrono::microseconds(left.tv_usec));
  } else {
    disarm();
  }
}

}  // namespace culvert::dns
