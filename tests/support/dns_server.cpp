// SPDX-License-Identifier: Apache-2.0
#include "support/dns_server.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <optional>
#include <span>
#include <system_error>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace culvert::test {
namespace {

using Bytes = std::vector<std::uint8_t>;
using Clock = std::chrono::steady_clock;

constexpr std::size_t header_bytes = 12;
constexpr std::size_t udp_bytes = 512;  // RFC 1035 §2.3.4
constexpr std::size_t max_connections = 256;

void require(bool good, const char* what) {
  if (!good) throw std::system_error(errno, std::system_category(), what);
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) { require(number >= 0, "test name server"); }
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  operator int() const { return number_; }

 private:
  int number_;
};

Descriptor bound_socket(int type, std::uint16_t port) {
  Descriptor made(socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  require(bind(made, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0, "bind");
  return made;
}

std::uint16_t port_of(int socket) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  require(getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0, "getsockname");
  return ntohs(address.sin_port);
}

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text;
}

std::uint16_t number_at(std::span<const std::uint8_t> bytes, std::size_t at) {
  return static_cast<std::uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}

void put16(Bytes& to, std::size_t number) {
  to.push_back(static_cast<std::uint8_t>(number >> 8));
  to.push_back(static_cast<std::uint8_t>(number));
}

void put_name(Bytes& to, std::string_view name) {
  while (!name.empty()) {
    const auto label = name.substr(0, name.find('.'));
    to.push_back(static_cast<std::uint8_t>(label.size()));
    to.insert(to.end(), label.begin(), label.end());
    name.remove_prefix(std::min(label.size() + 1, name.size()));
  }
  to.push_back(0);
}

Bytes data_of(const Record& record) {
  Bytes data;
  switch (record.type) {
    case Type::cname: put_name(data, record.data); return data;
    case Type::a: data.resize(4); break;
    case Type::aaaa: data.resize(16); break;
  }
  const int family = record.type == Type::a ? AF_INET : AF_INET6;
  if (inet_pton(family, record.data.c_str(), data.data()) != 1) {
    throw std::invalid_argument("no such address: " + record.data);
  }
  return data;
}

void put_record(Bytes& to, const Record& record) {
  put_name(to, record.owner);
  put16(to, static_cast<std::uint16_t>(record.type));
  put16(to, 1);  // IN
  put16(to, record.ttl >> 16);
  put16(to, record.ttl & 0xffff);
  const auto data = data_of(record);
  put16(to, data.size());
  to.insert(to.end(), data.begin(), data.end());
}

}  // namespace

struct DnsServer::Question {
  std::uint16_t id = 0;
  std::string name;
  Type type = Type::a;
  Bytes bytes;  // name, type and class as they came

  static std::optional<Question> read(std::span<const std::uint8_t> message) {
    if (message.size() < header_bytes + 5 || number_at(message, 4) != 1) return std::nullopt;
    Question read;
    read.id = number_at(message, 0);
    std::size_t at = header_bytes;
    while (at < message.size() && message[at] != 0) {
      const std::size_t end = at + 1 + message[at];
      if (end >= message.size()) return std::nullopt;
      if (!read.name.empty()) read.name += '.';
      read.name.append(message.begin() + static_cast<std::ptrdiff_t>(at) + 1,
                       message.begin() + static_cast<std::ptrdiff_t>(end));
      at = end;
    }
    if (at + 5 > message.size()) return std::nullopt;
    read.name = lower(read.name);
    read.type = static_cast<Type>(number_at(message, at + 1));
    read.bytes.assign(message.begin() + header_bytes,
                      message.begin() + static_cast<std::ptrdiff_t>(at) + 5);
    return read;
  }
};

namespace {

struct Flags {
  bool truncated = false;
  Rcode rcode = Rcode::ok;
};

Bytes message_of(std::uint16_t id, const Bytes& question, std::span<const Record> records,
                 Flags flags) {
  Bytes message;
  put16(message, id);
  put16(message, 0x8180U | (flags.truncated ? 0x0200U : 0U) |
                     static_cast<std::uint8_t>(flags.rcode));  // an answer, recursion is had
  put16(message, 1);
  put16(message, records.size());
  put16(message, 0);
  put16(message, 0);
  message.insert(message.end(), question.begin(), question.end());
  for (const auto& record : records) put_record(message, record);
  return message;
}

/// An answer that nobody should believe: to another question, with another id, or no message.
Bytes false_answer(std::uint16_t id, const Bytes& question, unsigned number) {
  Bytes other;
  put_name(other, "false.test");
  other.insert(other.end(), question.end() - 4, question.end());
  const Record lie{.owner = "false.test", .data = "192.0.2.66"};
  const auto wrong_id = static_cast<std::uint16_t>(id + 1 + number);
  switch (number % 4) {
    case 0: return message_of(wrong_id, question, {}, {.rcode = Rcode::no_name});
    case 1: return message_of(id, other, std::span(&lie, 1), {});
    case 2: return Bytes(1 + number % 40, static_cast<std::uint8_t>(number));
    default: return {static_cast<std::uint8_t>(id >> 8), static_cast<std::uint8_t>(id), 0x81};
  }
}

}  // namespace

