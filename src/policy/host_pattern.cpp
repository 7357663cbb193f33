// SPDX-License-Identifier: Apache-2.0
#include <culvert/error.hpp>
#include <culvert/policy/host_pattern.hpp>

#include "base/idna.hpp"

namespace culvert::policy {
namespace {

Network single(const Address& address) {
  return {address, static_cast<unsigned>(address.bytes().size() * 8)};
}

/// `name` lies below `parent`: it ends in a dot and the parent, with something before the dot.
bool lies_below(std::string_view name, std::string_view parent) {
  if (name.size() < parent.size() + 2 || !name.ends_with(parent)) return false;
  return name[name.size() - parent.size() - 1] == '.';
}

bool is_bare_v6(std::string_view text) {
  return text.contains(':') && !text.contains('[');
}

}  // namespace

Result<HostPattern> HostPattern::parse(std::string_view text) {
  if (text == "*") return HostPattern(Name{.name = {}, .reach = Reach::all});
  if (text.contains('/') || is_bare_v6(text)) {
    const auto network = Network::parse(text);
    if (!network) return fail(network.error());
    return HostPattern(*network);
  }

  auto reach = Reach::exact;
  if (text.starts_with("*.")) {
    reach = Reach::below;
    text.remove_prefix(2);
  } else if (text.starts_with('.')) {
    reach = Reach::at_and_below;
    text.remove_prefix(1);
  }
  const auto ascii = to_ascii(text);
  if (!ascii) return fail(ascii.error());
  const auto host = Host::parse(*ascii);
  if (!host) return fail(host.error());
  if (!host->is_address()) return HostPattern(Name{.name = host->name(), .reach = reach});
  if (reach != Reach::exact) return fail(Errc::bad_host);  // nothing lies below an address
  return HostPattern(single(host->address()));
}

bool HostPattern::matches(const Host& host) const {
  if (host.is_address()) {
    const auto* name = std::get_if<Name>(&what_);
    return name != nullptr ? name->reach == Reach::all : matches(host.address());
  }
  const auto* ours = std::get_if<Name>(&what_);
  if (ours == nullptr) return false;
  switch (ours->reach) {
    case Reach::exact: return host.name() == ours->name;
    case Reach::below: return lies_below(host.name(), ours->name);
    case Reach::at_and_below:
      return host.name() == ours->name || lies_below(host.name(), ours->name);
    case Reach::all: return true;
  }
  return false;
}

bool HostPattern::matches(const Address& address) const {
  const auto* network = std::get_if<Network>(&what_);
  return network != nullptr && network->contains(address);
}

std::string HostPattern::text() const {
  if (const auto* network = std::get_if<Network>(&what_)) return network->text();
  const auto& [name, reach] = std::get<Name>(what_);
  switch (reach) {
    case Reach::exact: return name;
    case Reach::below: return "*." + name;
    case Reach::at_and_below: return "." + name;
    case Reach::all: return "*";
  }
  return name;
}

}  // namespace culvert::policy
