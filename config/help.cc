#include "config/help.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "config/options.h"
#include "config/rules.h"

namespace wif::config {
namespace {

using Line = std::pair<std::string, std::string>;  // flag with its value, sentence

constexpr std::string_view kExamples = R"(
Examples:
  wif-proxy serve --credentials credential.json
  wif-proxy run --credentials credential.json -- bq query 'SELECT 1'
  wif-proxy serve -c config.json --listen 127.0.0.1:8080 --inject bigquery.googleapis.com
)";

std::string flag_text(const Option& option) {
  std::string text = option.flag == "--config" ? "-c, --config" : "    " + option.flag;
  return option.value.empty() ? text : text + " " + option.value;
}

std::string sentence(const Option& option, bool with_default) {
  std::string text = option.help;
  if (option.repeatable()) text += " (repeatable)";
  // What a switch does when it is not given needs no words.
  if (with_default && option.type != OptionType::kBoolean && option.default_text != "none") {
    text += " [" + option.default_text + "]";
  }
  return text;
}

void print(std::string& out, const std::vector<Line>& lines) {
  std::size_t width = 0;
  for (const auto& [flag, text] : lines) width = std::max(width, flag.size());
  for (const auto& [flag, text] : lines) {
    out.append("  ").append(flag).append(width - flag.size() + 2, ' ').append(text).append("\n");
  }
}

std::string cell(std::string text) {
  for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) {
    text.insert(at, "\\");
  }
  return text;
}

std::string code(const std::string& text) { return text.empty() ? "–" : "`" + text + "`"; }

void append_option_row(std::string& out, const Option& option) {
  std::string environment;
  for (const auto name : option.environment) {
    environment += (environment.empty() ? "`" : ", `") + std::string(name) + "`";
  }
  const std::string flag =
      option.value.empty() || option.flag.empty() ? option.flag : option.flag + " " + option.value;
  out += "| " + code(option.key) + " | " + code(flag) +
         (option.repeatable() ? " (repeatable)" : "") + " | " +
         (environment.empty() ? "–" : environment) + " | " + cell(option.default_text) + " | " +
         (option.negated ? "`false`: " : "") + cell(option.help) + " |\n";
}

}  // namespace

std::string help_text(std::string_view usage, bool all,
                      std::span<const CommandFlag> command_flags) {
  std::string out = "Usage: wif-proxy " + std::string(usage) + "\n\n";
  std::vector<Line> lines;
  for (const CommandFlag& flag : command_flags) {
    std::string name = (flag.name.starts_with("--") ? "    " : "") + std::string(flag.name);
    if (const auto comma = name.find(",--"); comma != std::string::npos)
      name.insert(comma + 1, " ");
    if (!flag.value.empty()) name += " " + std::string(flag.value);
    lines.emplace_back(std::move(name), flag.help);
  }
  for (const Option& option : options()) {
    if (option.flag.empty() || !(all || option.common)) continue;
    lines.emplace_back(flag_text(option), sentence(option, all));
  }
  lines.emplace_back("-q, --quiet", "no banner");
  lines.emplace_back("-h, --help", "this page");
  lines.emplace_back("    --help-all", "every flag, with defaults");
  print(out, lines);
  out += all ? "\nTIME is a number with ms, s, m or h. A switch takes =false to undo a file.\n"
             : "\nEvery flag can stand in the configuration file; see --help-all.\n";
  out += kExamples;
  return out;
}

std::string configuration_markdown() {
  std::string out =
      "# Configuration\n\n"
      "Precedence: flag, then environment, then file, then default. The file is JSON; `//` and "
      "`/* */` comments and trailing commas are allowed, an unknown key is an error, and "
      "`\"version\": 1` is required. Times are a number with `ms`, `s`, `m` or `h`. Lists in the "
      "environment are separated by commas. Keys below `identities` are shown for the identity "
      "`default`; other names are possible in the file only. A switch can be undone with "
      "`=false`.\n\n"
      "This page is printed from the table that the program reads its options with.\n\n"
      "| key | flag | environment | default | meaning |\n"
      "| --- | --- | --- | --- | --- |\n";
  for (const Option& option : options()) append_option_row(out, option);
  out +=
      "\n## Rules\n\n"
      "`rules` is an array; the first rule that matches decides, and a host that none matches gets "
      "`default_action`. Without `rules`, `*.googleapis.com` (or that of the credential file's "
      "universe) is injected on port 443, and while every listener is on loopback everything else "
      "is tunnelled.\n\n"
      "| rule key | default | meaning |\n"
      "| --- | --- | --- |\n";
  for (const RuleKey& key : rule_keys()) {
    out += "| `" + std::string(key.name) + "` | " + std::string(key.default_text) + " | " +
           cell(std::string(key.help)) + " |\n";
  }
  return out;
}

}  // namespace wif::config
