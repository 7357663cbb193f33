// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "config/config.hpp"
#include "support/folder.hpp"
#include "support/working_directory.hpp"

using namespace culvert;
using namespace culvert::config;
using culvert::test::Folder;
using culvert::test::WorkingDirectory;

namespace {

constexpr const char* rule = "[[rule]]\nname = \"r\"\naction = \"allow\"\nhosts = [\"@s\"]\n";

/// Reads a configuration whose set `s` is the file hosts.txt with this text.
Loaded with_hosts(const Folder& folder, const std::string& text) {
  folder.write("hosts.txt", text);
  return load(folder.write("c.toml", std::string(rule) + "[hosts]\ns = { file = \"hosts.txt\" }\n"),
              {});
}

bool names(const Config& config, const char* host) {
  return config.policy.rules().at(0).names_host(Host::parse(host).value());
}

}  // namespace

TEST_CASE("set file: a host a line, with comments and blank lines", "[config]") {
  const Folder folder;
  const auto loaded = with_hosts(folder,
                                 "\xef\xbb\xbf# partners\r\n\r\na.example  # the first\r\n"
                                 "  *.b.example\n\t.c.example\n10.0.0.0/8\nB\xc3\x9c"
                                 "CHER.example\n192.0.2.1");
  REQUIRE(loaded.config);
  const auto& config = *loaded.config;
  CHECK(names(config, "a.example"));
  CHECK(names(config, "x.b.example"));
  CHECK_FALSE(names(config, "b.example"));
  CHECK(names(config, "c.example"));
  CHECK(names(config, "10.1.2.3"));
  CHECK(names(config, "xn--bcher-kva.example"));
  CHECK(names(config, "192.0.2.1"));
  CHECK(config.watched_files.empty());
}

TEST_CASE("set file: an empty one matches nothing", "[config]") {
  const Folder folder;
  const auto loaded = with_hosts(folder, "# nobody yet\n");
  REQUIRE(loaded.config);
  CHECK_FALSE(names(*loaded.config, "a.example"));
}

TEST_CASE("set file: a line that is no host is a mistake where it stands", "[config]") {
  const Folder folder;
  const auto loaded = with_hosts(folder, "a.example\n  https://b.example/\n");
  REQUIRE_FALSE(loaded.config);
  REQUIRE(loaded.mistakes.size() == 1);
  const auto& mistake = loaded.mistakes[0];
  CHECK(mistake.file == folder.path("hosts.txt"));
  CHECK(mistake.line == 2);
  CHECK(mistake.column == 3);
  CHECK(mistake.what.contains("is a URL"));
}

TEST_CASE("set file: of many mistakes the first are told, and how many more", "[config]") {
  const Folder folder;
  std::string text;
  for (int i = 0; i < 50; ++i) text += "no host\n";
  const auto loaded = with_hosts(folder, text);
  REQUIRE(loaded.mistakes.size() == 21);
  CHECK(loaded.mistakes.back().what == "and 30 more lines are no hosts");
}

TEST_CASE("set file: one that is to be watched is named with its path", "[config]") {
  const Folder folder;
  folder.write("hosts.txt", "a.example\n");
  const auto loaded =
      load(folder.write("c.toml", std::string(rule) +
                                      "[hosts]\ns = { file = \"hosts.txt\", watch = true }\n"),
           {});
  REQUIRE(loaded.config);
  REQUIRE(loaded.config->watched_files.size() == 1);
  CHECK(loaded.config->watched_files[0].path == folder.path("hosts.txt"));
}

