// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <culvert/error.hpp>
#include <culvert/quota.hpp>

#include "proxy/calendar.hpp"
#include "relay/meter.hpp"

namespace culvert::proxy {

/// Somebody who may take so much and no more.
struct Holder {
  enum class Kind : std::uint8_t { rule, client, user };
  Kind kind;
  std::string key;  ///< the rule's name, Client::text(), the user's name
  policy::Quota quota;
};

/// Which quota of whom is used up.
struct Excess {
  enum class Of : std::uint8_t { tunnels, tunnels_per_second, bytes_per_day };
  Holder::Kind kind;
  Of which;
  std::chrono::seconds retry_after;  ///< at least 1
};

/// As a failure: Errc::rule_quota_exceeded, or Errc::quota_exceeded for a client or a user.
Errc errc_of(const Excess& excess);
/// For people, and behind a failure's own words: "open tunnels" and the like.
const char* text_of(Excess::Of which);
/// For people: "client".
const char* text_of(Holder::Kind kind);

/// What each holder has taken, over all workers. Any thread. One mutex is held where a tunnel or an
/// exchange begins and ends; the bytes in between are charged without a lock.
///
/// A holder is remembered as long as it holds something (a Grant) or owes something: bytes or
/// tunnels of this second, or bytes of a day for which there is a budget. Of those who hold nothing
/// at most `most_idle` are remembered, and then whoever used least of its day is forgotten first:
/// nobody gets rid of what it used by bringing on many others.
class Quotas {
  struct Account;
  struct Name {
    Holder::Kind kind;
    std::string key;
    auto operator<=>(const Name&) const = default;
  };
  using Accounts = std::map<Name, Account>;  // nobody can choose names that make it slow
  class Share;

 public:
  /// What was admitted: gives it back at its end. One pointer, which is null where nothing is
  /// limited. The Quotas must outlive it.
  class Grant {
   public:
    Grant();
    ~Grant();
    Grant(Grant&&) noexcept;
    Grant& operator=(Grant&&) noexcept;

    /// No tunnel comes of it: from now on only its bytes count. To be said before the client hears
    /// so, who may come with the next one at once.
    void not_a_tunnel();
    /// Charges the bytes to all holders; null when none of them limited bytes at the admission.
    /// Lives as long as what this was made as, wherever it is moved.
    relay::Meter* meter() const;
    /// The day's budget that is used up, if one is.
    std::optional<Excess> used_up(net::TimePoint now) const;

   private:
    friend class Quotas;
    explicit Grant(std::unique_ptr<Share> share);
    std::unique_ptr<Share> share_;
  };
  using Admitted = std::expected<Grant, Excess>;
  /// Called by any thread, now and then.
  using Calendar = std::function<Day(net::TimePoint)>;

  explicit Quotas(Calendar calendar = local_day, std::size_t most_idle = 100'000);
  ~Quotas();
  Quotas(const Quotas&) = delete;
  Quotas& operator=(const Quotas&) = delete;

  /// One more tunnel of these holders (at most three; those without a quota need not be named):
  /// counted with each of them, or with none.
  Admitted admit_tunnel(std::span<const Holder> holders, net::TimePoint now);
  /// A plain request: only its bytes count.
  Admitted admit_exchange(std::span<const Holder> holders, net::TimePoint now);

  /// Asks for the quota of each holder that is known, and goes by the answer from now on. An
  /// admission brings its holders' quotas with it; this is for tunnels that are open when quotas
  /// change. Bytes of one that had no meter are not charged even then. `quota_of` is called with
  /// the mutex held.
  using QuotaOf = std::function<policy::Quota(Holder::Kind, std::string_view)>;
  void use(const QuotaOf& quota_of);

  /// How many holders are remembered.
  std::size_t known() const;

 private:
  enum class What : std::uint8_t { tunnel, exchange };
  using Idle = std::multimap<std::uint64_t, Accounts::iterator>;  // by bytes of the day

  Admitted admit(std::span<const Holder> holders, What what, net::TimePoint now);
  std::optional<Excess> excess_of(const Holder& holder, What what, net::TimePoint now);
  std::optional<Excess> over_budget(Holder::Kind kind, const Account& account, net::TimePoint now);
  Accounts::iterator open(const Holder& holder, What what, net::TimePoint now);
  void give_back(const Share& share);
  void give_back_tunnel(Share& share);
  void make_idle(Accounts::iterator account);
  void sweep();
  bool owes_nothing(const Account& account) const;
  std::uint16_t today(net::TimePoint now);

  const Calendar calendar_;
  const std::size_t most_idle_;
  std::atomic<std::uint16_t> day_ = 0;
  std::atomic<net::TimePoint> day_known_until_ = net::TimePoint::min();
  mutable std::mutex mutex_;  // of all below, but for what an account's meter uses
  Accounts accounts_;
  Idle idle_;  // those that hold nothing
  net::TimePoint latest_ = net::TimePoint::min();
  std::size_t sweep_at_ = 0;
  std::uint16_t swept_ = 0;  // the day
};

using Grant = Quotas::Grant;

}  // namespace culvert::proxy
