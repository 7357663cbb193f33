// SPDX-License-Identifier: Apache-2.0
#include <culvert/policy.hpp>

namespace culvert::policy {

void write_canonical(const Policy& policy, const std::function<void(std::string_view)>& sink) {
  sink(word(policy.by_default()));
  for (const auto& rule : policy.rules()) {
    sink("\nrule ");
    sink(rule.name);
    sink(" ");
    sink(word(rule.action));
    for (const auto& entry : rule.hosts) {
      entry.hosts->each_in_order([&sink](std::string_view text) {
        sink("\n");
        sink(text);
      });
    }
  }
}

}  // namespace culvert::policy
