// SPDX-License-Identifier: Apache-2.0
#include <fstream>
#include <sstream>

#include "config/document.hpp"
#include "config/keys.hpp"
#include "config/listeners.hpp"
#include "config/read.hpp"
#include "config/rules.hpp"
#include "unit/config/reading.hpp"

using namespace culvert;
using namespace culvert::config;

namespace {

std::string shipped(const std::string& name) {
  const auto path = CULVERT_SOURCE_DIR "/etc/" + name;
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  REQUIRE_FALSE(text.str().empty());
  return text.str();
}

/// The file with its examples in force: "#key = ..." is one, "# Words" is not.
std::string with_examples(const std::string& text) {
  std::istringstream lines(text);
  std::string made;
  for (std::string line; std::getline(lines, line);) {
    const bool example = line.size() > 1 && line[0] == '#' && line[1] != ' ';
    made += (example ? line.substr(1) : line) + "\n";
  }
  return made;
}

Draft draft_of(const std::string& toml) {
  static const std::string name = "culvert.toml";
  const auto document = parse_document(toml, name);
  REQUIRE(document);
  Draft draft;
  read_file(*document, draft);
  CHECK(draft.mistakes.empty());
  return draft;
}

/// "\n# help line\n", possibly with more comment lines, and then "key = ".
bool explains(const std::string& text, std::string_view help, std::string_view name) {
  auto at = text.find("\n# " + std::string(help) + "\n");
  if (at == std::string::npos) return false;
  while (text.substr(at + 1, 2) == "# ") at = text.find('\n', at + 1);
  const auto line = text.substr(at + 1, text.find('\n', at + 1) - at - 1);
  return line.starts_with(std::string(name) + " = ") ||
         line.starts_with("#" + std::string(name) + " = ");
}

}  // namespace

TEST_CASE("etc: culvert.toml has no mistakes, and says what holds without it", "[config]") {
  const auto config = read_toml(shipped("culvert.toml"));
  CHECK(config.policy.rules().size() == 1);
  CHECK(config.policy.rules()[0].name == "public");
  REQUIRE(config.listen.size() == 1);
  CHECK(config.listen[0].place.text() == "127.0.0.1:3128");
  CHECK_FALSE(config.listen[0].open);
  CHECK(config.listen[0].websocket);
}

TEST_CASE("etc: culvert.toml has every key with its default", "[config]") {
  auto written = draft_of(with_examples(shipped("culvert.toml")));
  Draft built_in;
  for (const auto& key : keys()) {
    CAPTURE(key.name);
    CHECK(written.places.contains(key.name));
    CHECK(std::visit([&](const auto& form) { return form.at(written) == form.at(built_in); },
                     key.form));
  }
}

TEST_CASE("etc: culvert.toml explains every key", "[config]") {
  const auto text = shipped("culvert.toml");
  for (const auto& key : keys()) {
    CAPTURE(key.name, key.help);
    CHECK(explains(text, key.help, key.name.substr(key.name.rfind('.') + 1)));
  }
  for (const auto& part : listen_parts()) {
    CAPTURE(part.name, part.help);
    CHECK(explains(text, part.help, part.name));
  }
  for (const auto& part : rule_parts()) {
    CAPTURE(part.name, part.help);
    CHECK(explains(text, part.help, part.name));
  }
}

TEST_CASE("etc: the examples in culvert.toml have no mistakes", "[config]") {
  const auto config = read_toml(with_examples(shipped("culvert.toml")));
  REQUIRE(config.policy.rules().size() == 2);
  CHECK(config.policy.rules()[1].hosts.size() == 2);
}

TEST_CASE("etc: the first example rule in culvert.toml is the built-in policy", "[config]") {
  const auto config = read_toml(with_examples(shipped("culvert.toml")));
  const auto& example = config.policy.rules().front();
  const auto policy = policy::Policy::built_in();
  const auto& rule = policy.rules().front();
  CHECK(example.name == rule.name);
  CHECK(example.hosts.empty());
  CHECK(example.clients.empty());
  CHECK_FALSE(example.all_private);
  REQUIRE(example.ports.size() == rule.ports.size());
  for (std::size_t i = 0; i < rule.ports.size(); ++i) {
    CHECK(example.ports[i].first == rule.ports[i].first);
    CHECK(example.ports[i].last == rule.ports[i].last);
  }
}

TEST_CASE("etc: the other files have no mistakes", "[config]") {
  const auto* name = GENERATE("browser.toml", "egress.toml", "sandbox.toml");
  CAPTURE(name);
  const auto config = read_toml(shipped(name));
  CHECK(config.policy.by_default() == policy::Action::deny);
  for (const auto& listen : config.listen) CHECK_FALSE(listen.open);
}
