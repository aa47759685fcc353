#include "config/config_file.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/text.h"
#include "config/json_text.h"
#include "config/options.h"
#include "config/rules.h"

namespace wif::config {
namespace {

using nlohmann::json;
using Texts = std::vector<std::string>;

Error wrong_type(const json& value, std::string_view wanted) {
  return Error(Reason::kConfiguration,
               "found " + std::string(value.type_name()) + "; write " + std::string(wanted));
}

Result<Texts> list_of(const json& value, bool (json::*is_item)() const, std::string_view wanted) {
  if (!value.is_array()) return wrong_type(value, wanted);
  Texts texts;
  for (const auto& item : value) {
    if (!(item.*is_item)()) return wrong_type(item, wanted);
    texts.push_back(item.is_string() ? item.get<std::string>() : item.dump());
  }
  return texts;
}

Result<Texts> one_text(bool fits, const json& value, std::string_view wanted) {
  if (!fits) return wrong_type(value, wanted);
  return Texts{value.is_string() ? value.get<std::string>() : value.dump()};
}

Result<Texts> texts_of(const json& value, OptionType type) {
  constexpr std::string_view kList = "an array of strings";
  switch (type) {
    case OptionType::kBoolean: return one_text(value.is_boolean(), value, "true or false");
    case OptionType::kInteger: return one_text(value.is_number_integer(), value, "a whole number");
    case OptionType::kDuration:
      return one_text(value.is_string(), value, "a duration in quotes, such as \"10s\"");
    case OptionType::kText:
    case OptionType::kChoice: return one_text(value.is_string(), value, "a string");
    case OptionType::kCredentials:
      return one_text(value.is_string() || value.is_object(), value, "a path or an object");
    case OptionType::kTextOrList:
      if (value.is_string()) return one_text(true, value, "");
      return list_of(value, &json::is_string, "a string or an array of strings");
    case OptionType::kList: break;
  }
  return list_of(value, &json::is_string, kList);
}

Result<Texts> texts_of(const json& value, RuleKeyType type) {
  switch (type) {
    case RuleKeyType::kText: return one_text(value.is_string(), value, "a string");
    case RuleKeyType::kBoolean: return one_text(value.is_boolean(), value, "true or false");
    case RuleKeyType::kIntegerList:
      return list_of(value, &json::is_number_integer, "an array of whole numbers");
    case RuleKeyType::kTextList: break;
  }
  return list_of(value, &json::is_string, "an array of strings");
}

bool is_identity_name(std::string_view name) {
  const auto plain = [](char c) { return is_digit(c) || (c >= 'a' && c <= 'z'); };
  return !name.empty() && name.size() <= 63 && plain(name.front()) && plain(name.back()) &&
         std::all_of(name.begin(), name.end(), [&](char c) { return plain(c) || c == '-'; });
}

class FileReader {
 public:
  explicit FileReader(Draft& draft) : draft_(draft) {}

  void read(const json& document) {
    if (!document.is_object()) return mistake("", "found no object; write { … }");
    if (!document.contains("version")) mistake("", "version: missing; write \"version\": 1");
    section(document, "", "", "default");
  }

  void mistake(const std::string& path, const std::string& what) {
    auto where = draft_.file.where(path);
    if (where.empty()) where = draft_.file.name + ": ";
    draft_.mistakes.push_back(where + (path.empty() ? "" : path + ": ") + what);
  }

 private:
  // `path` is where we are in the file, `key` the same in the names of the table.
  void section(const json& object, const std::string& path, const std::string& key,
               const std::string& identity) {
    for (const auto& item : object.items()) {
      const std::string item_path = json_child(path, item.key());
      const std::string item_key = json_child(key, item.key());
      if (const Option* option = find_option(item_key)) {
        value(*option, item.value(), item_path, identity);
      } else if (path.empty() && special(item.key(), item.value())) {
        continue;
      } else if (!names_below(item_key).empty()) {
        if (item.value().is_object()) {
          section(item.value(), item_path, item_key, identity);
        } else {
          mistake(item_path, wrong_type(item.value(), "an object").what);
        }
      } else {
        auto names = names_below(key);
        if (path.empty()) names.insert(names.end(), {"version", "rules", "$schema"});
        unknown(item_path, item.key(), names);
      }
    }
  }

  void value(const Option& option, const json& given_value, const std::string& path,
             const std::string& identity) {
    Given given;
    given.origin = Origin::kFile;
    given.identity = identity;
    if (given_value.is_null() && !option.repeatable()) {
      if (option.null_text.empty()) return;
      given.texts = {std::string(option.null_text)};
    } else {
      auto texts = texts_of(given_value, option.type);
      if (!texts) return mistake(path, texts.error().what);
      given.texts = *std::move(texts);
    }
    if (const auto stored = option.store(draft_, given); !stored) {
      mistake(path, stored.error().what);
    }
  }

