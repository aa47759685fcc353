// Environment variables written as shells, service managers and container platforms read them.
// Pure; any thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "proxy/client_variables.h"

namespace wif::proxy {

enum class VariableFormat {
  kSh,
  kFish,
  kPowershell,
  kDocker,   // --env-file: nothing is quoted
  kSystemd,  // EnvironmentFile=
  kEcs,      // "environment" of a container definition
  kK8s,      // "env" of a container
  kJson,     // an object
};

// nullopt for a name that is not in variable_format_names().
std::optional<VariableFormat> parse_variable_format(std::string_view name);
// "sh, fish, …" for help and mistakes.
std::string variable_format_names();

// Whether the variables take effect in the environment that asks, so that what stands in it counts.
bool is_shell(VariableFormat format);

// Every line ends with a newline. Values hold no control characters.
std::string write_variables(std::span<const Variable> variables, VariableFormat format);

// What takes them back, "" for formats that know no such thing (all but the shells).
std::string unset_variables(std::span<const Variable> variables, VariableFormat format);

}  // namespace wif::proxy
