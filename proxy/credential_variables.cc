#include "proxy/credential_variables.h"

#include <array>

namespace wif::proxy {
namespace {

constexpr auto kAws = std::to_array<std::string_view>({
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_ACCESS_KEY",  // old names that SDKs still read
    "AWS_SECRET_KEY",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_CONFIG_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_ROLE_ARN",
    "AWS_BEARER_TOKEN_BEDROCK",
});

constexpr auto kGoogle = std::to_array<std::string_view>({
    "GOOGLE_APPLICATION_CREDENTIALS",
    "GOOGLE_OAUTH_ACCESS_TOKEN",
    "CLOUDSDK_AUTH_ACCESS_TOKEN",
    "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE",
    "CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE",
    "GOOGLE_CREDENTIALS",  // Terraform
    "GOOGLE_CLOUD_KEYFILE_JSON",
    "GCLOUD_KEYFILE_JSON",
    "GOOGLE_BACKEND_CREDENTIALS",
    "RCLONE_GCS_SERVICE_ACCOUNT_FILE",
    "RCLONE_GCS_SERVICE_ACCOUNT_CREDENTIALS",
    "RCLONE_GCS_TOKEN",
    "RCLONE_GCS_ACCESS_TOKEN",
});

constexpr auto kDiverting = std::to_array<std::string_view>({
    "CLOUDSDK_PROXY_TYPE",
    "CLOUDSDK_PROXY_ADDRESS",
    "CLOUDSDK_PROXY_PORT",
    "CLOUDSDK_PROXY_USERNAME",
    "CLOUDSDK_PROXY_PASSWORD",
    "CLOUDSDK_PROXY_RDNS",
    "grpc_proxy",  // gRPC asks these first
    "no_grpc_proxy",
    "NO_GCE_CHECK",
    "GCE_METADATA_MTLS_MODE",
});

}  // namespace

std::span<const std::string_view> aws_credential_variables() { return kAws; }
std::span<const std::string_view> google_credential_variables() { return kGoogle; }
std::span<const std::string_view> diverting_variables() { return kDiverting; }

}  // namespace wif::proxy
