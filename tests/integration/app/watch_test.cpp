// SPDX-License-Identifier: Apache-2.0
#include "app/watch.hpp"

#include <filesystem>
#include <fstream>

#include <unistd.h>

#include <catch2/catch.hpp>

#include "config/config.hpp"
#include "support/working_directory.hpp"

using namespace culvert;
using namespace std::chrono_literals;
using app::Watch;
using Files = std::vector<std::string>;
namespace fs = std::filesystem;

namespace {

/// A directory, and a watch on files in it, on a loop that turns for as long as a test says.
class Watching {
 public:
  Watching() {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  ~Watching() { fs::remove_all(folder_); }
  Watching(const Watching&) = delete;
  Watching& operator=(const Watching&) = delete;

  fs::path path(const std::string& name) const { return folder_ / name; }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(path(name)) << text;
  }

  /// Writes c.toml, whose only set is a file that is watched.
  void write_config(const std::string& name) const {
    write("c.toml", "[hosts]\npartners = { file = \"" + name +
                        "\", watch = true }\n[[rule]]\nname = \"partners\"\n"
                        "action = \"allow\"\nhosts = [\"@partners\"]\n");
  }

  /// The file as it is now, at rest.
  WatchedFile seen(const std::string& name) const {
    auto state = file_state(path(name));
    while (state && state->fresh) state = file_state(path(name));
    return {.path = path(name), .state = state};
  }

  void begin(const std::string& name, Watch::Pace pace = {.settle = 50ms, .at_most = 250ms}) {
    begin(std::vector{seen(name)}, pace);
  }
  void begin(const std::vector<WatchedFile>& files,
             Watch::Pace pace = {.settle = 50ms, .at_most = 250ms}) {
    watch_.emplace(loop_, files, [this](const Files& changed) { told_.push_back(changed); }, pace);
  }
  Watch& watch() { return *watch_; }  // NOLINT(bugprone-unchecked-optional-access)

  /// Turns the loop. No change is expected to take longer.
  void turn(net::milliseconds time) {
    struct End final : net::Deadline {
      explicit End(net::Loop& of_loop) : loop(of_loop) {}
      void on_deadline() override { loop.stop(); }
      net::Loop& loop;
    } end(loop_);
    // The time of the loop is that of its last turn.
    loop_.wheel().arm(end, net::Clock::now() + time);
    loop_.run();
  }

  /// What is told now: waits for it, and a while for more.
  std::vector<Files> told(net::milliseconds more = 200ms) {
    for (const auto until = net::Clock::now() + 10s; told_.empty() && net::Clock::now() < until;) {
      turn(20ms);
    }
    turn(more);
    return std::exchange(told_, {});
  }
  /// True when nothing is told for a while in which a change would be.
  bool told_nothing(net::milliseconds time = 300ms) {
    turn(time);
    return std::exchange(told_, {}).empty();
  }
  std::vector<Files> once(const std::string& name) const { return {{path(name)}}; }

 private:
  fs::path folder_ = fs::temp_directory_path() / ("culvert-watch-test-" + std::to_string(getpid()));
  net::Loop loop_;
  std::optional<Watch> watch_;
  std::vector<Files> told_;
};

}  // namespace

TEST_CASE("watch: a file that is written is told once", "[watch]") {
  Watching here;
  here.write("hosts.txt", "a.example\n");
  here.begin("hosts.txt");
  CHECK(here.told_nothing(100ms));
  here.write("hosts.txt", "b.example\n");
  CHECK(here.told() == here.once("hosts.txt"));
  CHECK(here.told_nothing(100ms));
}

TEST_CASE("watch: another file of the same directory is no change", "[watch]") {
  Watching here;
  here.write("hosts.txt", "a.example\n");
  here.begin("hosts.txt");
  here.write("other.txt", "b.example\n");
  here.write("hosts.txt~", "b.example\n");
  CHECK(here.told_nothing());
}

