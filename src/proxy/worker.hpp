// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "config/config.hpp"
#include "dns/resolver.hpp"
#include "net/exhaustion.hpp"
#include "net/listener.hpp"
#include "net/loop.hpp"
#include "net/tls_context.hpp"
#include "net/tls_server.hpp"
#include "observe/access_log.hpp"
#include "observe/access_record.hpp"
#include "proxy/authenticate.hpp"
#include "proxy/census.hpp"
#include "proxy/date_clock.hpp"
#include "proxy/gate.hpp"
#include "proxy/origin_versions.hpp"
#include "proxy/pool.hpp"
#include "proxy/porch.hpp"
#include "proxy/quota.hpp"
#include "proxy/stream_pool.hpp"
#include "proxy/week_clock.hpp"
#include "relay/tunnel.hpp"

namespace culvert::proxy {

class Carrier;
class Session;

/// What all workers have in common. It stays as it is once the workers run; what changes inside its
/// objects is safe on any thread.
struct Shared {
  std::shared_ptr<observe::AccessLog> access_log;
  std::shared_ptr<Census> census;
  std::shared_ptr<net::Exhaustion> exhaustion;
  std::shared_ptr<Quotas> quotas;
  std::string via;  ///< our pseudonym in Via
};

/// What holds for the connections of a listener.
struct ListenerTerms {
  ListenPlace place;
  bool websocket = true;                           ///< WebSockets may be opened by it
  bool h2c = false;                                ///< HTTP/2 in the clear, by its preface
  std::shared_ptr<const net::TlsServer> tls = {};  ///< null: it is in the clear
};

/// A configuration, and what was made of it for all workers. Immutable.
struct Setup {
  std::shared_ptr<const config::Config> config;
  std::shared_ptr<const net::TlsContext> trust;        ///< how origins are verified
  std::shared_ptr<const Authenticator> authenticator;  ///< null: nobody is known by a secret
  std::vector<ListenerTerms> listeners = {};           ///< also of those that are gone
};

/// One thread's proxy: a loop, listeners, a resolver, sessions and tunnels, and nothing shared with
/// other workers but immutable values. Except where said, only its own thread may call it.
class Worker {
 public:
  Worker(Setup setup, Shared shared);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Accepts on this socket. Before run(), or on the worker's thread.
  void listen(net::Descriptor socket);
  /// Serves until drained or stopped: returns when the last session and tunnel has ended.
  void run();

  // Any thread:

  /// Takes a new configuration: new requests go by it, what is under way goes on under its own, but
  /// for its policy: tunnels are asked about again, and exchanges that have no connection yet.
  /// Accepts on `added`, no more on `removed`.
  void reload(Setup setup, std::vector<net::Descriptor> added, std::vector<ListenPlace> removed);
  /// Accepts no more, lets exchanges and tunnels finish, ends WebSockets one after another over
  /// `grace`, and what is left at its end.
  void drain(net::milliseconds grace);
  /// Ends everything now.
  void stop();

  // For sessions:

  net::Loop& loop() { return loop_; }
  relay::Relays& relays() { return relays_; }
  /// Connections to origins that wait for their next request.
  Pool& pool() { return pool_; }
  /// And those that carry several at a time.
  StreamPool& streams() { return streams_; }
  /// What origins turned out to speak.
  OriginVersions& origin_versions() { return origin_versions_; }
  /// Not once ending(). A look-up that a reload interrupts ends with Errc::aborted: ask the new
  /// one.
  dns::Resolver& resolver() { return *resolver_; }
  std::shared_ptr<const config::Config> config() const { return config_; }
  /// How origins are verified that are reached over TLS.
  const net::TlsContext& origin_tls() const { return *trust_; }
  /// Null when the configuration knows nobody by a secret.
  std::shared_ptr<const Authenticator> authenticator() const { return authenticator_; }
  /// Of the listener at this place.
  const ListenerTerms& terms_of(const ListenPlace& listener) const;
  bool takes_websocket(const ListenPlace& listener) const { return terms_of(listener).websocket; }
  /// Where TLS handshakes of clients are under way.
  Porch& porch() { return porch_; }
  /// Over all workers.
  Quotas& quotas() { return *shared_.quotas; }
  policy::MinuteOfWeek minute_of_week() { return week_.at(loop_.now()); }
  const std::string& via() const { return shared_.via; }
  /// As Date says it; lasts until the next turn.
  std::string_view date() { return date_.at(loop_.now()); }
  bool draining() const { return draining_; }
  /// Everything is being ended: begin nothing that waits.
  bool ending() const { return ending_; }
  /// True when a connection to `peer` leads to one of our own listeners: the same endpoint, or any
  /// address of this machine where the listener takes all of them. `socket` is the connected
  /// socket.
  bool listens_on(const Endpoint& peer, int socket) const;
  /// A buffer for the moment between a read and the write that follows: anyone may use it until the
  /// next co_await.
  std::span<char> scratch() { return *scratch_; }
  /// The same for what is put together to be written.
  std::string& output() { return output_; }
  std::uint64_t next_id() { return id_base_ + ++requests_; }
  /// Writes an access line. Lines of one turn go out together.
  void log(const observe::AccessRecord& record, observe::Event event,
           const observe::Live& live = {});
  void add(Session& session);
  void remove(Session& session);
  /// Owns it from now on, until it removes itself.
  void add(std::unique_ptr<Carrier> carrier);
  void remove(Carrier& carrier);
  /// A client's connection, or a stream of one.
  void arrive(Arrived client, const Came& from) { gate_.arrive(std::move(client), from); }
  /// To be called when a tunnel has ended, after its record was logged.
  void tunnel_ended() { leave_if_done(); }

 private:
  class DrainTimer;

  void take(Setup setup);
  void hold(Setup setup);
  void judge();
  void begin_drain(net::milliseconds grace);
  void end_all();
  void leave_if_done();
  void flush_log();

  Shared shared_;
  net::Loop loop_;
  std::unique_ptr<std::array<char, 64UL * 1024>> scratch_;
  std::shared_ptr<const config::Config> config_;
  std::shared_ptr<const net::TlsContext> trust_;
  std::shared_ptr<const Authenticator> authenticator_;
  std::vector<ListenerTerms> terms_;
  std::unique_ptr<dns::Resolver> resolver_;
  relay::Relays relays_;
  Pool pool_;
  StreamPool streams_;
  OriginVersions origin_versions_;
  DateClock date_;
  WeekClock week_;
  Gate gate_;
  Porch porch_;
  std::vector<std::unique_ptr<net::Listener>> listeners_;
  std::vector<Session*> sessions_;
  std::vector<std::unique_ptr<Carrier>> carriers_;
  std::unique_ptr<DrainTimer> drain_timer_;
  std::string output_;
  std::string log_lines_;
  std::uint64_t id_base_;
  std::uint64_t requests_ = 0;
  bool draining_ = false;
  bool ending_ = false;
};

}  // namespace culvert::proxy
