// SPDX-License-Identifier: Apache-2.0
#include "app/ask_password.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include "auth/name.hpp"

namespace culvert::app {
namespace {

constexpr std::size_t longest_bytes = 500;

volatile std::sig_atomic_t signal_seen = 0;

/// The terminal shows nothing of what is typed; at the end it does again. A signal that would end
/// the program meanwhile comes when it does.
class Hidden {
 public:
  Hidden() {
    struct sigaction noting{};
    noting.sa_handler = [](int number) { signal_seen = number; };
    for (std::size_t i = 0; i < signals.size(); ++i) sigaction(signals[i], &noting, &before_[i]);
    tcgetattr(STDIN_FILENO, &shown_);
    auto hidden = shown_;
    hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
  }
  ~Hidden() {
    tcsetattr(STDIN_FILENO, TCSANOW, &shown_);
    for (std::size_t i = 0; i < signals.size(); ++i) {
      sigaction(signals[i], &before_[i], nullptr);
    }
    if (signal_seen != 0) std::raise(signal_seen);
  }
  Hidden(const Hidden&) = delete;
  Hidden& operator=(const Hidden&) = delete;

 private:
  static constexpr std::array signals{SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
  std::array<struct sigaction, signals.size()> before_{};
  termios shown_{};
};

/// The next line of standard input, without its end; nullopt when there is none. Byte by byte: what
/// is behind it may be for others.
std::optional<std::string> read_line() {
  std::string line;
  char c = 0;
  while (true) {
    const auto got = read(STDIN_FILENO, &c, 1);
    if (got < 0 && errno == EINTR && signal_seen == 0) continue;
    if (got < 0 || (got == 0 && line.empty())) return std::nullopt;
    if (got == 0 || c == '\n') break;
    line += c;
    if (line.size() > 2 * longest_bytes) break;  // too long, and there may be no end to it
  }
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

std::optional<std::string> ask(const std::string& question) {
  fmt::print(stderr, "{}", question);
  std::optional<std::string> line;
  {
    const Hidden hidden;
    line = read_line();
    fmt::print(stderr, "\n");
  }
  return line;
}

}  // namespace

std::expected<std::string, std::string> ask_password(const std::string& user, bool from_stdin) {
  const bool asks = !from_stdin && isatty(STDIN_FILENO) == 1;
  auto password = asks ? ask(fmt::format("New password for {}: ", user)) : read_line();
  if (!password) return std::unexpected("no password came");
  if (auto trouble = trouble_with_password(*password); !trouble.empty()) {
    return std::unexpected(std::move(trouble));
  }
  if (asks && ask("Once more: ") != password) return std::unexpected("the two are not the same");
  return std::move(*password);
}

std::string trouble_with_password(const std::string& password) {
  if (password.empty()) return "the password is empty";
  if (password.size() > longest_bytes) return "the password is longer than 500 bytes";
  if (!auth::without_controls(password)) return "a control character in the password";
  if (!auth::is_utf8(password)) return "the password is not in UTF-8";
  return "";
}

}  // namespace culvert::app
