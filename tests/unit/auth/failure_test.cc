#include "auth/failure.h"

#include <map>

#include "auth/facts.h"
#include "fakes.h"

namespace wif::auth {
namespace {

Exchange exchange_named(const std::string& name) {
  static const std::map<std::string, Exchange> kNames{
      {"generateAccessToken", Exchange::kIamCredentials},
      {"generateIdToken", Exchange::kIamCredentials},
      {"sts", Exchange::kSts},
      {"aws_sts", Exchange::kAwsSts},
      {"assume_role_with_web_identity", Exchange::kAssumeRole},
      {"imds_token", Exchange::kImdsToken},
      {"imds_role", Exchange::kImdsRole},
      {"imds_credentials", Exchange::kImdsCredentials},
      {"container", Exchange::kContainer},
      {"api", Exchange::kApi}};
  return kNames.at(name);
}

TEST(Failure, ClassifiesEveryKnownAnswer) {
  const auto file = vectors("failures.json");
  for (const auto& test : file.at("cases")) {
    SCOPED_TRACE(test.dump());
    const auto& status = test.at("status");
    const std::string body =
        test.at("body").is_string() ? test.at("body").get<std::string>() : std::string();
    const Failure failure =
        classify(exchange_named(test.at("exchange")),
                 status.is_null() ? std::nullopt : std::optional<int>(status), body);
    EXPECT_EQ(failure.code, test.at("code").get<std::string>());
    EXPECT_EQ(name_of(failure.retry), test.at("retry").get<std::string>());
    EXPECT_TRUE(is_known_code(failure.code));
    EXPECT_LE(failure.message.size(), 500u);
    EXPECT_EQ(failure.message.find('\n'), std::string::npos);
  }
}

TEST(Failure, EveryCodeHasAnExplanationAndAFix) {
  const auto codes = failure_codes();
  EXPECT_GT(codes.size(), 50u);
  for (const std::string_view code : codes) {
    Failure failure = local_failure(Step::kAws, code, "");
    explain(failure, Facts());
    EXPECT_FALSE(failure.explain.empty()) << code;
    EXPECT_FALSE(failure.fix.empty()) << code;
  }
}

TEST(Failure, OnlyADefiniteNoOfTheJudgesIsARefusal) {
  EXPECT_TRUE(classify(Exchange::kSts, 400, R"({"error":"invalid_target"})").refused);
  EXPECT_TRUE(classify(Exchange::kIamCredentials, 404, "").refused);
  EXPECT_TRUE(
      classify(Exchange::kAssumeRole, 403,
               "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error>"
               "</ErrorResponse>")
          .refused);
  EXPECT_FALSE(classify(Exchange::kSts, 503, "").refused);
  EXPECT_FALSE(classify(Exchange::kIamCredentials, 401, "").refused) << "a second try decides";
  EXPECT_FALSE(classify(Exchange::kImdsRole, 404, "").refused) << "nobody was asked yet";
}

TEST(Failure, AnswersNobodyHasSeenYetAreSlow) {
  for (const Exchange exchange : {Exchange::kSts, Exchange::kIamCredentials, Exchange::kAwsSts,
                                  Exchange::kContainer, Exchange::kImdsRole}) {
    const Failure failure = classify(exchange, 418, "I am a teapot");
    EXPECT_EQ(failure.retry, RetryClass::kSlow);
    EXPECT_EQ(failure.message, "I am a teapot");
    EXPECT_TRUE(is_known_code(failure.code)) << failure.code;
  }
}

TEST(Failure, TellsTheBindingCommandWithTheRole) {
  Caller caller;
  caller.arn = "arn:aws:iam::123456789012:role/team/ecs-task-role";
  Failure failure = classify(Exchange::kIamCredentials, 403,
                             R"({"error":{"message":"The caller does not have permission"}})");
  explain(failure, facts_of(aws_identity(), caller));
  EXPECT_NE(
      failure.fix.find(
          "gcloud iam service-accounts add-iam-policy-binding "
          "access-from-aws@foo-project.iam.gserviceaccount.com "
          "--role=roles/iam.workloadIdentityUser --member=\"principalSet://"
          "iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/"
          "bq-pool/attribute.aws_role/arn:aws:sts::123456789012:assumed-role/ecs-task-role\""),
      std::string::npos)
      << failure.fix;
}

TEST(Failure, TellsTheBindingCommandWithTheKubernetesServiceAccount) {
  Caller caller;
  caller.claims = decode_jwt(jwt(R"({"sub":"system:serviceaccount:default:eks-access-to-gcp"})"));
  Failure failure = local_failure(Step::kImpersonate, "iam_binding_missing", "");
  explain(failure, facts_of(oidc_identity(), caller));
  EXPECT_NE(failure.fix.find("attribute.ksa_name/default:eks-access-to-gcp"), std::string::npos)
      << failure.fix;
  EXPECT_NE(failure.explain.find("system:serviceaccount:default:eks-access-to-gcp"),
            std::string::npos);
}

TEST(Failure, LeavesUnknownNamesForThePersonToFill) {
  Failure failure = local_failure(Step::kImpersonate, "iam_binding_missing", "");
  explain(failure, facts_of(aws_identity(), Caller()));
  EXPECT_NE(failure.fix.find("${AWS_ACCOUNT_ID}:assumed-role/${IAM_ROLE}"), std::string::npos)
      << failure.fix;
}

TEST(Failure, BecomesTheErrorThatAClientSees) {
  Failure failure = classify(Exchange::kSts, 400,
                             R"({"error":"invalid_target","error_description":"no such pool"})");
  explain(failure, facts_of(aws_identity(), Caller()));
  const Error error = failure.to_error();
  EXPECT_EQ(error.reason, Reason::kFederationRefused);
  EXPECT_EQ(error.code, "provider_missing");
  EXPECT_NE(error.what.find("sts: 400 invalid_target: no such pool"), std::string::npos);
  EXPECT_EQ(local_failure(Step::kAws, "network", "x").to_error().reason, Reason::kTokenUnavailable);
}

TEST(Facts, ReadsRolesOfBothKindsOfArn) {
  const auto assumed = parse_role_arn("arn:aws-us-gov:sts::123456789012:assumed-role/r/i-0abc");
  ASSERT_TRUE(assumed);
  EXPECT_EQ(assumed->partition, "aws-us-gov");
  EXPECT_EQ(assumed->account_id, "123456789012");
  EXPECT_EQ(assumed->role, "r");
  EXPECT_EQ(parse_role_arn("arn:aws:iam::123456789012:role/a/b/r")->role, "r");
  EXPECT_FALSE(parse_role_arn("arn:aws:iam::123456789012:user/u"));
  EXPECT_FALSE(parse_role_arn("role"));
}

}  // namespace
}  // namespace wif::auth
