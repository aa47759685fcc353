// The discovery document of BigQuery v2, from which bq and other discovery clients build their
// calls: the methods the sandbox has, with the parameters those clients send.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace sandbox {

// `root` is the address the client reached us under, with "/" at its end.
nlohmann::json discovery_document(const std::string& root);

}  // namespace sandbox
