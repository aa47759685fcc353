#include "proxy/variable_format.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

namespace wif::proxy {
namespace {

using enum VariableFormat;
using Json = nlohmann::ordered_json;

constexpr std::array<std::pair<std::string_view, VariableFormat>, 8> kNames{
    {{"sh", kSh},
     {"fish", kFish},
     {"powershell", kPowershell},
     {"docker", kDocker},
     {"systemd", kSystemd},
     {"ecs", kEcs},
     {"k8s", kK8s},
     {"json", kJson}}};

// Between `quote`s, with each of the characters in `special` written as its replacement.
std::string quoted(std::string_view value, char quote,
                   std::initializer_list<std::pair<char, std::string_view>> special) {
  std::string text(1, quote);
  for (const char c : value) {
    const auto* found = std::find_if(special.begin(), special.end(),
                                     [c](const auto& each) { return each.first == c; });
    if (found == special.end()) {
      text += c;
    } else {
      text += found->second;
    }
  }
  return text + quote;
}

std::string sh_quoted(std::string_view value) { return quoted(value, '\'', {{'\'', "'\\''"}}); }

std::string line_of(const Variable& variable, VariableFormat format) {
  const auto& [name, value] = variable;
  switch (format) {
    case kSh: return "export " + name + "=" + sh_quoted(value);
    case kFish:
      return "set -gx " + name + " " + quoted(value, '\'', {{'\'', "\\'"}, {'\\', "\\\\"}});
    case kPowershell: return "$env:" + name + " = " + quoted(value, '\'', {{'\'', "''"}});
    case kSystemd: return name + "=" + quoted(value, '"', {{'"', "\\\""}, {'\\', "\\\\"}});
    case kK8s: return "- name: " + name + "\n  value: " + Json(value).dump();
    case kDocker:
    case kEcs:
    case kJson: break;
  }
  return name + "=" + value;
}

std::string_view head_of(VariableFormat format) {
  switch (format) {
    case kSh: return "# wif-proxy client environment; eval \"$(wif-proxy env)\"\n";
    case kFish: return "# wif-proxy client environment; wif-proxy env --format=fish | source\n";
    case kPowershell:
      return "# wif-proxy client environment; wif-proxy env --format=powershell | Out-String | "
             "Invoke-Expression\n";
    case kSystemd: return "# wif-proxy client environment, for EnvironmentFile=\n";
    case kDocker:
    case kEcs:
    case kK8s:
    case kJson: break;
  }
  return "";
}

std::string json_of(std::span<const Variable> variables, bool as_list) {
  Json json = as_list ? Json::array() : Json::object();
  for (const auto& [name, value] : variables) {
    if (as_list) {
      json.push_back(Json{{"name", name}, {"value", value}});
    } else {
      json[name] = value;
    }
  }
  return json.dump(2) + "\n";
}

}  // namespace

std::optional<VariableFormat> parse_variable_format(std::string_view name) {
  for (const auto& [known, format] : kNames) {
    if (known == name) return format;
  }
  return std::nullopt;
}

std::string variable_format_names() {
  std::string names;
  for (const auto& [name, format] : kNames) {
    names.append(names.empty() ? "" : ", ").append(name);
  }
  return names;
}

bool is_shell(VariableFormat format) {
  return format == kSh || format == kFish || format == kPowershell;
}

std::string write_variables(std::span<const Variable> variables, VariableFormat format) {
  if (format == kEcs || format == kJson) return json_of(variables, format == kEcs);
  std::string text(head_of(format));
  for (const Variable& variable : variables) text += line_of(variable, format) + "\n";
  return text;
}

std::string unset_variables(std::span<const Variable> variables, VariableFormat format) {
  std::string text;
  if (!is_shell(format)) return text;
  for (const Variable& variable : variables) {
    if (format == kSh) text += "unset " + variable.name + "\n";
    if (format == kFish) text += "set -e " + variable.name + "\n";
    if (format == kPowershell) {
      text += "Remove-Item Env:" + variable.name + " -ErrorAction SilentlyContinue\n";
    }
  }
  return text;
}

}  // namespace wif::proxy