TEST_CASE("set file: one that is to be watched has an absolute path, and in messages its own",
          "[config]") {
  const Folder folder;
  const WorkingDirectory there(folder.path());
  const auto toml = std::string(rule) + "[hosts]\ns = { file = \"hosts.txt\", watch = true }\n";
  folder.write("c.toml", toml);
  folder.write("hosts.txt", "a.example\n");
  for (const auto* file : {"c.toml", "./c.toml"}) {
    const auto loaded = load(file, {});
    REQUIRE(loaded.config);
    REQUIRE(loaded.config->watched_files.size() == 1);
    const std::filesystem::path watched = loaded.config->watched_files[0].path;
    CHECK(watched.is_absolute());
    CHECK(watched.lexically_normal() == std::filesystem::current_path() / "hosts.txt");
  }
  folder.write("hosts.txt", "no host\n");
  const auto loaded = load("c.toml", {});
  REQUIRE(loaded.mistakes.size() == 1);
  CHECK(loaded.mistakes[0].text().starts_with("hosts.txt:1:1: "));
}

TEST_CASE("set file: one that is to be watched comes with its state as it was read", "[config]") {
  const Folder folder;
  folder.write("hosts.txt", "a.example\n");
  // Of a file that was written just now nobody can say whether it is being written.
  std::filesystem::last_write_time(folder.path("hosts.txt"), {});
  const auto as_read = file_state(folder.path("hosts.txt"));
  const auto loaded =
      load(folder.write("c.toml", std::string(rule) +
                                      "[hosts]\ns = { file = \"hosts.txt\", watch = true }\n"),
           {});
  REQUIRE(loaded.config);
  REQUIRE(loaded.config->watched_files.size() == 1);
  CHECK(loaded.config->watched_files[0].state == as_read);
  folder.write("hosts.txt", "a.example\nb.example\n");
  CHECK(loaded.config->watched_files[0].state != file_state(folder.path("hosts.txt")));
}

TEST_CASE("set file: the policy's hash is of what files say, not of how", "[config]") {
  const Folder folder;
  const auto hash = [&folder](const char* text) {
    return with_hosts(folder, text).config.value().policy_hash;
  };
  const auto first = hash("a.example\nb.example\n");
  CHECK(first.size() == 64);
  CHECK(hash("# again\nB.example.\na.example\na.example\n") == first);
  CHECK(hash("a.example\n") != first);
}

TEST_CASE("set file: one that lost its lines must not open what a rule closed", "[config]") {
  const Folder folder;
  folder.write("hosts.txt", "# all gone\n");
  const auto load_with = [&folder](const std::string& action) {
    return load(folder.write("c.toml",
                             "[hosts]\ns = { file = \"hosts.txt\" }\n[[rule]]\nname = "
                             "\"r\"\naction = \"" +
                                 action + "\"\nhosts = [\"@s\"]\n"),
                {});
  };
  const auto denies = load_with("deny");
  REQUIRE(denies.mistakes.size() == 1);
  CHECK(denies.mistakes[0].what == "@s has no host, so the rule would deny nothing");
  CHECK(denies.mistakes[0].line == 6);
  const auto allows = load_with("allow");
  CHECK(allows.mistakes.empty());
  CHECK(allows.warnings.size() == 1);
}

TEST_CASE("set file: one that is not there is one mistake, also where a deny rule names it",
          "[config]") {
  const auto loaded = parse(
      "[hosts]\ns = { file = \"/nowhere/hosts.txt\" }\n[[rule]]\nname = \"r\"\n"
      "action = \"deny\"\nhosts = [\"@s\"]\n",
      "c.toml", {});
  REQUIRE(loaded.mistakes.size() == 1);
  CHECK(loaded.mistakes[0].key == "hosts.s.file");
}

TEST_CASE("set file: what is no regular file is not waited for", "[config]") {
  const Folder folder;
  REQUIRE(mkfifo(folder.path("hosts.txt").c_str(), 0600) == 0);
  const auto loaded = load(
      folder.write("c.toml", std::string(rule) + "[hosts]\ns = { file = \"hosts.txt\" }\n"), {});
  REQUIRE(loaded.mistakes.size() == 1);
  CHECK(loaded.mistakes[0].what.ends_with("is no regular file"));
}
