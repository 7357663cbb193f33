// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct psl_ctx_st;

namespace culvert::app {

/// Names that one pattern may stand for.
struct Family {
  std::string domain;              ///< the pattern is "." and this: the domain and what is below
  std::vector<std::string> names;  ///< sorted
};

/// Which names belong together, by the Public Suffix List (publicsuffix.org): the system's, or the
/// one that libpsl has built in where that is newer.
class Siblings {
 public:
  /// So many names of one registrable domain are a family.
  static constexpr std::size_t enough = 3;

  Siblings();

  /// The families among `names` (normalised as Host::name, without repeats). A family's domain is
  /// the longest that has all of them, never above the registrable one: nobody who may reach
  /// a.github.io, b.github.io and c.github.io may reach all of github.io.
  std::vector<Family> families(const std::vector<std::string>& names) const;

 private:
  std::string registrable(const std::string& name) const;

  std::shared_ptr<const psl_ctx_st> list_;
};

/// True when `name` is `domain` or below it.
bool is_within(std::string_view name, std::string_view domain);

}  // namespace culvert::app
