// SPDX-License-Identifier: Apache-2.0
#include "app/signals.hpp"

#include <cerrno>
#include <csignal>
#include <system_error>
#include <utility>

#include <pthread.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace culvert::app {

Signals::Signals(net::Loop& loop, std::function<void(int)> on_signal)
    : loop_(loop), on_signal_(std::move(on_signal)) {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGUSR1}) sigaddset(&set, number);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  descriptor_ = net::Descriptor(signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
  if (!descriptor_) throw std::system_error(errno, std::system_category(), "signals");
  loop_.watch(descriptor_.number(), *this);
}

Signals::~Signals() {
  loop_.forget(descriptor_.number());
}

void Signals::on_ready(int descriptor, std::uint8_t /*hints*/) {
  signalfd_siginfo signal{};
  while (read(descriptor, &signal, sizeof signal) == static_cast<ssize_t>(sizeof signal)) {
    on_signal_(static_cast<int>(signal.ssi_signo));
  }
}

}  // namespace culvert::app
