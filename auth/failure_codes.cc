// Each row names one thing that goes wrong in practice. docs/errors.md has the same rows.
#include "auth/failure_codes.h"

#include <algorithm>
#include <array>

namespace wif::auth {
namespace {

using enum RetryClass;

#define WIF_PROVIDERS "gcloud iam workload-identity-pools providers "
#define WIF_IN_POOL \
  " ${PROVIDER} --workload-identity-pool=${POOL} --location=global --project=${PROJECT_ID}"
#define WIF_BIND                                                    \
  "gcloud iam service-accounts add-iam-policy-binding ${SA_EMAIL} " \
  "--role=roles/iam.workloadIdentityUser --member=\"${MEMBER}\""

constexpr auto kTable = std::to_array<FailureCode>({
    // IAM Credentials: generateAccessToken.
    {"iam_binding_missing", kSlow,
     "Federation worked, but ${WHO} may not act as ${SA_EMAIL}, or that account does not exist.",
     WIF_BIND
     "\nThe member has the role's name only: no path, no session, \"sts\" and \"assumed-role\". "
     "A new binding takes 2 to 7 minutes. What is bound now: "
     "gcloud iam service-accounts get-iam-policy ${SA_EMAIL}"},
    {"service_account_missing", kSlow, "There is no service account ${SA_EMAIL}.",
     "gcloud iam service-accounts list --project ${PROJECT_ID}"},
    {"api_disabled", kSlow, "An API that federation needs is switched off in the project.",
     "gcloud services enable iamcredentials.googleapis.com sts.googleapis.com iam.googleapis.com "
     "cloudresourcemanager.googleapis.com --project ${PROJECT_ID}"},
    {"impersonation_request_invalid", kNo,
     "IAM Credentials does not accept the request: the lifetime is over 3600 s without an "
     "organization policy that allows it, or a scope is wrong.",
     "Lower token_lifetime to 3600s, or list ${SA_EMAIL} in the constraint "
     "iam.allowServiceAccountCredentialLifetimeExtension; check scopes."},
    {"federated_token_rejected", kOnceFresh,
     "IAM Credentials refused the federated token: it has expired or was revoked.",
     "Nothing to do if it passes; otherwise check that token_url and the impersonation URL belong "
     "to the same cloud."},
    {"iam_refused", kSlow, "IAM Credentials refused to make a token for ${SA_EMAIL}.",
     "See the message; an organization policy or VPC Service Controls may forbid it."},
    // Google STS.
    {"audience_malformed", kNo,
     "The audience is not the full name of a provider: the project's id stands in place of its "
     "number, or the leading // is missing.",
     "gcloud iam workload-identity-pools create-cred-config "
     "projects/${PROJECT_NUMBER}/locations/global/workloadIdentityPools/${POOL}/providers/"
     "${PROVIDER} --service-account=${SA_EMAIL} --aws --enable-imdsv2 --output-file=FILE"},
    {"provider_missing", kSlow,
     "Pool ${POOL} or provider ${PROVIDER} is deleted, disabled, or in another project than "
     "${PROJECT_NUMBER}.",
     WIF_PROVIDERS "describe" WIF_IN_POOL},
    {"attribute_condition_rejected", kSlow,
     "The provider's attribute condition rejected ${WHO}; a provider for another AWS account than "
     "ours answers the same.",
     "Compare: aws sts get-caller-identity\n" WIF_PROVIDERS "describe" WIF_IN_POOL
     " --format='value(aws.accountId,attributeCondition)'\nChange: " WIF_PROVIDERS
     "update-aws ${PROVIDER} --workload-identity-pool=${POOL} --location=global "
     "--attribute-condition=CONDITION"},
    {"attribute_mapping_failed", kSlow,
     "The provider's attribute mapping does not fit the credential: google.subject comes out "
     "empty.",
     WIF_PROVIDERS "${UPDATE_PROVIDER} ${PROVIDER} --workload-identity-pool=${POOL} "
                   "--location=global --attribute-mapping=MAPPING"},
    {"attribute_too_long", kSlow,
     "google.subject may have 127 bytes; the role's name and the session's name are longer "
     "together.",
     "Shorten AWS_ROLE_SESSION_NAME or the role's name, or map google.subject to "
     "assertion.arn.extract(\"assumed-role/{role}/\")"},
    {"oidc_audience_mismatch", kSlow,
     "The token is meant for ${TOKEN_AUDIENCE}, and the provider expects another audience.",
     WIF_PROVIDERS
     "update-oidc ${PROVIDER} --workload-identity-pool=${POOL} --location=global "
     "--allowed-audiences=${TOKEN_AUDIENCE}\nOr project a token with the expected audience "
     "(serviceAccountToken.audience)."},
    {"oidc_issuer_mismatch", kSlow,
     "The token was issued by ${TOKEN_ISSUER}, and the provider expects another issuer: is this "
     "another cluster?",
     "aws eks describe-cluster --name ${CLUSTER} --query cluster.identity.oidc.issuer --output "
     "text\n" WIF_PROVIDERS
     "update-oidc ${PROVIDER} --workload-identity-pool=${POOL} --location=global "
     "--issuer-uri=${TOKEN_ISSUER}"},
    {"oidc_issuer_unreachable", kSlow,
     "Google cannot fetch the issuer's discovery document or keys: a private cluster, or keys that "
     "have changed.",
     "From outside: curl -s ${TOKEN_ISSUER}/.well-known/openid-configuration\nOr upload the "
     "keys: " WIF_PROVIDERS
     "update-oidc ${PROVIDER} --workload-identity-pool=${POOL} --location=global "
     "--jwk-json-path=FILE"},
    {"oidc_token_stale", kOnceFresh,
     "The subject token has expired or was issued too long ago, or this host's clock is wrong.",
     "Check that the file is the projected volume itself and not a copy, and that whatever writes "
     "it still runs."},
    {"aws_subject_token_malformed", kNo, "Google cannot read the signed AWS request.",
     "Restore regional_cred_verification_url to "
     "https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15"},
    {"sts_refused", kSlow, "Google STS refused the exchange.",
     "See the message, and what the provider expects: " WIF_PROVIDERS "describe" WIF_IN_POOL},
    // AWS, as seen by Google STS or by ourselves.
    {"clock_skew", kOnceFresh,
     "This host's clock differs from AWS's by more than 5 minutes, so the signature is refused.",
     "chronyc tracking; timedatectl"},
    {"aws_credentials_expired", kOnceFresh, "AWS says that the session token is over.",
     "If AWS_SESSION_TOKEN is set in the environment, remove it, so that the role is used."},
    {"aws_credentials_invalid", kOnceFresh,
     "AWS does not know the key: it is deleted, of another partition, without its session token, "
     "or "
     "the region is not enabled for the account.",
     "aws sts get-caller-identity"},
    {"aws_signature_mismatch", kOnceFresh,
     "The secret access key does not belong to the access key id.",
     "Check AWS_SECRET_ACCESS_KEY for stray white space."},
    {"aws_sts_refused", kSlow, "AWS STS refused the request.", "See the message."},
    {"region_disabled", kSlow, "AWS STS is not enabled in this region for the account.",
     "Enable the region in the account's settings, or set AWS_REGION to another one."},
    {"region_unknown", kSlow, "No source tells the AWS region, and it is not guessed.",
     "Set AWS_REGION, for instance AWS_REGION=us-east-2."},
    // EC2 instance metadata.
    {"imds_hop_limit", kSlow,
     "The metadata service takes the connection but its answer never comes: this looks like a "
     "container, one network hop further away than the instance's hop limit allows.",
     "aws ec2 modify-instance-metadata-options --instance-id ${INSTANCE_ID} "
     "--http-put-response-hop-limit 2 --http-endpoint enabled\nOr run wif-proxy on the host; on "
     "ECS "
     "prefer a task role, on EKS IRSA or Pod Identity."},
    {"imds_v2_required", kSlow, "The instance takes IMDSv2 only, and it is switched off here.",
     "Remove \"imds\": {\"v2\": false} from the configuration."},
    {"imds_disabled", kSlow, "The instance's metadata service is disabled.",
     "aws ec2 modify-instance-metadata-options --instance-id ${INSTANCE_ID} --http-endpoint "
     "enabled"},
    {"imds_no_role", kSlow, "The instance has no instance profile, so there is no role to use.",
     "aws ec2 associate-iam-instance-profile --instance-id ${INSTANCE_ID} "
     "--iam-instance-profile Name=${IAM_ROLE}"},
    {"imds_role_not_assumable", kSlow,
     "EC2 may not assume the role ${IAM_ROLE}: its trust policy lacks ec2.amazonaws.com.",
     "aws iam update-assume-role-policy --role-name ${IAM_ROLE} --policy-document "
     "file://assume.json"},
    {"imds_unexpected", kSlow, "The metadata service answered something that is not understood.",
     "Check imds.endpoint and AWS_EC2_METADATA_SERVICE_ENDPOINT."},
    // Other sources of AWS credentials.
    {"no_aws_credentials", kSlow,
     "There is no source of AWS credentials here: this is not AWS, or Fargate without a task role, "
     "or AWS_EC2_METADATA_DISABLED is set.",
     "Set \"taskRoleArn\" in the task definition, attach a role to the instance, or use a file "
     "with "
     "an OIDC token as credential_source."},
    {"aws_credentials_incomplete", kNo, "The AWS credentials that were found are not complete.",
     "Set both AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or neither."},
    {"aws_profile_unusable", kSlow, "The AWS profile cannot be used.",
     "aws configure export-credentials --format env"},
    {"ecs_task_role_missing", kSlow,
     "The task definition has no task role; the execution role does not count.",
     "aws ecs register-task-definition --cli-input-json file://task.json --task-role-arn "
     "arn:aws:iam::${AWS_ACCOUNT_ID}:role/${IAM_ROLE}\nThen update the service."},
    {"container_uri_refused", kNo,
     "The address of the container credentials is not one that credentials may be asked from.",
     "Unset AWS_CONTAINER_CREDENTIALS_FULL_URI, or use https or a loopback address."},
    {"container_refused", kSlow, "The container credentials service refused.", "See the message."},
    {"pod_identity_token_missing", kSlow,
     "The EKS Pod Identity agent does not accept the service account token.",
     "Check that AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE is mounted, and restart the pod."},
    {"pod_identity_denied", kSlow, "EKS Pod Identity may not assume the role.",
     "Let the role's trust policy name pods.eks.amazonaws.com with sts:AssumeRole and "
     "sts:TagSession: aws iam get-role --role-name ${IAM_ROLE} "
     "--query Role.AssumeRolePolicyDocument"},
    {"pod_identity_association_missing", kSlow,
     "No role is associated with this Kubernetes service account.",
     "aws eks create-pod-identity-association --cluster-name ${CLUSTER} --namespace ${NAMESPACE} "
     "--service-account ${KSA} --role-arn arn:aws:iam::${AWS_ACCOUNT_ID}:role/${IAM_ROLE}"},
    {"irsa_trust_policy", kSlow,
     "The role's trust policy does not admit this service account (sub ${TOKEN_SUBJECT}, aud "
     "${TOKEN_AUDIENCE}).",
     "aws iam get-role --role-name ${IAM_ROLE} --query Role.AssumeRolePolicyDocument"},
    {"irsa_audience", kSlow,
     "The token's audience ${TOKEN_AUDIENCE} is not one that the IAM OIDC provider lists.",
     "Annotate the service account with eks.amazonaws.com/audience: sts.amazonaws.com, or: aws iam "
     "add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn ARN --client-id "
     "${TOKEN_AUDIENCE}"},
    {"irsa_provider_missing", kSlow, "The AWS account has no OIDC provider for ${TOKEN_ISSUER}.",
     "eksctl utils associate-iam-oidc-provider --cluster ${CLUSTER} --approve"},
    {"irsa_issuer_unreachable", kBackoff,
     "AWS cannot fetch the keys of the token's issuer; it is tried again.",
     "If it lasts: curl -s ${TOKEN_ISSUER}/.well-known/openid-configuration"},
    {"irsa_token_expired", kOnceFresh, "The service account token has expired.",
     "Check that AWS_WEB_IDENTITY_TOKEN_FILE is the projected volume itself and not a copy."},
    {"irsa_token_rejected", kSlow, "AWS STS does not accept the service account token.",
     "See the message."},
    {"irsa_role_arn_missing", kNo, "AWS_WEB_IDENTITY_TOKEN_FILE is set, but AWS_ROLE_ARN is not.",
     "Set AWS_ROLE_ARN."},
    {"token_file_unreadable", kBackoff, "A file with a token cannot be read.",
     "Check the path and its owner; on Kubernetes set securityContext.fsGroup."},
    {"subject_token_invalid", kSlow, "What was read is not a subject token.",
     "Check credential_source: the file or URL, and format."},
    // Every service.
    {"rate_limited", kBackoff, "Too many requests; it is tried again.", "Nothing, if it passes."},
    {"upstream_unavailable", kBackoff, "The service is not available; it is tried again.",
     "Nothing, if it passes."},
    {"network", kBackoff, "The service does not answer.",
     "Check DNS, routes and firewalls; for TLS errors, the time and the CA bundle in use."},
    {"unexpected_answer", kSlow, "The service answered something that is not understood.",
     "Check that the URL in the credential file is right and that nothing in between answers."},
    // Answers of Google's APIs, which are passed on as they are; for hints in the log.
    {"api_token_rejected", kRefreshOnce, "The API refused the token.",
     "Nothing; it is renewed once."},
    {"scope_insufficient", kNo, "The token's scopes do not cover this API.",
     "Widen \"scopes\" of the identity."},
    {"api_permission_denied", kNo, "The identity works; it lacks a role in the data's project.",
     "gcloud projects add-iam-policy-binding ${PROJECT_ID} --member=serviceAccount:${SA_EMAIL} "
     "--role=roles/bigquery.jobUser\nFor data also roles/bigquery.dataViewer and "
     "roles/bigquery.readSessionUser."},
    {"quota_project_denied", kNo, "The identity may not use the quota project.",
     "gcloud projects add-iam-policy-binding ${QUOTA_PROJECT} --member=serviceAccount:${SA_EMAIL} "
     "--role=roles/serviceusage.serviceUsageConsumer"},
});

#undef WIF_PROVIDERS
#undef WIF_IN_POOL
#undef WIF_BIND

}  // namespace

std::span<const FailureCode> failure_code_table() { return kTable; }

const FailureCode* find_failure_code(std::string_view code) {
  const auto row = std::find_if(kTable.begin(), kTable.end(), [&](const FailureCode& candidate) {
    return candidate.code == code;
  });
  return row == kTable.end() ? nullptr : &*row;
}

}  // namespace wif::auth