TEST_CASE("watch: a file that is replaced is told, and so is the next one", "[watch]") {
  Watching here;
  here.write("hosts.txt", "a.example\n");
  here.begin("hosts.txt");
  for (int time = 0; time < 2; ++time) {
    here.write("hosts.new", "b.example\n");
    fs::rename(here.path("hosts.new"), here.path("hosts.txt"));
    CHECK(here.told() == here.once("hosts.txt"));
  }
}

TEST_CASE("watch: a file that goes is told, and when it comes again", "[watch]") {
  Watching here;
  here.write("hosts.txt", "a.example\n");
  here.begin("hosts.txt");
  fs::remove(here.path("hosts.txt"));
  CHECK(here.told() == here.once("hosts.txt"));
  here.write("hosts.txt", "a.example\n");
  CHECK(here.told() == here.once("hosts.txt"));
}

TEST_CASE("watch: many writes are one change, told soon even if they do not end", "[watch]") {
  Watching here;
  here.write("hosts.txt", "0\n");
  here.begin("hosts.txt", {.settle = 400ms, .at_most = 1s});
  for (int i = 0; i < 5; ++i) {
    here.write("hosts.txt", std::to_string(i));
    here.turn(20ms);
  }
  CHECK(here.told() == here.once("hosts.txt"));
  const auto begun = net::Clock::now();
  bool told = false;
  while (!told && net::Clock::now() < begun + 10s) {
    here.write("hosts.txt", "more");
    told = !here.told_nothing(20ms);
  }
  CHECK(told);
}

TEST_CASE("watch: the links of a ConfigMap are followed when they are swapped", "[watch]") {
  Watching here;
  const auto publish = [&](const std::string& version) {
    fs::create_directory(here.path(version));
    here.write(version + "/hosts.txt", "same size\n");
    fs::create_directory_symlink(version, here.path("..data_tmp"));
    fs::rename(here.path("..data_tmp"), here.path("..data"));
  };
  publish("..2026_1");
  fs::create_symlink("..data/hosts.txt", here.path("hosts.txt"));
  here.begin("hosts.txt");
  publish("..2026_2");
  fs::remove_all(here.path("..2026_1"));
  CHECK(here.told() == here.once("hosts.txt"));
  publish("..2026_3");
  CHECK(here.told() == here.once("hosts.txt"));
  here.write("..2026_3/hosts.txt", "in its place\n");
  CHECK(here.told() == here.once("hosts.txt"));
}

TEST_CASE("watch: a directory that goes and comes back is watched again", "[watch]") {
  Watching here;
  const auto put = [&] {
    fs::create_directories(here.path("sets/deep"));
    here.write("sets/deep/hosts.txt", "a.example\n");
  };
  put();
  here.begin("sets/deep/hosts.txt");
  const auto once = here.once("sets/deep/hosts.txt");
  for (int time = 0; time < 2; ++time) {
    fs::remove_all(here.path("sets"));
    CHECK(here.told() == once);
    put();
    CHECK(here.told() == once);
    here.write("sets/deep/hosts.txt", "b.example\n");
    CHECK(here.told() == once);
  }
}

TEST_CASE("watch: what happens further up is found by looking", "[watch]") {
  Watching here;
  fs::create_directories(here.path("sets/deep"));
  here.write("sets/deep/hosts.txt", "a.example\n");
  here.begin("sets/deep/hosts.txt", {.settle = 20ms, .at_most = 100ms, .look = 150ms});
  fs::rename(here.path("sets"), here.path("away"));
  CHECK(here.told(300ms) == here.once("sets/deep/hosts.txt"));
  fs::rename(here.path("away"), here.path("sets"));
  CHECK(here.told(300ms) == here.once("sets/deep/hosts.txt"));
}

TEST_CASE("watch: a change without an event is found by looking", "[watch]") {
  Watching here;
  here.write("hosts.txt", "a.example\n");
  here.begin("hosts.txt", {.settle = 20ms, .at_most = 100ms, .look = 150ms});
  // Events tell of a file that is closed, not of one that is written and stays open.
  std::ofstream open(here.path("hosts.txt"), std::ios::app);
  open << "b.example\n" << std::flush;
  CHECK(here.told(300ms) == here.once("hosts.txt"));
  CHECK(here.told_nothing(400ms));
}

