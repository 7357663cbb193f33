// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace culvert::app {

/// A name in a directory; whoever makes, removes or replaces it changes what a path leads to.
struct Signpost {
  std::string directory;  ///< without symbolic links in it
  std::string name;
  friend bool operator==(const Signpost&, const Signpost&) = default;
};

/// All the names on the way of an absolute path that decide what file it leads to: each symbolic
/// link that is followed, and the file itself. A ConfigMap of Kubernetes has two links (`rules.txt`
/// to `..data/rules.txt`, `..data` to a directory with a date), and replaces the second. Where the
/// way breaks off, the last is the name that is missing. Gives up after 40 links, as the system
/// does.
std::vector<Signpost> trail(const std::string& path);

}  // namespace culvert::app