/// The sockets of the server, the connections, and what is still to be sent.
class DnsServer::Front {
 public:
  Front(DnsServer& server, Descriptor udp, Descriptor tcp, Descriptor stop)
      : server_(server), udp_(std::move(udp)), tcp_(std::move(tcp)), stop_(std::move(stop)) {}

  void run() {
    while (turn()) send_due();
  }

 private:
  struct Connection {
    Descriptor socket;
    Bytes received;
    Clock::time_point last;  // when the last byte of all answers so far is sent
  };
  struct Packet {
    Bytes bytes;
    sockaddr_in peer{};                        // by UDP
    std::shared_ptr<Connection> connection{};  // by TCP
  };

  static pollfd watched(int descriptor) {
    return {.fd = descriptor, .events = POLLIN, .revents = 0};
  }

  bool turn() {
    std::vector<pollfd> polled{watched(stop_), watched(udp_), watched(tcp_)};
    for (const auto& connection : connections_) polled.push_back(watched(connection->socket));
    if (poll(polled.data(), polled.size(), patience()) <= 0) return true;
    if (polled[0].revents != 0) return false;
    const auto connections = connections_;
    for (std::size_t i = 0; i < connections.size(); ++i) {
      if (polled[3 + i].revents != 0) receive_tcp(connections[i]);
    }
    if (polled[1].revents != 0) receive_udp();
    if (polled[2].revents != 0) accept_tcp();
    return true;
  }

  int patience() const {
    if (outgoing_.empty()) return -1;
    const auto left = outgoing_.begin()->first - Clock::now();
    return static_cast<int>(
        std::max<std::int64_t>(0, std::chrono::ceil<milliseconds>(left).count()));
  }

  void receive_udp() {
    std::array<std::uint8_t, 4096> buffer;
    sockaddr_in peer{};
    socklen_t size = sizeof peer;
    for (int i = 0; i < 256; ++i) {
      const auto got = recvfrom(udp_, buffer.data(), buffer.size(), 0,
                                reinterpret_cast<sockaddr*>(&peer), &size);
      if (got < 0) return;
      const auto question = Question::read(std::span(buffer).first(static_cast<std::size_t>(got)));
      if (question) answer_udp(*question, peer);
    }
  }

  void answer_udp(const Question& question, const sockaddr_in& peer) {
    const auto say = server_.say_to(question, false);
    if (say.silent) return;
    const auto when = Clock::now() + say.delay;
    for (unsigned i = 0; i < say.noise; ++i) {
      queue(when, {.bytes = false_answer(question.id, question.bytes, i), .peer = peer});
    }
    auto message = message_of(question.id, question.bytes, say.records, {.rcode = say.rcode});
    if (say.truncated || message.size() > udp_bytes) {
      message =
          message_of(question.id, question.bytes, {}, {.truncated = true, .rcode = say.rcode});
    }
    queue(when, {.bytes = std::move(message), .peer = peer});
  }

  void accept_tcp() {
    const int made = accept4(tcp_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (made < 0) return;
    Descriptor socket(made);
    const int on = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connections_.size() < max_connections) {
      connections_.push_back(std::make_shared<Connection>(std::move(socket)));
    }
  }

  void receive_tcp(const std::shared_ptr<Connection>& connection) {
    std::array<std::uint8_t, 4096> buffer;
    const auto got = recv(connection->socket, buffer.data(), buffer.size(), 0);
    if (got <= 0) {
      if (got == 0 || errno != EAGAIN) std::erase(connections_, connection);
      return;
    }
    auto& received = connection->received;
    received.insert(received.end(), buffer.begin(), buffer.begin() + got);
    while (received.size() >= 2) {
      const std::size_t end = 2U + number_at(received, 0);
      if (received.size() < end) return;
      const auto question = Question::read(std::span(received).first(end).subspan(2));
      if (question) answer_tcp(*question, connection);
      received.erase(received.begin(), received.begin() + static_cast<std::ptrdiff_t>(end));
    }
  }