TEST_CASE("watch: other files may take the place of those that are watched", "[watch]") {
  Watching here;
  here.write("a.txt", "a\n");
  here.write("b.txt", "b\n");
  here.begin("a.txt");
  here.watch().watch({here.seen("b.txt")});
  here.write("a.txt", "more\n");
  CHECK(here.told_nothing());
  here.write("b.txt", "more\n");
  CHECK(here.told() == here.once("b.txt"));
  here.watch().watch({});
  here.write("b.txt", "still more\n");
  CHECK(here.told_nothing());
}

TEST_CASE("watch: what happens before a new list is taken is told still", "[watch]") {
  Watching here;
  here.write("a.txt", "a\n");
  here.begin("a.txt");
  here.write("a.txt", "more\n");
  here.turn(10ms);
  here.watch().watch({here.seen("a.txt")});
  CHECK(here.told() == here.once("a.txt"));
}

TEST_CASE("watch: what happened between the reading and the watch is told", "[watch]") {
  Watching here;
  here.write("hosts.txt", "a.example\n");
  const auto read = here.seen("hosts.txt");
  here.write("hosts.txt", "b.example\nc.example\n");
  here.begin({read});
  CHECK(here.told() == here.once("hosts.txt"));
  CHECK(here.told_nothing());
}

TEST_CASE("watch: so is a loss, and a file that was not there to be read", "[watch]") {
  Watching here;
  here.write("hosts.txt", "a.example\n");
  const auto read = here.seen("hosts.txt");
  fs::remove(here.path("hosts.txt"));
  const auto missed = here.seen("hosts.txt");
  here.begin({read});
  CHECK(here.told() == here.once("hosts.txt"));
  here.write("hosts.txt", "a.example\n");
  here.begin({missed});
  CHECK(here.told() == here.once("hosts.txt"));
}

TEST_CASE("watch: what happened before a new list is taken is told, of files old and new",
          "[watch]") {
  Watching here;
  here.write("a.txt", "a\n");
  here.write("b.txt", "b\n");
  here.begin("a.txt");
  const std::vector<WatchedFile> read{here.seen("a.txt"), here.seen("b.txt")};
  here.write("b.txt", "more\n");
  here.watch().watch(read);
  CHECK(here.told() == here.once("b.txt"));

  here.write("a.txt", "more\n");
  const auto told = here.told();
  CHECK(told == here.once("a.txt"));
  here.watch().watch(read);  // read before what was told
  CHECK(here.told() == std::vector<Files>{{here.path("a.txt"), here.path("b.txt")}});
  CHECK(here.told_nothing());
}

TEST_CASE("watch: what changes while a configuration comes into force is told", "[watch]") {
  Watching here;
  here.write("hosts.txt", "a.example\n");
  here.write_config("hosts.txt");
  auto loaded = config::load(here.path("c.toml"), {});
  REQUIRE(loaded.config);
  here.write("hosts.txt", "a.example\nb.example\n");
  here.begin(loaded.config->watched_files);
  CHECK(here.told() == here.once("hosts.txt"));

  loaded = config::load(here.path("c.toml"), {});
  REQUIRE(loaded.config);
  here.watch().watch(loaded.config->watched_files);
  CHECK(here.told_nothing());
}

TEST_CASE("watch: events tell of a file that a relative path leads to", "[watch]") {
  Watching here;
  const test::WorkingDirectory there(here.path("."));
  here.write("hosts.txt", "a.example\n");
  here.write_config("hosts.txt");
  here.seen("hosts.txt");  // at rest, so that nothing is told before it changes
  const auto loaded = config::load("c.toml", {});
  REQUIRE(loaded.config);
  here.begin(loaded.config->watched_files, {.settle = 50ms, .at_most = 250ms, .look = 1h});
  CHECK(here.told_nothing(100ms));
  here.write("hosts.txt", "a.example\nb.example\n");
  CHECK(here.told() == std::vector<Files>{{fs::current_path() / "hosts.txt"}});
}
