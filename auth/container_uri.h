// Which addresses credentials may be asked from when the environment names one (the rule of the AWS
// SDKs, tightened: no odd spellings of addresses, no userinfo). Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace wif::auth {

// AWS_CONTAINER_CREDENTIALS_RELATIVE_URI -> "http://169.254.170.2" + value; nullopt where the value
// is not a path or holds spaces or control characters.
std::optional<std::string> container_url_from_relative(std::string_view value);

// AWS_CONTAINER_CREDENTIALS_FULL_URI -> the URL to ask; nullopt where it is not allowed. Allowed
// are https, and http to loopback addresses and to the ECS and EKS agents. "localhost" becomes
// 127.0.0.1, so that no resolver can send the request elsewhere.
std::optional<std::string> container_url_from_full(std::string_view value);

}  // namespace wif::auth
