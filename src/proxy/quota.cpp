// SPDX-License-Identifier: Apache-2.0
#include "proxy/quota.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <utility>

#include "proxy/tally.hpp"

namespace culvert::proxy {
namespace {

using std::chrono::seconds;

constexpr std::size_t most_holders = 3;
constexpr std::size_t least_slice = 1024;
constexpr std::size_t most_slice = 256UL * 1024;
constexpr std::size_t slices_a_second = 32;
constexpr std::size_t small = 1024;  // so many idle holders are not worth a look

/// Nobody knows when a tunnel ends.
constexpr seconds until_one_ends{5};

/// The clock may be set, and the time zone: the day is looked up anew as often as this.
constexpr seconds day_believed{60};

seconds wait_until(net::TimePoint when, net::TimePoint now) {
  return std::max(std::chrono::ceil<seconds>(when - now), seconds(1));
}

/// How far apart new tunnels are.
net::Clock::duration apart(const policy::Quota& quota) {
  return std::chrono::nanoseconds(seconds(1)) / quota.tunnels_per_second;
}

}  // namespace

struct Quotas::Account {
  // Under the mutex.
  policy::Quota quota;
  std::size_t tunnels = 0;
  std::size_t grants = 0;
  net::TimePoint next_tunnel;  // if they came evenly
  std::optional<Idle::iterator> idle;

  // For meters.
  std::atomic<std::uint64_t> rate = 0;
  std::atomic<std::uint64_t> budget = 0;
  Bucket bucket;
  DayCount day;

  void use(const policy::Quota& now) {
    quota = now;
    rate = now.bytes_per_second;
    budget = now.bytes_per_day;
  }
  relay::Charge charge(std::uint64_t bytes, net::TimePoint now, std::uint16_t today) {
    relay::Charge said;
    if (const auto a_second = rate.load(); a_second != 0) {
      said.not_before = bucket.take(bytes, a_second, now);
    }
    if (const auto a_day = budget.load(); a_day != 0) {
      said.used_up = day.add(bytes, today) > a_day;
    }
    return said;
  }
  void reserve(std::uint64_t bytes, net::TimePoint now) {
    if (const auto a_second = rate.load(); a_second != 0) bucket.take(bytes, a_second, now);
  }
  void use_reserved(std::uint64_t bytes, std::uint16_t today) {
    if (budget.load() != 0) day.add(bytes, today);
  }
  void give_back(std::uint64_t bytes) {
    if (const auto a_second = rate.load(); a_second != 0) bucket.give_back(bytes, a_second);
  }
};

/// The holders of one grant.
class Quotas::Share final : public relay::Meter {
 public:
  Share(Quotas& quotas, What admitted) : of(quotas), what(admitted) {}
  ~Share() override { of.give_back(*this); }
  Share(const Share&) = delete;
  Share& operator=(const Share&) = delete;

  void add(Accounts::iterator holder) {
    holders_[count_++] = holder;
    limits_bytes = limits_bytes || holder->second.quota.limits_bytes();
  }
  std::span<const Accounts::iterator> holders() const { return std::span(holders_).first(count_); }

  relay::Charge charge(std::uint64_t bytes, net::TimePoint now) override {
    const auto today = of.today(now);
    relay::Charge all;
    for (const auto& holder : holders()) {
      const auto one = holder->second.charge(bytes, now, today);
      all.not_before = std::max(all.not_before, one.not_before);
      all.used_up = all.used_up || one.used_up;
    }
    return all;
  }

  void reserve(std::uint64_t bytes, net::TimePoint now) override {
    for (const auto& holder : holders()) holder->second.reserve(bytes, now);
  }

  void use_reserved(std::uint64_t bytes, net::TimePoint now) override {
    const auto today = of.today(now);
    for (const auto& holder : holders()) holder->second.use_reserved(bytes, today);
  }

  void give_back(std::uint64_t bytes) override {
    for (const auto& holder : holders()) holder->second.give_back(bytes);
  }

