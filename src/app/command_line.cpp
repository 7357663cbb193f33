// SPDX-License-Identifier: Apache-2.0
#include "app/command_line.hpp"

#include <iostream>

#include <CLI/CLI.hpp>

#include <culvert/version.hpp>

namespace culvert::app {
namespace {

constexpr int usage_error = 2;

/// The flags of `run`, which are those of `culvert` without a command too.
struct Flags {
  std::string file;
  std::string listen;
  std::string workers;
  std::vector<std::string> settings;

  void add_to(CLI::App& app) {
    app.add_option("-c,--config", file, "Configuration file (TOML)")->type_name("FILE");
    app.add_option("--listen", listen, "Where to listen, instead of the file's [[listen]]")
        ->type_name("ADDRESS:PORT[,...]");
    app.add_option("--workers", workers, "Threads; 0 is one for each core")->type_name("N");
    app.add_option("--set", settings, "Any other key, for example timeouts.connect=5s")
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false);
  }

  std::vector<config::Override> overrides() const {
    std::vector<config::Override> all;
    for (const auto& setting : settings) {
      const auto equals = setting.find('=');
      all.push_back({.key = setting.substr(0, equals),
                     .value = equals == std::string::npos ? "" : setting.substr(equals + 1),
                     .origin = "--set " + setting});
    }
    if (!listen.empty()) all.push_back({.key = "listen", .value = listen, .origin = "--listen"});
    if (!workers.empty())
      all.push_back({.key = "workers", .value = workers, .origin = "--workers"});
    return all;
  }
};

/// The words behind `culvert passwd`.
struct PasswdFlags {
  PasswdOptions options;
  bool digest = false;
  bool token = false;
  bool remove = false;

  void add_to(CLI::App& app) {
    app.add_option("file", options.file, "File of accounts; made if there is none")
        ->type_name("FILE")
        ->required();
    app.add_option("user", options.user, "Whom to add or change")->type_name("USER")->required();
    auto* as_digest = app.add_flag("--digest", digest, "Write the secrets for Digest (htdigest)");
    auto* as_token = app.add_flag("--token", token, "Make a token, print it and write its hash");
    auto* as_removal = app.add_flag("--delete", remove, "Remove the user");
    app.add_option("--realm", options.realm, "Realm of the secrets; auth.realm of the proxy")
        ->capture_default_str()
        ->needs(as_digest);
    auto* stdin_flag =
        app.add_flag("--stdin", options.from_stdin,
                     "Read the password from a line of standard input, and ask nothing");
    as_token->excludes(as_digest, as_removal, stdin_flag);
    as_removal->excludes(as_digest, stdin_flag);
  }

  PasswdOptions read() const {
    auto all = options;
    if (digest) all.deed = PasswdOptions::Deed::digest;
    if (token) all.deed = PasswdOptions::Deed::token;
    if (remove) all.deed = PasswdOptions::Deed::remove;
    return all;
  }
};

/// A command, its flags and those of `run`.
CLI::App* add_explain(CLI::App& app, Flags& flags, ExplainOrder& order) {
  auto* command = app.add_subcommand("explain", "Tell which rule decides, and why");
  flags.add_to(*command);
  command->add_option("target", order.target, "What is asked for")
      ->type_name("URL|HOST:PORT")
      ->required();
  command->add_option("--client", order.client, "Who asks; without: 127.0.0.1")->type_name("IP");
  command
      ->add_option("--listener", order.listener,
                   "By which [[listen]] it comes, for websocket = false; without: any")
      ->type_name("ADDRESS:PORT");
  auto* user = command->add_option(
      "--user", order.user, "Who the client says it is; else whom [identities] names for it");
  command->add_option("--group", order.groups, "A group that the user is in; may be repeated")
      ->allow_extra_args(false)
      ->needs(user);
  command->add_option("--method", order.method, "Without: GET for a URL, else CONNECT");
  command->add_option("--time", order.time, "When, for rules with hours; without: now")
      ->type_name("\"Mon 10:30\"");
  command->add_option("--origin", order.origin,
                      "The Origin of a WebSocket handshake; none: without one");
  command
      ->add_option("--protocol", order.protocols,
                   "A subprotocol that the handshake offers; may be repeated")
      ->allow_extra_args(false);
  command->add_flag("--json", order.json, "One JSON object instead of text");
  command->add_flag_callback(
      "--no-resolve", [&order] { order.resolve = false; }, "Leave out the addresses of the name");
  return command;
}

CLI::App* add_learn(CLI::App& app, Flags& flags, LearnOrder& order) {
  auto* command =
      app.add_subcommand("learn", "Print the rules that allow what an access log tells of");
  command->add_option("log", order.logs, "Access logs; - is standard input")
      ->type_name("ACCESS_LOG")
      ->required();
  command->add_flag("--denied", order.denied, "Learn from what was denied, too");
  auto* file = command->add_option("-c,--config", flags.file, "For --diff")->type_name("FILE");
  command->add_flag("--diff", order.diff, "Only what FILE does not allow already")->needs(file);
  return command;
}

}  // namespace

std::variant<Command, int> read_command_line(int count, const char* const* arguments) {
  CLI::App app("culvert, a forward proxy that treats WebSocket as a first-class citizen",
               "culvert");
  app.footer(
      "Without a command it runs. Without a file it listens on 127.0.0.1:3128 and allows public\n"
      "hosts on ports 80, 443 and from 1024 up. Flags win over CULVERT_ variables, these over the "
      "file.\n"
      "Signals: HUP reads the file again, USR1 opens the access log again, TERM drains and ends.");
  Flags flags;
  flags.add_to(app);
  auto* run = app.add_subcommand("run", "Run the proxy (what culvert does without a command)");
  flags.add_to(*run);
  auto* check = app.add_subcommand("check", "Read the configuration and tell all its mistakes");
  flags.add_to(*check);
  Command command;
  const auto* explain = add_explain(app, flags, command.explain);
  const auto* learn = add_learn(app, flags, command.learn);
  auto* version_command = app.add_subcommand("version", "Print the version");
  auto* passwd_command = app.add_subcommand("passwd", "Add, change or remove a user of the proxy");
  PasswdFlags passwd_flags;
  passwd_flags.add_to(*passwd_command);
  app.set_version_flag("--version", std::string("culvert ") + culvert::version);
  app.require_subcommand(0, 1);
  try {
    app.parse(count, arguments);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // help, version
    std::cerr << "culvert: " << error.what() << "; culvert --help tells more\n";
    return usage_error;
  }
  command.config_file = flags.file;
  command.overrides = flags.overrides();
  if (check->parsed()) command.kind = Command::Kind::check;
  if (explain->parsed()) command.kind = Command::Kind::explain;
  if (learn->parsed()) command.kind = Command::Kind::learn;
  if (version_command->parsed()) command.kind = Command::Kind::version;
  if (passwd_command->parsed()) {
    command.kind = Command::Kind::passwd;
    command.passwd = passwd_flags.read();
  }
  return command;
}

}  // namespace culvert::app
