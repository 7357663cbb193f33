// SPDX-License-Identifier: Apache-2.0
#include "dns/hosts_file.hpp"

#include <filesystem>
#include <fstream>

#include <unistd.h>

#include <catch2/catch.hpp>

using namespace culvert;
using namespace std::chrono_literals;
using dns::HostsFile;
using dns::HostsTable;

namespace {

constexpr net::TimePoint start{1h};

std::vector<std::string> texts(const std::vector<Address>* addresses) {
  std::vector<std::string> written;
  if (addresses == nullptr) return written;
  for (const auto& address : *addresses) written.push_back(address.text());
  return written;
}

/// A file that is gone when the test is over.
class TemporaryFile {
 public:
  TemporaryFile() {
    char name[] = "/tmp/culvert-hosts-XXXXXX";
    close(mkstemp(name));
    path_ = name;
  }
  ~TemporaryFile() { std::filesystem::remove(path_); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  void write(std::string_view text) { std::ofstream(path_, std::ios::trunc) << text; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace

TEST_CASE("hosts file: each name of a line has the line's address", "[hosts]") {
  const auto [line, name, address] = GENERATE(table<const char*, const char*, const char*>({
      {"192.0.2.1 chat.test", "chat.test", "192.0.2.1"},
      {"192.0.2.1\tchat.test chat\n", "chat", "192.0.2.1"},
      {"  192.0.2.1   chat.test  \r\n", "chat.test", "192.0.2.1"},
      {"192.0.2.1 CHAT.Test.", "chat.test", "192.0.2.1"},  // names compare without case
      {"2001:db8::1 chat.test # ours", "chat.test", "2001:db8::1"},
      {"192.0.2.1 bad!name chat.test", "chat.test", "192.0.2.1"},
      {"nonsense\n\n#\n192.0.2.1 chat.test", "chat.test", "192.0.2.1"},
      {"::ffff:192.0.2.1 chat.test", "chat.test", "192.0.2.1"},
  }));
  CAPTURE(line);
  CHECK(texts(HostsTable::parse(line).find(name)) == std::vector<std::string>{address});
}

TEST_CASE("hosts file: what is no such line names nothing", "[hosts]") {
  const auto* line =
      GENERATE("", "\n", "chat.test", "192.0.2.1", "192.0.2.1 # chat.test", "# 192.0.2.1 chat.test",
               "192.0.2.1chat.test", "192.0.2.256 chat.test", "fe80::1%eth0 chat.test",
               "010.0.0.1 chat.test", "192.0.2.1 chat.test.example", "\0");
  CAPTURE(line);
  CHECK_FALSE(HostsTable::parse(line).find("chat.test"));
}

TEST_CASE("hosts file: the addresses of a name stand in the order of the file, once each",
          "[hosts]") {
  const auto table = HostsTable::parse(
      "192.0.2.2 chat.test\n2001:db8::1 chat.test\n192.0.2.1 chat.test\n192.0.2.2 chat.test\n");
  CHECK(texts(table.find("chat.test")) ==
        std::vector<std::string>{"192.0.2.2", "2001:db8::1", "192.0.2.1"});
}

TEST_CASE("hosts file: an address is never a name", "[hosts]") {
  CHECK_FALSE(HostsTable::parse("192.0.2.1 198.51.100.7 0x7f.1").find("198.51.100.7"));
}

TEST_CASE("hosts file: a change is seen, but not looked for twice within a second", "[hosts]") {
  TemporaryFile file;
  file.write("192.0.2.1 chat.test\n");
  HostsFile hosts(file.path());
  CHECK(texts(hosts.find("chat.test", start)) == std::vector<std::string>{"192.0.2.1"});

  file.write("192.0.2.77 chat.test\n");
  CHECK(texts(hosts.find("chat.test", start + 999ms)) == std::vector<std::string>{"192.0.2.1"});
  CHECK(texts(hosts.find("chat.test", start + 1s)) == std::vector<std::string>{"192.0.2.77"});

  std::filesystem::remove(file.path());
  CHECK_FALSE(hosts.find("chat.test", start + 2s));
  file.write("192.0.2.3 chat.test\n");
  CHECK(texts(hosts.find("chat.test", start + 3s)) == std::vector<std::string>{"192.0.2.3"});
}

TEST_CASE("hosts file: one that is missing, a directory or not wanted holds nothing", "[hosts]") {
  const auto* path = GENERATE("", "/nonexistent/hosts", "/tmp", "/dev/zero");
  CAPTURE(path);
  HostsFile hosts(path);
  CHECK_FALSE(hosts.find("localhost", start));
}

TEST_CASE("hosts file: of one too long the whole lines that fit are read", "[hosts]") {
  TemporaryFile file;
  std::string text = "192.0.2.1 first.test\n";
  while (text.size() < HostsFile::max_bytes - 64) text += "#" + std::string(30, '.') + "\n";
  text.resize(HostsFile::max_bytes - 17, '\n');
  file.write(text + "192.0.2.1 cut.test\n192.0.2.1 last.test\n");
  HostsFile hosts(file.path());
  CHECK(hosts.find("first.test", start));
  CHECK_FALSE(hosts.find("cut.te", start));
  CHECK_FALSE(hosts.find("cut.test", start));
  CHECK_FALSE(hosts.find("last.test", start));
}