  std::size_t slice() const override {
    std::size_t least = most_slice;
    for (const auto& holder : holders()) {
      const auto rate = holder->second.rate.load();
      if (rate != 0) least = std::min(least, std::max(rate / slices_a_second, least_slice));
    }
    return least;
  }

  Quotas& of;
  What what;  // once admitted, the grant's owner alone changes it
  bool limits_bytes = false;

 private:
  std::array<Accounts::iterator, most_holders> holders_;
  std::size_t count_ = 0;
};

Errc errc_of(const Excess& excess) {
  switch (excess.kind) {
    case Holder::Kind::rule: return Errc::rule_quota_exceeded;
    case Holder::Kind::client:
    case Holder::Kind::user: return Errc::quota_exceeded;
  }
  return Errc::quota_exceeded;
}

const char* text_of(Excess::Of which) {
  switch (which) {
    case Excess::Of::tunnels: return "open tunnels";
    case Excess::Of::tunnels_per_second: return "new tunnels a second";
    case Excess::Of::bytes_per_day: return "bytes a day";
  }
  return "";
}

const char* text_of(Holder::Kind kind) {
  switch (kind) {
    case Holder::Kind::rule: return "rule";
    case Holder::Kind::client: return "client";
    case Holder::Kind::user: return "user";
  }
  return "";
}

Quotas::Grant::Grant() = default;
Quotas::Grant::~Grant() = default;
Quotas::Grant::Grant(Grant&&) noexcept = default;
Quotas::Grant& Quotas::Grant::operator=(Grant&&) noexcept = default;
Quotas::Grant::Grant(std::unique_ptr<Share> share) : share_(std::move(share)) {}

void Quotas::Grant::not_a_tunnel() {
  if (share_ && share_->what == What::tunnel) share_->of.give_back_tunnel(*share_);
}

relay::Meter* Quotas::Grant::meter() const {
  return share_ && share_->limits_bytes ? share_.get() : nullptr;
}

std::optional<Excess> Quotas::Grant::used_up(net::TimePoint now) const {
  if (!share_) return std::nullopt;
  for (const auto& holder : share_->holders()) {
    const auto excess = share_->of.over_budget(holder->first.kind, holder->second, now);
    if (excess) return excess;
  }
  return std::nullopt;
}

Quotas::Quotas(Calendar calendar, std::size_t most_idle)
    : calendar_(std::move(calendar)), most_idle_(most_idle) {}

Quotas::~Quotas() = default;

Quotas::Admitted Quotas::admit_tunnel(std::span<const Holder> holders, net::TimePoint now) {
  return admit(holders, What::tunnel, now);
}

Quotas::Admitted Quotas::admit_exchange(std::span<const Holder> holders, net::TimePoint now) {
  return admit(holders, What::exchange, now);
}

Quotas::Admitted Quotas::admit(std::span<const Holder> holders, What what, net::TimePoint now) {
  assert(holders.size() <= most_holders);
  const auto concerns = [what](const Holder& holder) {
    return what == What::tunnel ? holder.quota.limits_anything() : holder.quota.limits_bytes();
  };
  std::unique_ptr<Share> share;  // which takes the mutex itself, should anything throw
  const std::scoped_lock lock(mutex_);
  latest_ = std::max(latest_, now);
  for (const auto& holder : holders) {
    if (auto excess = excess_of(holder, what, now)) return std::unexpected(*excess);
  }
  for (const auto& holder : holders) {
    if (!concerns(holder)) continue;
    if (!share) share = std::make_unique<Share>(*this, what);
    share->add(open(holder, what, now));
  }
  return Grant(std::move(share));
}

/// What the holder's quota says to one more. Who is not known has taken nothing, and so may.
std::optional<Excess> Quotas::excess_of(const Holder& holder, What what, net::TimePoint now) {
  const auto known = accounts_.find({.kind = holder.kind, .key = holder.key});
  if (known == accounts_.end()) return std::nullopt;
  auto& account = known->second;
  const auto& quota = holder.quota;
  account.use(quota);
  const auto too_much = [&](Excess::Of which, seconds wait) {
    return Excess{.kind = holder.kind, .which = which, .retry_after = wait};
  };
  if (auto excess = over_budget(holder.kind, account, now)) return excess;
  if (what == What::exchange) return std::nullopt;
  if (quota.tunnels != 0 && account.tunnels >= quota.tunnels) {
    return too_much(Excess::Of::tunnels, until_one_ends);
  }
  if (quota.tunnels_per_second == 0) return std::nullopt;
  const auto may = account.next_tunnel + apart(quota) - seconds(1);
  if (may <= now || account.next_tunnel <= now) return std::nullopt;
  return too_much(Excess::Of::tunnels_per_second, wait_until(may, now));
}

std::optional<Excess> Quotas::over_budget(Holder::Kind kind, const Account& account,
                                          net::TimePoint now) {
  const auto budget = account.budget.load();
  if (budget == 0 || account.day.on(today(now)) < budget) return std::nullopt;
  return Excess{.kind = kind,
                .which = Excess::Of::bytes_per_day,
                .retry_after = wait_until(calendar_(now).end, now)};
}

Quotas::Accounts::iterator Quotas::open(const Holder& holder, What what, net::TimePoint now) {
  const auto found = accounts_.try_emplace({.kind = holder.kind, .key = holder.key}).first;
  auto& account = found->second;
  if (const auto idle = std::exchange(account.idle, std::nullopt)) idle_.erase(*idle);
  account.use(holder.quota);
  ++account.grants;
  if (what == What::exchange) return found;
  ++account.tunnels;
  if (account.quota.tunnels_per_second != 0) {
    account.next_tunnel = std::max(account.next_tunnel, now) + apart(account.quota);
  }
  return found;
}

void Quotas::give_back_tunnel(Share& share) {
  const std::scoped_lock lock(mutex_);
  for (const auto& holder : share.holders()) --holder->second.tunnels;
  share.what = What::exchange;
}

void Quotas::give_back(const Share& share) {
  const std::scoped_lock lock(mutex_);
  for (const auto& holder : share.holders()) {
    auto& account = holder->second;
    if (share.what == What::tunnel) --account.tunnels;
    if (--account.grants == 0) make_idle(holder);
  }
}

void Quotas::make_idle(Accounts::iterator account) {
  if (owes_nothing(account->second)) {
    accounts_.erase(account);
    return;
  }
  account->second.idle = idle_.emplace(account->second.day.on(day_), account);
  if (idle_.size() >= sweep_at_ || swept_ != day_) sweep();
  if (idle_.size() <= most_idle_) return;
  accounts_.erase(idle_.begin()->second);
  idle_.erase(idle_.begin());
}

/// Forgets who owes nothing any more. Once there are twice as many as the last time left: so each
/// holder is looked at a few times, however many there are.
void Quotas::sweep() {
  std::erase_if(idle_, [this](const auto& one) {
    if (!owes_nothing(one.second->second)) return false;
    accounts_.erase(one.second);
    return true;
  });
  sweep_at_ = std::max(small, 2 * idle_.size());
  swept_ = day_;
}

bool Quotas::owes_nothing(const Account& account) const {
  return account.next_tunnel <= latest_ && account.bucket.full(latest_) &&
         (account.budget == 0 || account.day.on(day_) == 0);
}

std::uint16_t Quotas::today(net::TimePoint now) {
  if (now >= day_known_until_.load()) {
    const auto day = calendar_(now);
    day_ = day.number;
    day_known_until_ = std::min(day.end, now + day_believed);
  }
  return day_;
}

void Quotas::use(const QuotaOf& quota_of) {
  const std::scoped_lock lock(mutex_);
  for (auto& [name, account] : accounts_) account.use(quota_of(name.kind, name.key));
}

std::size_t Quotas::known() const {
  const std::scoped_lock lock(mutex_);
  return accounts_.size();
}

}  // namespace culvert::proxy
