// A configuration while it is being read: what the file, the environment and the flags have said so
// far, before the checks across keys. Used by one thread.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "config/config.h"

namespace wif::config {

// In the order of precedence: a later one replaces what an earlier one stored.
enum class Origin { kDefault, kFile, kEnvironment, kFlag };

// One option's value as it was given.
struct Given {
  std::vector<std::string> texts;  // exactly one unless the option is a list
  Origin origin = Origin::kDefault;
  std::string identity = "default";  // NAME in the key identities.NAME.…
};

struct IdentityDraft {
  Identity identity;
  std::string credentials_file;
  std::string credentials_json;  // the same inline
  Origin credentials_origin = Origin::kDefault;
  Origin token_file_origin = Origin::kDefault;
  bool from_environment_only = true;  // nothing but variables of the environment spoke of it
  bool token_lifetime_given = false;
  std::vector<std::string> allowed_token_hosts;
};

// The text of the configuration file and where each key stands in it; empty without one.
struct FileText {
  std::string name;
  std::string text;
  std::map<std::string, std::size_t> positions;  // "rules[0].hosts" -> offset

  // "config.json:3:5: " for a key that the file holds, else "".
  std::string where(const std::string& path) const;
};

struct Draft {
  Draft() {
    config.listen.metadata = Endpoint{IpAddress::v4(0x7f000001), 3130};
    config.listen.admin = Endpoint{IpAddress::v4(0x7f000001), 3131};
  }

  Config config;
  std::map<std::string, IdentityDraft> identities;
  bool needs_credentials = true;
  bool threads_given = false;
  bool default_action_given = false;
  std::vector<HostPattern> inject_flags;  // --inject
  std::vector<HostPattern> deny_flags;    // --deny
  FileText file;
  std::vector<std::string> mistakes;        // of file and environment, one line each: exit code 78
  std::vector<std::string> usage_mistakes;  // of flags, if there are no others: exit code 2
};

}  // namespace wif::config