  // The keys at the top that are not rows of the table.
  bool special(const std::string& key, const json& value) {
    if (key == "$schema") return true;
    if (key == "version") {
      if (value != json(1)) mistake(key, "found " + value.dump() + "; write 1");
    } else if (key == "rules") {
      rules(value);
    } else if (key == "identities") {
      identities(value);
    } else {
      return false;
    }
    return true;
  }

  void identities(const json& value) {
    if (!value.is_object() || value.empty()) {
      return mistake("identities", "write an object with an identity, such as \"default\"");
    }
    for (const auto& item : value.items()) {
      const std::string path = json_child("identities", item.key());
      if (!is_identity_name(item.key())) {
        mistake(path, "a name has lower-case letters, digits and \"-\" inside");
      } else if (!item.value().is_object()) {
        mistake(path, wrong_type(item.value(), "an object").what);
      } else {
        IdentityDraft& identity = draft_.identities[item.key()];
        identity.identity.name = item.key();
        identity.from_environment_only = false;
        section(item.value(), path, "identities.default", item.key());
      }
    }
  }

  void rules(const json& value) {
    if (!value.is_array()) return mistake("rules", wrong_type(value, "an array of rules").what);
    draft_.config.rules_given = true;
    for (std::size_t i = 0; i < value.size(); ++i) {
      const std::string path = json_element("rules", i);
      if (value[i].is_object()) {
        rule(value[i], path);
      } else {
        mistake(path, wrong_type(value[i], "an object").what);
      }
    }
  }

  void rule(const json& object, const std::string& path) {
    Rule result;
    for (const auto& item : object.items()) {
      const std::string item_path = json_child(path, item.key());
      const auto keys = rule_keys();
      const auto key = std::find_if(keys.begin(), keys.end(),
                                    [&](const RuleKey& k) { return k.name == item.key(); });
      if (key == keys.end()) {
        std::vector<std::string_view> names;
        for (const RuleKey& known : keys) names.push_back(known.name);
        unknown(item_path, item.key(), names);
        continue;
      }
      const auto texts = texts_of(item.value(), key->type);
      if (!texts) {
        mistake(item_path, texts.error().what);
      } else if (const auto stored = key->store(result, *texts); !stored) {
        mistake(item_path, stored.error().what);
      }
    }
    for (const char* required : {"hosts", "action"}) {
      if (!object.contains(required)) mistake(path, std::string(required) + ": missing; write it");
    }
    if (const auto finished = finish_rule(result, object.contains("ports")); !finished) {
      mistake(path, finished.error().what);
    }
    draft_.config.rules.push_back(std::move(result));
  }

  // The names that may follow `key` by the table.
  static std::vector<std::string_view> names_below(const std::string& key) {
    const std::string prefix = key.empty() ? "" : key + ".";
    std::vector<std::string_view> names;
    for (const Option& option : options()) {
      if (option.key.empty() || !option.key.starts_with(prefix)) continue;
      std::string_view name = std::string_view(option.key).substr(prefix.size());
      name = name.substr(0, name.find('.'));
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
    return names;
  }

  void unknown(const std::string& path, const std::string& key,
               const std::vector<std::string_view>& names) {
    std::string what = "unknown key";
    if (const auto near = nearest(key, names); !near.empty()) {
      what += " (did you mean \"" + std::string(near) + "\"?)";
    } else {
      what += "; known here: ";
      for (const auto name : names) {
        what += std::string(name) + (name == names.back() ? "" : ", ");
      }
    }
    mistake(path, what);
  }

  Draft& draft_;
};

}  // namespace

std::string FileText::where(const std::string& path) const {
  const auto found = positions.find(path);
  if (found == positions.end()) return {};
  return name + ":" + line_and_column(text, found->second) + ": ";
}

void apply_file(std::string text, std::string name, Draft& draft) {
  JsonText scanned = scan_json(text, JsonDialect::kWithComments);
  draft.config.file = name;
  draft.file = {std::move(name), std::move(text), std::move(scanned.positions)};
  FileReader reader(draft);
  if (scanned.too_deep) return reader.mistake("", "more than 32 levels; write fewer");
  for (const auto& path : scanned.duplicates) reader.mistake(path, "found it twice; keep one");
  try {
    reader.read(json::parse(scanned.plain));
  } catch (const json::parse_error& failure) {
    draft.mistakes.push_back(
        draft.file.name + ":" +
        line_and_column(draft.file.text, failure.byte == 0 ? 0 : failure.byte - 1) + ": " +
        parse_complaint(failure.what()));
  }
}

}  // namespace wif::config
