// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "auth/cache.hpp"
#include "auth/guard.hpp"
#include "auth/nonce.hpp"
#include "auth/passwords.hpp"

namespace culvert::auth {

/// What authentication remembers, and the threads it hashes on: one for a process. It outlives a
/// reload, after which a nonce is still good and a guesser still slowed; what was proved is known
/// by the stored hash too, so a password that the reload changed is asked for anew.
struct Desk {
  Nonces nonces;
  Cache cache;
  Guard guard;
  Passwords passwords{cache, guard};
};

}  // namespace culvert::auth
