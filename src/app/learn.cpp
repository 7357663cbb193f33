// SPDX-License-Identifier: Apache-2.0
#include "app/learn.hpp"

#include <cerrno>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include "app/covered.hpp"
#include "app/lesson.hpp"
#include "app/lesson_toml.hpp"
#include "app/lines.hpp"
#include "app/load.hpp"
#include "app/sighting.hpp"
#include "app/tally.hpp"

namespace culvert::app {
namespace {

constexpr int nothing_read = 1;
constexpr int bad_configuration = 2;
constexpr std::size_t numbers_shown = 5;

struct Close {
  void operator()(std::FILE* file) const {
    if (file != stdin) std::fclose(file);
  }
};

/// Lines that are none of an access log.
struct Strays {
  std::size_t count = 0;
  std::vector<std::size_t> first;  // line numbers

  void add(std::size_t line) {
    if (count++ < numbers_shown) first.push_back(line);
  }
};

class Learning {
 public:
  /// `known` is what is allowed already; null: nothing is.
  Learning(const LearnOrder& order, const config::Config* known) : order_(order), known_(known) {}

  void read(const std::string& path) {
    const bool is_input = path == "-";
    const auto name = is_input ? std::string("standard input") : path;
    const std::unique_ptr<std::FILE, Close> file(is_input ? stdin : std::fopen(path.c_str(), "re"));
    Strays strays;
    const bool whole = file != nullptr && read_lines(file.get(), strays);
    if (!whole) {
      failed_ = true;
      say(fmt::format("culvert: {}: cannot be read: {}", name,
                      std::system_category().message(errno)));
    }
    if (strays.count > 0) {
      say(fmt::format(
          "culvert: {}: {} of an access log: line {}{}", name,
          strays.count == 1 ? "1 line is none" : fmt::format("{} lines are none", strays.count),
          fmt::join(strays.first, ", "), strays.count > strays.first.size() ? ", ..." : ""));
    }
    strays_ += strays.count;
  }

  /// A log without a line is read, too; one with nothing but strays is not.
  bool read_nothing() const { return lines_ == 0 && (failed_ || strays_ > 0); }
  std::size_t lines() const { return lines_; }
  const Tally& tally() const { return tally_; }

 private:
  bool read_lines(std::FILE* file, Strays& strays) {
    std::size_t number = 0;
    return each_line(file, [&](std::string_view line) {
      ++number;
      if (line.empty()) return;
      if (const auto reading = read_sighting(line)) {
        ++lines_;
        take(*reading);
      } else {
        strays.add(number);
      }
    });
  }

  void take(const Reading& reading) {
    const auto* sighting = std::get_if<Sighting>(&reading);
    if (sighting == nullptr) {
      tally_.add(std::get<LeftOut>(reading));
    } else if (sighting->denied && !order_.denied) {
      tally_.add(LeftOut{"denied (--denied takes these in)"});
    } else if (!is_known(*sighting)) {
      tally_.add(*sighting);
    }
  }

  bool is_known(const Sighting& sighting) const {
    return known_ != nullptr && covered(known_->policy, known_->users.get(), sighting);
  }

  const LearnOrder& order_;
  const config::Config* known_;
  Tally tally_;
  std::size_t lines_ = 0;
  std::size_t strays_ = 0;
  bool failed_ = false;
};

Heading heading_of(const Learning& learning) {
  return {.text = fmt::format("# What allows all that {} lines of access logs tell of.\n"
                              "# They show what was done, not what ought to be: read before use.\n"
                              "\n[policy]\ndefault = \"deny\"\n",
                              learning.lines())};
}

/// For a file that has rules already, and its own [policy].
Heading heading_beside(const std::string& file, const policy::Policy& known,
                       const Learning& learning) {
  return {.text = fmt::format("# What {} does not allow yet of what {} lines of access logs tell.\n"
                              "# Put it in front of the rules there: the first that matches "
                              "decides.\n",
                              in_comment(file), learning.lines()),
          .first_number = next_number(known.rules())};
}

}  // namespace

int learn(const Command& command) {
  std::optional<config::Config> known;
  if (command.learn.diff) {
    auto loaded = load(command);
    say_mistakes(loaded);
    if (!loaded.config) return bad_configuration;
    known = std::move(loaded.config);
  }
  Learning learning(command.learn, known ? &*known : nullptr);
  for (const auto& log : command.learn.logs) learning.read(log);
  if (learning.read_nothing()) return nothing_read;

  const auto heading =
      known ? heading_beside(command.config_file, known->policy, learning) : heading_of(learning);
  const auto taught = lessons(learning.tally(), Siblings());
  fmt::print("{}", as_toml(taught, learning.tally(), heading));
  return 0;
}

}  // namespace culvert::app
