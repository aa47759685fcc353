// Where AWS credentials may come from: one table, in the order in which its rows are tried.
// To add a source: write source_NAME.cc, add its row to sources.cc, add a test. Control thread.
#pragma once

#include <chrono>
#include <span>
#include <string>
#include <string_view>

#include "auth/aws_credentials.h"
#include "auth/context.h"
#include "auth/facts.h"
#include "auth/failure.h"
#include "auth/imds.h"
#include "base/task.h"
#include "config/config.h"

namespace wif::auth {

// What a source needs, and where it notes who we are (also when it fails after that).
struct SourceInput {
  SourceInput(const Context& context_in, const config::Identity& identity_in, Imds& imds_in,
              Caller& caller_in)
      : context(context_in), identity(identity_in), imds(imds_in), caller(caller_in) {}

  const Context& context;
  const config::Identity& identity;
  Imds& imds;
  Caller& caller;
  bool first_load = true;  // no credentials since the process started
};

struct Source {
  config::AwsSource kind;
  std::string_view name;     // as in the setting `aws_source`
  std::string_view missing;  // what is not there when the trigger is not: "AWS_… not set"
  // Whether the source is meant to be used here. One that is, and fails, is an error: going on to
  // the next would silently take another identity.
  bool (*present)(const Environment& environment);
  Task<Result<AwsCredentials, Failure>> (*load)(SourceInput& input);
  // How long credentials without an expiry are kept; 0 = for ever.
  std::chrono::seconds keep_without_expiry;
};

std::span<const Source> aws_sources();

// The one that the setting names, else the first that is present; nullptr where there is none.
const Source* choose_source(const Environment& environment, config::AwsSource wanted);

// "env: AWS_ACCESS_KEY_ID not set; web_identity: …": why choose_source() found nothing.
std::string why_no_source(const Environment& environment);

// The rows' functions, one file each.
bool env_present(const Environment& environment);
Task<Result<AwsCredentials, Failure>> load_from_env(SourceInput& input);
bool web_identity_present(const Environment& environment);
Task<Result<AwsCredentials, Failure>> load_from_web_identity(SourceInput& input);
bool container_present(const Environment& environment);
Task<Result<AwsCredentials, Failure>> load_from_container(SourceInput& input);
bool shared_files_present(const Environment& environment);
Task<Result<AwsCredentials, Failure>> load_from_shared_files(SourceInput& input);
bool imds_present(const Environment& environment);
Task<Result<AwsCredentials, Failure>> load_from_imds(SourceInput& input);

// The JSON that the container and instance services answer with: AccessKeyId, SecretAccessKey,
// Token, Expiration. Fails with `unexpected_answer`. Wipes `body`.
Result<AwsCredentials, Failure> read_credentials_json(std::string& body);

}  // namespace wif::auth
