// SPDX-License-Identifier: Apache-2.0
#include "app/siblings.hpp"

#include <algorithm>
#include <map>
#include <stdexcept>

#include <libpsl.h>

namespace culvert::app {
namespace {

std::string_view parent_of(std::string_view name) {
  const auto dot = name.find('.');
  return dot == std::string_view::npos ? std::string_view() : name.substr(dot + 1);
}

/// The longest domain that has all of them; they have one in common.
std::string common_domain(const std::vector<std::string>& names) {
  std::string_view domain = names.front();
  for (const auto& name : names) {
    while (!is_within(name, domain)) domain = parent_of(domain);
  }
  return std::string(domain);
}

}  // namespace

bool is_within(std::string_view name, std::string_view domain) {
  if (!name.ends_with(domain)) return false;
  return name.size() == domain.size() || name[name.size() - domain.size() - 1] == '.';
}

Siblings::Siblings() {
  auto* list = psl_latest(nullptr);
  if (list == nullptr) throw std::runtime_error("there is no Public Suffix List");
  list_ = {list, psl_free};
}

/// Empty for a public suffix itself.
std::string Siblings::registrable(const std::string& name) const {
  const auto* const domain = psl_registrable_domain(list_.get(), name.c_str());
  return domain == nullptr ? std::string() : std::string(domain);
}

std::vector<Family> Siblings::families(const std::vector<std::string>& names) const {
  std::map<std::string, std::vector<std::string>> by_domain;
  for (const auto& name : names) {
    if (auto domain = registrable(name); !domain.empty()) by_domain[domain].push_back(name);
  }
  std::vector<Family> found;
  for (auto& [domain, members] : by_domain) {
    if (members.size() < enough) continue;
    std::ranges::sort(members);
    found.push_back({.domain = common_domain(members), .names = std::move(members)});
  }
  return found;
}

}  // namespace culvert::app
