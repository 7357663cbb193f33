// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "config/config.hpp"

/// Any bytes are a configuration or have mistakes, never both and never neither; and each mistake
/// can be shown on one line.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto loaded = culvert::config::parse(text, "fuzz.toml", {});
  if (loaded.config.has_value() != loaded.mistakes.empty()) std::abort();
  if (loaded.config && loaded.config->listen.empty()) std::abort();
  for (const auto& mistake : loaded.mistakes) {
    const auto line = mistake.text();
    if (mistake.what.empty() || !line.starts_with("fuzz.toml:") || line.contains('\n')) {
      std::abort();
    }
  }
  return 0;
}
