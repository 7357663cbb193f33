// SPDX-License-Identifier: Apache-2.0
#include "config/identities.hpp"

#include <algorithm>

#include "config/parts.hpp"
#include "config/selectors.hpp"

namespace culvert::config {
namespace {

const Identity* namesake(const Network& network, const Draft& draft) {
  const auto& known = draft.config.identities;
  const auto found = std::ranges::find(known, network, &Identity::network);
  return found == known.end() ? nullptr : &*found;
}

void read_identity(const Entry& entry, Draft& draft) {
  const auto key = "identities." + entry.key;
  if (const auto why = no_user(entry.key); !why.empty()) {
    draft.mistakes.add(entry.place, key, why);
    return;
  }
  const auto networks = read_list(entry.value, key, draft, MayBeEmpty::no, read_network);
  for (const auto& network : networks) {
    if (network.prefix_bits() == 0) {
      draft.mistakes.add(entry.place, key, network.text() + " is everybody, not one user");
      continue;
    }
    if (const auto* other = namesake(network, draft)) {
      draft.mistakes.add(entry.place, key,
                         network.text() + " is " + quoted(other->user) + " already");
      continue;
    }
    draft.config.identities.push_back({.network = network, .user = entry.key});
  }
}

}  // namespace

void read_identities(const Value& value, Draft& draft) {
  const auto* table = std::get_if<Table>(&value.what);
  if (table == nullptr) {
    draft.mistakes.add(
        value.place, "identities",
        wants("a section [identities] with lines such as build = [\"10.1.2.3\"]", value).error());
    return;
  }
  for (const auto& entry : *table) read_identity(entry, draft);
  // The narrowest network that holds an address tells whose it is.
  std::ranges::sort(draft.config.identities, std::ranges::greater(),
                    [](const Identity& one) { return one.network.prefix_bits(); });
}

}  // namespace culvert::config
