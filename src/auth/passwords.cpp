// SPDX-License-Identifier: Apache-2.0
#include "auth/passwords.hpp"

#include <utility>

namespace culvert::auth {

Passwords::Begun Passwords::check(Question question, Told told) {
  const auto key = question.key;
  const std::scoped_lock lock(mutex_);
  const auto [found, fresh] = under_way_.try_emplace(key);
  if (fresh) {
    if (const auto begun = begin(std::move(question)); begun != Begun::yes) {
      under_way_.erase(found);
      return begun;
    }
  }
  // Its thread may be done already, but has to wait for the lock to tell.
  found->second.push_back(std::move(told));
  return Begun::yes;
}

Passwords::Begun Passwords::begin(Question question) {
  if (!guard_.begin(question.client)) return Begun::client_has_enough;
  auto password = std::move(question.password);
  auto hash = std::move(question.hash);
  auto client = question.client;
  auto done = [this, question = std::move(question)](bool right) { finish(question, right); };
  if (hasher_.verify(std::move(password), std::move(hash), std::move(done))) return Begun::yes;
  guard_.finish(client);
  return Begun::pool_is_full;
}

void Passwords::finish(const Question& question, bool right) {
  right = right && question.known;
  const auto now = Clock::now();
  if (right) {
    cache_.remember(question.key, now, question.remember);
  } else {
    guard_.failed(question.client, now);
  }
  guard_.finish(question.client);
  std::vector<Told> all;
  {
    const std::scoped_lock lock(mutex_);
    all = std::move(under_way_.extract(question.key).mapped());
  }
  for (auto& told : all) told(right);
}

}  // namespace culvert::auth
