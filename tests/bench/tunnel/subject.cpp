// SPDX-License-Identifier: Apache-2.0
#include "tunnel/subject.hpp"

#include <csignal>
#include <ctime>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/tls_certificate.hpp"
#include "tunnel/loopback.hpp"

namespace culvert::bench {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds rest{20};  // without a moment of work
constexpr int most_looks = 500;

std::string configuration(std::uint16_t port, const std::string& how) {
  return fmt::format(
      "workers = 1\n"
      "[[listen]]\naddress = \"127.0.0.1:{}\"\n{}\n"
      "[[rule]]\nname = \"bench\"\naction = \"allow\"\nprivate = true\n"
      "tunnel = [\"any\"]\nsni = \"off\"\n"
      "[http2]\nmax_streams = 10000\n"
      "[log]\naccess = \"off\"\nlevel = \"error\"\n",
      port, how);
}

std::string with_tls(const test::Folder& folder) {
  const auto identity = test::make_identity({.hosts = {"127.0.0.1"}, .self_signed = true});
  const auto certificate = folder.write("proxy.pem", test::pem_of(identity.certificate.get()));
  const auto key = folder.write("proxy.key", test::pem_of(identity.key.get()));
  return fmt::format(R"(tls = {{ certificate = "{}", key = "{}" }})", certificate, key);
}

/// `said` is the file that has its standard error.
pid_t start(const std::string& program, const std::string& file, const std::string& said) {
  const pid_t process = fork();
  if (process < 0) fail("fork");
  if (process == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int file_of_said = open(said.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (file_of_said >= 0) dup2(file_of_said, STDERR_FILENO);
    execl(program.c_str(), "culvert", "-c", file.c_str(), nullptr);
    _exit(127);
  }
  return process;
}

std::uint16_t free_port() {
  return Door().port();
}

}  // namespace

Subject::Subject(const std::filesystem::path& program, Security security) : port_(free_port()) {
  const auto how = security == Security::tls ? with_tls(folder_) : "h2c = true";
  const auto file = folder_.write("culvert.toml", configuration(port_, how));
  process_ = start(program.string(), file, folder_.path("said"));
  wait_until_it_listens();
}

Subject::~Subject() {
  kill(process_, SIGKILL);
  waitpid(process_, nullptr, 0);
}

void Subject::wait_until_it_listens() const {
  for (int i = 0; i < most_looks; ++i) {
    if (waitpid(process_, nullptr, WNOHANG) != 0) break;
    if (is_listening(port_)) return;
    std::this_thread::sleep_for(rest);
  }
  std::ostringstream said;
  said << std::ifstream(folder_.path("said")).rdbuf();
  throw std::runtime_error("culvert does not listen: " + said.str());
}

std::chrono::nanoseconds Subject::processor_time() const {
  clockid_t clock = 0;
  timespec time{};
  if (clock_getcpuclockid(process_, &clock) != 0 || clock_gettime(clock, &time) != 0) {
    throw std::runtime_error("culvert has ended");
  }
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

std::chrono::nanoseconds Subject::spent() const {
  auto before = processor_time();
  for (int i = 0; i < most_looks; ++i) {
    std::this_thread::sleep_for(rest);
    const auto now = processor_time();
    if (now == before) break;
    before = now;
  }
  return before;
}

Subject::Memory Subject::memory() const {
  std::ifstream lines(fmt::format("/proc/{}/smaps_rollup", process_));
  Memory memory{};
  std::string word;
  while (lines >> word) {
    std::size_t kibibytes = 0;
    if (word != "Pss:" && word != "Pss_Anon:") continue;
    lines >> kibibytes;
    (word == "Pss:" ? memory.all : memory.heap) = kibibytes * 1024;
  }
  if (memory.all == 0) throw std::runtime_error("culvert has ended");
  return memory;
}

}  // namespace culvert::bench
