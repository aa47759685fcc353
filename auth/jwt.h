// Looks into a JWT (RFC 7519) without verifying it: for messages, and so as not to send one that
// has expired. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace wif::auth {

struct JwtClaims {
  std::string issuer;
  std::string subject;
  std::vector<std::string> audiences;
  std::optional<SystemTime> expires;
};

// nullopt where `token` is not a JWT in compact form: an opaque token or SAML, for instance.
std::optional<JwtClaims> decode_jwt(std::string_view token);

// "system:serviceaccount:NAMESPACE:NAME" of Kubernetes' tokens.
struct KubernetesSubject {
  std::string name_space;
  std::string service_account;
};
std::optional<KubernetesSubject> kubernetes_subject(std::string_view subject);

}  // namespace wif::auth
