// SPDX-License-Identifier: Apache-2.0
#include "support/standard_error.hpp"

#include <stdexcept>
#include <thread>

#include <unistd.h>

#include "support/peer.hpp"

namespace culvert::test {

StandardError::StandardError() : file_(std::tmpfile()), before_(dup(STDERR_FILENO)) {
  if (file_ == nullptr || before_ < 0 || dup2(fileno(file_), STDERR_FILENO) < 0) {
    throw std::runtime_error("cannot take standard error");
  }
}

StandardError::~StandardError() {
  dup2(before_, STDERR_FILENO);
  ::close(before_);
  std::fclose(file_);
}

std::size_t StandardError::lines_with(const std::string& words) const {
  std::string text(1UL << 16, '\0');
  const auto size = pread(fileno(file_), text.data(), text.size(), 0);
  text.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
  std::size_t count = 0;
  for (auto at = text.find(words); at != std::string::npos; at = text.find(words, at)) {
    ++count;
    at = text.find('\n', at);
  }
  return count;
}

bool StandardError::says(const std::string& words) const {
  const auto until = std::chrono::steady_clock::now() + Peer::patience;
  while (lines_with(words) == 0) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return true;
}

}  // namespace culvert::test
