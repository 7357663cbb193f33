// SPDX-License-Identifier: Apache-2.0
#include "auth/guard.hpp"

#include <algorithm>
#include <iterator>

namespace culvert::auth {
namespace {

using std::chrono::seconds;

/// 1 s with the failure that is the last free one, then twice as long each time.
seconds wait_after(int failures) {
  const int doublings = std::min(failures - Guard::free_failures, 5);
  return std::min(Guard::longest_wait, seconds(1 << doublings));
}

}  // namespace

std::optional<seconds> Guard::wait(std::string_view client, Clock::time_point now) {
  const std::scoped_lock lock(mutex_);
  const Record* record = find(client);
  if (record == nullptr || now >= record->not_before) return std::nullopt;
  return std::chrono::ceil<seconds>(record->not_before - now);
}

void Guard::failed(std::string_view client, Clock::time_point now) {
  const std::scoped_lock lock(mutex_);
  auto& record = record_of(client);
  const auto quiet_since = std::max(record.since, record.not_before);
  if (record.failures == 0 || now - quiet_since >= memory) {
    record.failures = 0;
    record.since = now;
  }
  ++record.failures;
  if (record.failures < free_failures) return;
  record.since = now;
  record.not_before = now + wait_after(record.failures);
}

bool Guard::begin(std::string_view client) {
  const std::scoped_lock lock(mutex_);
  auto& record = record_of(client);
  if (record.checks == checks_at_once) return false;
  ++record.checks;
  return true;
}

void Guard::finish(std::string_view client) {
  const std::scoped_lock lock(mutex_);
  if (Record* record = find(client); record != nullptr) --record->checks;
}

Guard::Record* Guard::find(std::string_view client) {
  const auto found = by_client_.find(client);
  return found == by_client_.end() ? nullptr : &*found->second;
}

Guard::Record& Guard::record_of(std::string_view client) {
  if (const auto found = by_client_.find(client); found != by_client_.end()) {
    records_.splice(records_.begin(), records_, found->second);
    return records_.front();
  }
  if (records_.size() >= clients) forget_one();
  records_.emplace_front().client = client;
  by_client_.emplace(records_.front().client, records_.begin());
  return records_.front();
}

/// The oldest without a check under way, of which there are only as many as the pool takes.
void Guard::forget_one() {
  for (auto oldest = records_.end(); oldest != records_.begin();) {
    --oldest;
    if (oldest->checks > 0) continue;
    by_client_.erase(oldest->client);
    records_.erase(oldest);
    return;
  }
}

}  // namespace culvert::auth
