// Each place that an identity can come from, up to an API call that Google accepts.
#include <gtest/gtest.h>

#include "tests/support/curl.h"
#include "tests/support/json.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/test_proxy.h"

namespace wif::test {
namespace {

using sandbox::ImdsMode;

class Setups : public testing::Test {
 protected:
  // Whom the API believes to hear, by the token that reached it.
  std::string principal_of(const TestProxy& proxy) {
    const CurlAnswer answer = curl(proxy, {echo_url("/who")});
    EXPECT_EQ(answer.status, 200) << answer.body << answer.error << proxy.log();
    return Seen(answer.body).values("authorization");
  }

  std::string bearer(std::string_view account) {
    return "Bearer [token of " + std::string(account) + "]";
  }

  // EKS puts the token where the kubelet projects it; here it is in the test's folder.
  std::string eks_file(const std::string& vector, const std::string& path_in_it,
                       const std::string& token_file) {
    std::string text = read_file(credential_file(vector));
    text.replace(text.find(path_in_it), path_in_it.size(), token_file);
    return folder.write(vector + ".json", text);
  }

  TemporaryFolder folder;
  sandbox::Cloud cloud;
};

// A proxy that skipped IMDSv2 would fail on every instance that requires it.
TEST_F(Setups, Ec2ByImdsV2) {
  cloud.metadata().set_mode(ImdsMode::kRequired);
  auto proxy = TestProxy(cloud).ec2().start();
  EXPECT_EQ(principal_of(proxy), bearer(sandbox::kAwsServiceAccount));
  EXPECT_GE(cloud.arrivals().count("imds", "/latest/api/token"), 1u);
  EXPECT_EQ(cloud.arrivals().count("aws_sts"), 0u) << "signing needs no network";
}

// Old instances know no PUT; the proxy must go on without a session token.
TEST_F(Setups, Ec2ByImdsV1Only) {
  cloud.metadata().set_mode(ImdsMode::kV1Only);
  auto proxy = TestProxy(cloud).ec2().start();
  EXPECT_EQ(principal_of(proxy), bearer(sandbox::kAwsServiceAccount));
}

// The other two files that gcloud writes for EC2 have to work as they are.
TEST_F(Setups, Ec2WithOtherCredentialFiles) {
  for (const char* name : {"ec2-imdsv2", "aws-no-imds-urls"}) {
    SCOPED_TRACE(name);
    auto proxy = TestProxy(cloud).credentials(credential_file(name)).start();
    EXPECT_EQ(principal_of(proxy), bearer(sandbox::kAwsServiceAccount));
  }
}

// On ECS the task's role counts, not that of the instance below it.
TEST_F(Setups, EcsTaskRole) {
  cloud.metadata().set_instance_role("other-role");
  auto proxy = TestProxy(cloud).ecs().start();
  EXPECT_EQ(principal_of(proxy), bearer(sandbox::kAwsServiceAccount));
  EXPECT_EQ(cloud.arrivals().count("imds"), 0u);
  EXPECT_GE(cloud.arrivals().count("ecs", "/v2/credentials/"), 1u);
}

// The agent of Pod Identity takes the token of a file as Authorization.
TEST_F(Setups, EksPodIdentity) {
  const std::string token = folder.write("pod-token", cloud.metadata().pod_token());
  auto proxy =
      TestProxy(cloud)
          .credentials(credential_file("ec2-imdsv1"))
          .environment("AWS_CONTAINER_CREDENTIALS_FULL_URI", cloud.url("ecs") + "/v1/credentials")
          .environment("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", token)
          .environment("AWS_REGION", "us-east-2")
          .start();
  EXPECT_EQ(principal_of(proxy), bearer(sandbox::kAwsServiceAccount));
  EXPECT_EQ(cloud.arrivals().count("ecs", "/v1/credentials"), 1u);
}

// With the OIDC provider no call goes to AWS at all.
TEST_F(Setups, EksOidcText) {
  auto proxy = TestProxy(cloud).eks().start();
  EXPECT_EQ(principal_of(proxy), bearer(sandbox::kEksServiceAccount));
  EXPECT_EQ(cloud.arrivals().count("imds") + cloud.arrivals().count("aws_sts"), 0u);
}

// The token may stand in a field of a JSON file.
TEST_F(Setups, EksOidcJson) {
  const std::string token = cloud.make_ksa_token("default", "eks-access-to-gcp");
  const std::string file = folder.write("token.json", "{\"id_token\": \"" + token + "\"}\n");
  auto proxy = TestProxy(cloud)
                   .credentials(eks_file("file-json", "/var/run/token/token.json", file))
                   .start();
  EXPECT_EQ(principal_of(proxy), bearer(sandbox::kEksServiceAccount));
}

// IRSA: the pod's token buys the role's keys at AWS STS, these sign for Google.
TEST_F(Setups, EksIrsa) {
  cloud.world().trust_web_identity("access2bq", "system:serviceaccount:default:eks-access-to-gcp");
  const std::string token =
      folder.write("irsa-token", cloud.make_ksa_token("default", "eks-access-to-gcp"));
  auto proxy = TestProxy(cloud)
                   .credentials(credential_file("ec2-imdsv1"))
                   .environment("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/access2bq")
                   .environment("AWS_WEB_IDENTITY_TOKEN_FILE", token)
                   .environment("AWS_REGION", "us-east-2")
                   .start();
  EXPECT_EQ(principal_of(proxy), bearer(sandbox::kAwsServiceAccount));
  EXPECT_EQ(cloud.arrivals().count("aws_sts"), 1u);
  EXPECT_EQ(cloud.arrivals().count("imds"), 0u);
}

// Keys in the proxy's own environment, as on a developer's machine.
TEST_F(Setups, EnvironmentKeys) {
  const auto keys = cloud.world().assume_role("access2bq", "me");
  auto proxy = TestProxy(cloud)
                   .credentials(credential_file("ec2-imdsv1"))
                   .environment("AWS_ACCESS_KEY_ID", keys.access_key_id)
                   .environment("AWS_SECRET_ACCESS_KEY", keys.secret_access_key)
                   .environment("AWS_SESSION_TOKEN", keys.session_token)
                   .environment("AWS_REGION", "us-east-2")
                   .start();
  EXPECT_EQ(principal_of(proxy), bearer(sandbox::kAwsServiceAccount));
  EXPECT_EQ(cloud.arrivals().count("imds"), 0u);
}

// Without impersonation the federated token itself goes to the API.
TEST_F(Setups, DirectAccessWithoutImpersonation) {
  cloud.world().grant_direct_access(sandbox::aws_role_member("access2bq"));
  auto proxy = TestProxy(cloud).credentials(credential_file("aws-direct-no-impersonation")).start();
  EXPECT_NE(principal_of(proxy).find("assumed-role/access2bq"), std::string::npos);
  EXPECT_EQ(cloud.arrivals().count("iam_credentials"), 0u);
}

// The life and the quota project of the file must reach Google.
TEST_F(Setups, LifetimeAndQuotaProjectOfTheFile) {
  auto proxy = TestProxy(cloud).credentials(credential_file("aws-lifetime-quota")).start();
  const CurlAnswer answer = curl(proxy, {echo_url("/")});
  EXPECT_EQ(Seen(answer.body).values("x-goog-user-project"), "billing-project");
  const auto tokens = proxy.events("token");
  ASSERT_EQ(tokens.size(), 1u);
  EXPECT_NE(tokens.front().find("279"), std::string::npos) << tokens.front();  // 2800 s, or less
}

// A token file is replaced by whoever keeps it; the proxy must notice without a restart.
TEST_F(Setups, TokenFileIsReadAgain) {
  const auto issue = [&](std::string_view account) {
    return cloud.world().issue_access_token(std::string(account),
                                            {"https://www.googleapis.com/auth/cloud-platform"},
                                            std::chrono::hours(1));
  };
  const std::string file = folder.write("token", issue(sandbox::kAwsServiceAccount) + "\n");
  auto proxy = TestProxy(cloud).token_file(file).start();
  EXPECT_EQ(principal_of(proxy), bearer(sandbox::kAwsServiceAccount));
  folder.write("next", issue(sandbox::kEksServiceAccount) + "\n");
  std::filesystem::rename(folder.path() / "next", file);
  EXPECT_TRUE(
      eventually([&] { return principal_of(proxy) == bearer(sandbox::kEksServiceAccount); }));
}

// Replaced together with the keys: the next exchange has to use the new ones.
TEST_F(Setups, RotatedKubernetesTokenIsReadForTheNextExchange) {
  cloud.world().set_token_life(std::chrono::seconds(4));
  const std::string file =
      folder.write("ksa", cloud.make_ksa_token("default", "eks-access-to-gcp"));
  auto proxy =
      TestProxy(cloud)
          .credentials(eks_file("eks-oidc-file",
                                "/var/run/secrets/eks.amazonaws.com/serviceaccount/token", file))
          .start();
  folder.write("ksa", cloud.make_ksa_token("default", "other-ksa"));
  EXPECT_TRUE(proxy.wait_for_event("token_refresh")) << proxy.log();
  EXPECT_NE(proxy.log().find("iam_binding_missing"), std::string::npos);
}

}  // namespace
}  // namespace wif::test
