#include "config/load.h"

#include <unistd.h>

#include <string_view>
#include <utility>

#include "config/config_file.h"
#include "config/cpu_quota.h"
#include "config/environment.h"
#include "config/help.h"
#include "config/options.h"
#include "config/read_file.h"
#include "config/resolve.h"
#include "config/values.h"

namespace wif::config {
namespace {

void read_path(const std::string& path, Draft& draft) {
  auto content = read_file(path, kMaxConfigBytes);
  if (!content) {
    draft.mistakes.push_back(content.error().what);
    return;
  }
  if (!content->warning.empty()) draft.config.warnings.push_back(std::move(content->warning));
  apply_file(std::move(content->text), path, draft);
}

void read_file_source(const Flags& flags, const Sources& sources, Draft& draft) {
  const auto path = variable(sources.environment, "WIF_PROXY_CONFIG");
  const auto text = variable(sources.environment, "WIF_PROXY_CONFIG_JSON");
  if (!flags.config_file.empty()) return read_path(flags.config_file, draft);
  if (!path.empty() && !text.empty()) {
    draft.mistakes.emplace_back("WIF_PROXY_CONFIG: found beside WIF_PROXY_CONFIG_JSON; keep one");
  } else if (!path.empty()) {
    read_path(std::string(path), draft);
  } else if (!text.empty()) {
    apply_file(std::string(text), "WIF_PROXY_CONFIG_JSON", draft);
  } else if (file_exists(sources.default_file)) {
    read_path(sources.default_file, draft);
  }
}

void apply_flags(const Flags& flags, Draft& draft) {
  for (const auto& [option, texts] : flags.options) {
    Given given;
    given.origin = Origin::kFlag;
    given.texts = texts;
    if (const auto stored = option->store(draft, given); !stored) {
      draft.usage_mistakes.push_back(option->flag + ": " + stored.error().what);
    }
  }
}

std::string joined(const std::vector<std::string>& first, const std::vector<std::string>& second) {
  std::string lines;
  for (const auto* part : {&first, &second}) {
    for (const auto& line : *part) {
      if (!lines.empty()) lines += '\n';
      lines += line;
    }
  }
  return lines;
}

}  // namespace

std::map<std::string, std::string> process_environment() {
  std::map<std::string, std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const auto equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    variables.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return variables;
}

Result<Config, LoadError> load(const Sources& sources) {
  TRY(const auto flags, parse_flags(sources.arguments));
  if (flags.help != Flags::Help::kNone) {
    return LoadError{0, help_text("serve [flags]", flags.help == Flags::Help::kAll)};
  }
  if (!flags.words.empty() || !flags.rest.empty()) {
    const auto& word = flags.words.empty() ? flags.rest.front() : flags.words.front();
    return LoadError{kExitUsage, "unknown argument \"" + word + "\"; see wif-proxy serve --help"};
  }
  return load(flags, sources);
}

Result<Config, LoadError> load(const Flags& flags, const Sources& sources) {
  Draft draft;
  draft.needs_credentials = sources.needs_credentials;
  read_file_source(flags, sources, draft);
  apply_environment(sources.environment, draft);
  apply_flags(flags, draft);
  if (!draft.threads_given) {
    draft.config.threads = usable_cpus(sources.root, sources.hardware_threads);
  }
  resolve(draft, sources.environment);
  if (draft.mistakes.empty() && draft.usage_mistakes.empty()) return std::move(draft.config);
  const int exit_code = draft.mistakes.empty() ? kExitUsage : kExitConfiguration;
  return LoadError{exit_code, joined(draft.mistakes, draft.usage_mistakes)};
}

}  // namespace wif::config
