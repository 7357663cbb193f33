// SPDX-License-Identifier: Apache-2.0
#include "dns/resolver.hpp"

#include <algorithm>
#include <deque>

#include <culvert/error.hpp>

#include "dns/cache.hpp"
#include "dns/channel.hpp"
#include "dns/hosts_file.hpp"
#include "dns/lookup.hpp"

namespace culvert::dns {
namespace {

/// So many names are sent to the servers at a stretch. More at once overflow the socket buffers of
/// a small name server, and ours: of 4000 queries sent in one go, 564 were answered.
constexpr std::size_t max_young = 128;
/// So many names may be without an answer. Far above max_young, so that names whose servers are
/// silent do not hold up the others.
constexpr std::size_t max_under_way = 2048;
/// So many more may wait for their turn.
constexpr std::size_t max_queued = 4096;

bool is_localhost(std::string_view name) {
  return name == "localhost" || name.ends_with(".localhost");
}

std::vector<Address> loopback() {
  return {Address::v4(0x7f000001), Address::v6({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1})};
}

}  // namespace

class Resolver::Impl final : public Lookup::Owner {
 public:
  Impl(net::Loop& loop, Settings settings);
  ~Impl();
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  /// The answer, when it can be had without asking anybody.
  std::optional<Answer> known(const std::string& name);
  /// The one lookup of a name: under way, or begun now.
  Result<std::shared_ptr<Lookup>> lookup_of(const std::string& name);

 private:
  void on_aged() override;
  void on_done(Lookup& lookup, Verdict verdict) override;

  bool has_room() const { return young_ < max_young && under_way_ < max_under_way; }
  void start(Lookup& lookup);
  void start_queued();
  net::milliseconds time_to_live(const Verdict& verdict) const;

  net::Loop& loop_;
  Settings settings_;
  HostsFile hosts_;
  Cache cache_;
  ByName<std::shared_ptr<Lookup>> lookups_;
  std::deque<std::shared_ptr<Lookup>> queue_;
  std::size_t young_ = 0;
  std::size_t under_way_ = 0;
  Channel channel_;
};

Resolver::Impl::Impl(net::Loop& loop, Settings settings)
    : loop_(loop),
      settings_(std::move(settings)),
      hosts_(settings_.hosts_file),
      cache_(settings_.cache_entries),
      channel_(loop, settings_) {}

Resolver::Impl::~Impl() {
  for (auto& [name, lookup] : lookups_) lookup->abort();
}

std::optional<Answer> Resolver::Impl::known(const std::string& name) {
  if (is_localhost(name)) return loopback();
  if (const auto* addresses = hosts_.find(name, loop_.now())) return *addresses;
  if (const auto* answer = cache_.find(name, loop_.now())) return *answer;
  return std::nullopt;
}

Result<std::shared_ptr<Lookup>> Resolver::Impl::lookup_of(const std::string& name) {
  if (const auto found = lookups_.find(name); found != lookups_.end()) return found->second;
  const bool at_once = queue_.empty() && has_room();
  if (!at_once && queue_.size() >= max_queued) return fail(Errc::connection_limit_reached);

  auto lookup = std::make_shared<Lookup>(loop_, name, settings_.timeout, *this);
  lookups_.emplace(name, lookup);
  if (at_once) {
    start(*lookup);
  } else {
    queue_.push_back(lookup);
  }
  return lookup;
}

void Resolver::Impl::start(Lookup& lookup) {
  ++young_;
  ++under_way_;
  lookup.start(channel_);
}

void Resolver::Impl::start_queued() {
  while (!queue_.empty() && has_room()) {
    const auto lookup = std::move(queue_.front());
    queue_.pop_front();
    if (lookup->wanted()) {
      start(*lookup);
    } else {
      lookups_.erase(lookup->name());  // all who waited have given up
    }
  }
}

void Resolver::Impl::on_aged() {
  --young_;
  start_queued();
}

void Resolver::Impl::on_done(Lookup& lookup, Verdict verdict) {
  --under_way_;
  if (const auto ttl = time_to_live(verdict); ttl.count() > 0) {
    cache_.keep(lookup.name(), std::move(verdict.answer), loop_.now() + ttl);
  }
  lookups_.erase(lookups_.find(lookup.name()));
  start_queued();
}

/// How long an answer is kept; 0 is not at all.
net::milliseconds Resolver::Impl::time_to_live(const Verdict& verdict) const {
  if (!verdict.answer) return verdict.whole ? settings_.negative_ttl : net::milliseconds(0);
  const net::milliseconds given = verdict.ttl;
  const auto kept = std::min(std::max(given, settings_.min_ttl), settings_.max_ttl);
  // Half an answer stands in for the whole for a short time: the other half may come back.
  return verdict.whole ? kept : std::min(kept, settings_.negative_ttl);
}

Resolver::Resolver(net::Loop& loop, Settings settings)
    : impl_(std::make_unique<Impl>(loop, std::move(settings))) {}

Resolver::~Resolver() = default;

net::Task<Answer> Resolver::look_up(const Host& host, net::TimePoint deadline) {
  if (host.is_address()) co_return std::vector{host.address()};
  if (auto answer = impl_->known(host.name())) co_return *std::move(answer);
  auto lookup = impl_->lookup_of(host.name());
  if (!lookup) co_return fail(lookup.error());
  // From here on the resolver may go away; what is waited for is the lookup.
  co_return co_await Lookup::wait(*std::move(lookup), deadline);
}

}  // namespace culvert::dns
