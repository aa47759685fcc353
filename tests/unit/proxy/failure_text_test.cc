// What a person reads when there is no token.
#include "proxy/failure_text.h"

#include <gtest/gtest.h>

namespace wif::proxy {
namespace {

TEST(FailureText, SourcesHaveNames) {
  EXPECT_EQ(describe_source("env"), "AWS variables of the environment");
  EXPECT_EQ(describe_source("imds:169.254.169.254"), "EC2 instance role");
  EXPECT_EQ(describe_source("container:169.254.170.2"), "ECS task role");
  EXPECT_EQ(describe_source("container:169.254.170.23"), "EKS Pod Identity");
  EXPECT_EQ(describe_source("web_identity:arn:aws:iam::1:role/r"),
            "IRSA role arn:aws:iam::1:role/r");
  EXPECT_EQ(describe_source("files:default"), "AWS profile default");
  EXPECT_EQ(describe_source("file:/var/token"), "token in /var/token");
  EXPECT_EQ(describe_source("url:host"), "token from host");
  EXPECT_EQ(describe_source(""), "token file");
}

TEST(FailureText, BlockNamesStepAnswerMeaningAndCure) {
  auth::Failure failure;
  failure.step = auth::Step::kImpersonate;
  failure.status = 403;
  failure.message = "The caller does not have permission";
  failure.explain = "It may not.";
  failure.fix = "gcloud one\ngcloud two";
  EXPECT_EQ(failure_block(failure),
            " ✗ impersonation       403 The caller does not have permission\n"
            "   It may not.\n"
            "   Fix:\n"
            "     gcloud one\n"
            "     gcloud two\n");
}

}  // namespace
}  // namespace wif::proxy
