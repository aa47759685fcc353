#include "config/flags.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "base/text.h"
#include "config/options.h"
#include "config/values.h"

namespace wif::config {
namespace {

LoadError usage(std::string message) { return LoadError{kExitUsage, std::move(message)}; }

// One argument per use, so that "--listen A B" does not swallow B; repeats are counted by us.
CLI::Option* add(CLI::App& app, const std::string& name, bool takes_value) {
  CLI::Option* flag =
      takes_value ? app.add_option(name)->expected(1)->allow_extra_args(false) : app.add_flag(name);
  return flag->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

struct OptionFlag {
  const Option* option;
  CLI::Option* flag;
};

// All flags of one command line, known to CLI11.
struct Parser {
  explicit Parser(std::span<const CommandFlag> command_flags) {
    app.set_help_flag();
    app.allow_extras();
    help = add(app, "-h,--help", false);
    help_all = add(app, "--help-all", false);
    quiet = add(app, "-q,--quiet", false);
    config = add(app, "-c,--config", true);
    names = {"--help", "--help-all", "--quiet", "--config"};
    for (const Option& option : options()) {
      if (option.flag.empty() || !option.store) continue;
      const bool takes_value = option.type != OptionType::kBoolean;
      table.push_back({&option, add(app, option.flag, takes_value)});
      names.emplace_back(option.flag);
    }
    for (const CommandFlag& flag : command_flags) {
      command.push_back(add(app, std::string(flag.name), !flag.value.empty()));
      names.push_back(flag.name.substr(flag.name.find("--")));
    }
  }

  CLI::App app;
  CLI::Option* help = nullptr;
  CLI::Option* help_all = nullptr;
  CLI::Option* quiet = nullptr;
  CLI::Option* config = nullptr;
  std::vector<OptionFlag> table;
  std::vector<CLI::Option*> command;
  std::vector<std::string_view> names;
};

LoadError unknown_flag(const std::string& argument, const std::vector<std::string_view>& names) {
  const auto name = std::string_view(argument).substr(0, argument.find('='));
  const auto near = nearest(name, names);
  std::string message = "unknown flag " + std::string(name);
  message += near.empty() ? "; see --help-all" : " (did you mean " + std::string(near) + "?)";
  return usage(std::move(message));
}

// The values of one option as its store function wants them.
Result<std::vector<std::string>, LoadError> values_of(const OptionFlag& row) {
  auto texts = row.flag->results();
  if (!row.option->repeatable() && texts.size() > 1) {
    return usage(row.option->flag + ": given " + std::to_string(texts.size()) +
                 " times; give it once");
  }
  if (row.option->type == OptionType::kBoolean) {
    const auto value = parse_boolean(texts[0]);
    if (!value) return usage(row.option->flag + ": " + value.error().what);
    texts[0] = *value != row.option->negated ? "true" : "false";
  }
  return texts;
}

Result<Flags, LoadError> collect(const Parser& parser, std::span<const CommandFlag> command_flags) {
  Flags flags;
  for (const auto& argument : parser.app.remaining()) {
    if (argument.size() > 1 && argument[0] == '-') return unknown_flag(argument, parser.names);
    flags.words.push_back(argument);
  }
  for (const OptionFlag& row : parser.table) {
    if (row.flag->count() == 0) continue;
    TRY(auto texts, values_of(row));
    flags.options.emplace_back(row.option, std::move(texts));
  }
  for (std::size_t i = 0; i < command_flags.size(); ++i) {
    if (parser.command[i]->count() == 0) continue;
    const auto name = command_flags[i].name;
    flags.command[std::string(name.substr(name.find("--") + 2))] = parser.command[i]->results();
  }
  if (parser.config->count() > 1) return usage("--config: given twice; give it once");
  if (parser.config->count() == 1) flags.config_file = parser.config->results()[0];
  flags.quiet = parser.quiet->count() > 0;
  if (parser.help->count() > 0) flags.help = Flags::Help::kShort;
  if (parser.help_all->count() > 0) flags.help = Flags::Help::kAll;
  return flags;
}

}  // namespace

Result<Flags, LoadError> parse_flags(const std::vector<std::string>& arguments,
                                     std::span<const CommandFlag> command_flags) {
  const auto dashes = std::find(arguments.begin(), arguments.end(), "--");
  // CLI11 takes the arguments last one first.
  std::vector<std::string> reversed(std::make_reverse_iterator(dashes), arguments.rend());
  Parser parser(command_flags);
  try {
    parser.app.parse(std::move(reversed));
  } catch (const CLI::ArgumentMismatch& failure) {
    const std::string_view what = failure.what();  // "--threads: 1 required missing"
    return usage(std::string(what.substr(0, what.find(':'))) + ": a value is missing; see --help");
  } catch (const CLI::ParseError& failure) {
    return usage(std::string(failure.what()) + "; see --help");
  }
  TRY(auto flags, collect(parser, command_flags));
  if (dashes != arguments.end()) flags.rest.assign(dashes + 1, arguments.end());
  return flags;
}

}  // namespace wif::config