  void answer_tcp(const Question& question, const std::shared_ptr<Connection>& connection) {
    const auto say = server_.say_to(question, true);
    if (say.silent) return;
    const auto message = message_of(question.id, question.bytes, say.records, {.rcode = say.rcode});
    Bytes framed;
    put16(framed, message.size());
    framed.insert(framed.end(), message.begin(), message.end());
    auto& last = connection->last;
    last = std::max(last, Clock::now() + say.delay);
    const std::ptrdiff_t step = say.in_bytes ? 1 : std::ssize(framed);
    for (auto piece = framed.begin(); piece != framed.end(); piece += step) {
      queue(last, {.bytes = Bytes(piece, piece + step), .connection = connection});
      if (say.in_bytes) last += milliseconds(1);
    }
  }

  void queue(Clock::time_point when, Packet packet) { outgoing_.emplace(when, std::move(packet)); }

  void send_due() {
    while (!outgoing_.empty() && outgoing_.begin()->first <= Clock::now()) {
      send(outgoing_.begin()->second);
      outgoing_.erase(outgoing_.begin());
    }
  }

  void send(const Packet& packet) const {
    const auto& bytes = packet.bytes;
    if (packet.connection != nullptr) {
      ::send(packet.connection->socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    } else {
      sendto(udp_, bytes.data(), bytes.size(), 0, reinterpret_cast<const sockaddr*>(&packet.peer),
             sizeof packet.peer);
    }
  }

  DnsServer& server_;
  Descriptor udp_;
  Descriptor tcp_;
  Descriptor stop_;
  std::vector<std::shared_ptr<Connection>> connections_;
  std::multimap<Clock::time_point, Packet> outgoing_;  // those of one time in their order
};

DnsServer::DnsServer() : otherwise_{.rcode = Rcode::no_name} {
  // The port that UDP got may be taken for TCP; then another is tried.
  for (int tries = 0; thread_.get_id() == std::thread::id(); ++tries) {
    auto udp = bound_socket(SOCK_DGRAM, 0);
    port_ = port_of(udp);
    try {
      auto tcp = bound_socket(SOCK_STREAM, port_);
      require(listen(tcp, 64) == 0, "listen");
      const int room = 1 << 20;
      setsockopt(udp, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
      int ends[2];
      require(pipe2(ends, O_CLOEXEC) == 0, "pipe");
      stop_ = ends[1];
      auto front =
          std::make_unique<Front>(*this, std::move(udp), std::move(tcp), Descriptor(ends[0]));
      thread_ = std::thread([front = std::move(front)] { front->run(); });
    } catch (const std::system_error& failed) {
      if (failed.code() != std::errc::address_in_use || tries == 16) throw;
    }
  }
}

DnsServer::~DnsServer() {
  close(stop_);
  thread_.join();
}

void DnsServer::host(const std::string& name, const std::vector<std::string>& addresses,
                     std::uint32_t ttl) {
  Say v4;
  Say v6;
  for (const auto& address : addresses) {
    const bool is_v6 = address.contains(':');
    const auto type = is_v6 ? Type::aaaa : Type::a;
    (is_v6 ? v6 : v4).records.push_back({.owner = name, .type = type, .ttl = ttl, .data = address});
  }
  script(name, Type::a, {v4});
  script(name, Type::aaaa, {v6});
}

void DnsServer::script(const std::string& name, Type type, std::vector<Say> says) {
  for (const auto& say : says) {
    for (const auto& record : say.records) data_of(record);  // a mistake is the caller's to hear
  }
  const std::scoped_lock lock(mutex_);
  scripts_[{lower(name), type}] = {.says = std::move(says)};
}

void DnsServer::otherwise(Say say) {
  const std::scoped_lock lock(mutex_);
  otherwise_ = std::move(say);
}

Say DnsServer::say_to(const Question& question, bool by_tcp) {
  const std::scoped_lock lock(mutex_);
  const Key key{question.name, question.type};
  ++asked_[key];
  if (by_tcp) ++tcp_queries_;
  const auto found = scripts_.find(key);
  if (found == scripts_.end() || found->second.says.empty()) return otherwise_;
  auto& [says, next] = found->second;
  return says[std::min(next++, says.size() - 1)];
}

unsigned DnsServer::queries(const std::string& name, Type type) const {
  const std::scoped_lock lock(mutex_);
  const auto found = asked_.find({lower(name), type});
  return found == asked_.end() ? 0 : found->second;
}

unsigned DnsServer::queries() const {
  const std::scoped_lock lock(mutex_);
  unsigned sum = 0;
  for (const auto& [key, count] : asked_) sum += count;
  return sum;
}

unsigned DnsServer::tcp_queries() const {
  const std::scoped_lock lock(mutex_);
  return tcp_queries_;
}

}  // namespace culvert::test
