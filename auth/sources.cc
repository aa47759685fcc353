#include <algorithm>
#include <array>

#include "auth/expiry.h"
#include "auth/json_reader.h"
#include "auth/source.h"

namespace wif::auth {
namespace {

using config::AwsSource;
using std::chrono::seconds;

// In one point the order is not that of AWS's SDKs: the container comes before the shared files, so
// that a ~/.aws that was baked into an image cannot shadow the task role.
constexpr std::array<Source, 5> kSources{{
    {AwsSource::kEnv, "env", "AWS_ACCESS_KEY_ID not set", env_present, load_from_env, seconds(0)},
    {AwsSource::kWebIdentity, "web_identity", "AWS_WEB_IDENTITY_TOKEN_FILE not set",
     web_identity_present, load_from_web_identity, seconds(300)},
    {AwsSource::kContainer, "container",
     "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI / _FULL_URI not set", container_present,
     load_from_container, seconds(300)},
    {AwsSource::kFiles, "files", "no profile with keys", shared_files_present,
     load_from_shared_files, seconds(60)},
    {AwsSource::kImds, "imds", "switched off by AWS_EC2_METADATA_DISABLED", imds_present,
     load_from_imds, seconds(300)},
}};

}  // namespace

std::span<const Source> aws_sources() { return kSources; }

const Source* choose_source(const Environment& environment, AwsSource wanted) {
  const auto source = std::find_if(kSources.begin(), kSources.end(), [&](const Source& row) {
    return wanted == AwsSource::kAuto ? row.present(environment) : row.kind == wanted;
  });
  return source == kSources.end() ? nullptr : &*source;
}

std::string why_no_source(const Environment& environment) {
  std::string reasons;
  for (const Source& source : kSources) {
    if (source.present(environment)) continue;
    reasons += (reasons.empty() ? "" : "; ") + std::string(source.name) + ": ";
    reasons += source.missing;
  }
  return reasons;
}

Result<AwsCredentials, Failure> read_credentials_json(std::string& body) {
  auto json = JsonReader::parse(body);
  wipe(body);
  if (!json) return local_failure(Step::kAws, "unexpected_answer", "the answer is not JSON");
  AwsCredentials credentials;
  credentials.access_key_id = json->text({"AccessKeyId"}).value_or("");
  credentials.secret_access_key = json->take_secret("SecretAccessKey");
  credentials.session_token = json->take_secret("Token");
  if (credentials.access_key_id.empty() || credentials.secret_access_key.empty()) {
    return local_failure(Step::kAws, "unexpected_answer",
                         "AccessKeyId or SecretAccessKey is missing in the answer");
  }
  if (const auto expiration = json->scalar({"Expiration"})) {
    credentials.expires = parse_timestamp(*expiration);
    if (!credentials.expires) {
      return local_failure(Step::kAws, "unexpected_answer", "Expiration is not a time");
    }
  }
  return credentials;
}

}  // namespace wif::auth
