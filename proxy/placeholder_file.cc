#include "proxy/placeholder_file.h"

#include <nlohmann/json.hpp>

#include "proxy/client_variables.h"
#include "tls/files.h"

namespace wif::proxy {

std::string placeholder_credentials() {
  const nlohmann::ordered_json json{{"type", "authorized_user"},
                                    {"client_id", "wif-proxy"},
                                    {"client_secret", "wif-proxy"},
                                    {"refresh_token", kPlaceholderRefreshToken}};
  return json.dump(2) + "\n";
}

Result<void> export_placeholder_file(const std::string& folder) {
  return tls::write_file(folder + "/" + std::string(kPlaceholderFile), placeholder_credentials(),
                         0644);
}

}  // namespace wif::proxy
