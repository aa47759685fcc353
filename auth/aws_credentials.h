// Credentials of an AWS principal, as a source gave them.
#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "base/secret.h"

namespace wif::auth {

struct AwsCredentials {
  std::string access_key_id;
  Secret secret_access_key;
  Secret session_token;               // empty with keys of a user
  std::optional<SystemTime> expires;  // nullopt: not said
  std::string origin;                 // "container:169.254.170.2"; for people
  std::string role_arn;               // where the source says it
  std::string role;                   // name, where it says only that
  std::string region;                 // of the profile, where there is one

  // "ASIA…WXYZ": what may be shown of the key id.
  std::string shown_key_id() const {
    if (access_key_id.size() < 12) return "…";
    return access_key_id.substr(0, 4) + "…" + access_key_id.substr(access_key_id.size() - 4);
  }
};

}  // namespace wif::auth
