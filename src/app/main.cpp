// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <exception>
#include <variant>

#include <fmt/format.h>

#include <culvert/version.hpp>

#include "app/command_line.hpp"
#include "app/explain.hpp"
#include "app/learn.hpp"
#include "app/passwd.hpp"
#include "app/run.hpp"

namespace {

int obey(const culvert::app::Command& command) {
  switch (command.kind) {
    case culvert::app::Command::Kind::run: return culvert::app::run(command);
    case culvert::app::Command::Kind::check: return culvert::app::check(command);
    case culvert::app::Command::Kind::passwd: return culvert::app::passwd(command.passwd);
    case culvert::app::Command::Kind::explain: return culvert::app::explain(command);
    case culvert::app::Command::Kind::learn: return culvert::app::learn(command);
    case culvert::app::Command::Kind::version:
      fmt::print("culvert {}\n", culvert::version);
      return 0;
  }
  return 1;
}

}  // namespace

int main(int count, char** arguments) {
  try {
    const auto read = culvert::app::read_command_line(count, arguments);
    if (const auto* status = std::get_if<int>(&read)) return *status;
    return obey(std::get<culvert::app::Command>(read));
  } catch (const std::exception& error) {
    fmt::print(stderr, "culvert: {}\n", error.what());
    return 1;
  }
}
