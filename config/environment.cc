#include "config/environment.h"

#include <algorithm>
#include <vector>

#include "base/text.h"
#include "config/options.h"
#include "config/values.h"

namespace wif::config {
namespace {

// Lists are separated by commas or spaces; no value of ours contains either.
std::vector<std::string> list_items(std::string_view text) {
  std::vector<std::string> items;
  for (const auto part : split(text, ',')) {
    for (const auto item : split(part, ' ')) {
      if (!trim(item).empty()) items.emplace_back(trim(item));
    }
  }
  return items;
}

Result<void> store(const Option& option, std::string_view text, Draft& draft) {
  Given given;
  given.origin = Origin::kEnvironment;
  if (option.repeatable()) {
    given.texts = list_items(text);
  } else if (option.negated) {
    TRY(const bool value, parse_boolean(text));
    given.texts = {value ? "false" : "true"};
  } else {
    given.texts = {std::string(text)};
  }
  return option.store(draft, given);
}

// A typing mistake in a name would otherwise go unnoticed. Kubernetes sets WIF_PROXY_PORT… and
// WIF_PROXY_SERVICE_HOST for a Service that is called wif-proxy.
void warn_about_unknown(const Environment& environment, Draft& draft) {
  std::vector<std::string_view> known;
  for (const Option& option : options()) {
    known.insert(known.end(), option.environment.begin(), option.environment.end());
  }
  for (auto it = environment.lower_bound("WIF_PROXY_"); it != environment.end(); ++it) {
    const std::string& name = it->first;
    if (!name.starts_with("WIF_PROXY_")) break;
    if (name.starts_with("WIF_PROXY_PORT") || name.starts_with("WIF_PROXY_SERVICE_HOST") ||
        name.starts_with("WIF_PROXY_SERVICE_PORT") ||
        std::find(known.begin(), known.end(), name) != known.end()) {
      continue;
    }
    if (const auto near = nearest(name, known); !near.empty()) {
      draft.config.warnings.push_back("environment variable " + name +
                                      " is unknown (did you mean " + std::string(near) + "?)");
    }
  }
}

}  // namespace

std::string_view variable(const Environment& environment, std::string_view name) {
  const auto found = environment.find(std::string(name));
  return found == environment.end() ? std::string_view() : found->second;
}

void apply_environment(const Environment& environment, Draft& draft) {
  for (const Option& option : options()) {
    if (!option.store) continue;
    for (const auto name : option.environment) {
      const auto text = variable(environment, name);
      if (text.empty()) continue;
      const auto stored = store(option, text, draft);
      if (!stored) draft.mistakes.push_back(std::string(name) + ": " + stored.error().what);
      break;
    }
  }
  warn_about_unknown(environment, draft);
}

}  // namespace wif::config
