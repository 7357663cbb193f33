// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "relay/tunnel.hpp"

namespace culvert::test {

/// An owner of a tunnel that calls a function at the end.
class Owner : public relay::Owner {
 public:
  using Done = std::move_only_function<void(const relay::Outcome&)>;
  explicit Owner(Done done) : done_(std::move(done)) {}
  void ended(const relay::Outcome& outcome) override { done_(outcome); }

 private:
  Done done_;
};

}  // namespace culvert::test
