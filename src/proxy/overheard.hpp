// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <utility>

#include <culvert/policy/rule.hpp>

#include "config/config.hpp"
#include "relay/overhearing.hpp"

namespace culvert::proxy {

/// A WebSocket's handshake in a tunnel that its rule leaves alone: browsers open ws:// so. The rule
/// asks nothing of it; but once it has switched, its frames can be followed as anywhere else.
///
/// Each head is looked at only if it comes in one piece and nothing with it that does not belong to
/// it, as all clients and servers that were met send theirs: so nothing of it has to be kept.
class Overheard final : public relay::Overhearing {
 public:
  /// The rule is one of the configuration's, or null.
  Overheard(std::shared_ptr<const config::Config> config, const policy::Rule* rule)
      : config_(std::move(config)), rule_(rule) {}

  Heard hear(unsigned from, std::string_view bytes, net::TimePoint now) override;

 private:
  Heard hear_request(std::string_view bytes);
  Heard hear_answer(std::string_view bytes, net::TimePoint now) const;

  std::shared_ptr<const config::Config> config_;
  const policy::Rule* rule_;
  std::string key_;  // of the handshake; empty before
};

}  // namespace culvert::proxy
