#include "tests/sandbox/world.h"

#include <gtest/gtest.h>

namespace sandbox {
namespace {

class Tokens : public testing::Test {
 protected:
  World world_;
  const std::string token_ = world_.issue_access_token(std::string(kAwsServiceAccount), {"scope"},
                                                       std::chrono::seconds(60));
};

TEST_F(Tokens, AreAsLongAsRealOnes) {
  EXPECT_EQ(token_.rfind("ya29.sandbox.", 0), 0u);
  EXPECT_EQ(token_.size(), 900u);
}

TEST_F(Tokens, AreTakenOnlyAsBearer) {
  EXPECT_TRUE(world_.check_bearer("Bearer " + token_));
  EXPECT_FALSE(world_.check_bearer(token_));
  EXPECT_FALSE(world_.check_bearer("Basic " + token_));
  EXPECT_FALSE(world_.check_bearer("Bearer " + token_ + "x"));
  EXPECT_FALSE(world_.check_bearer(""));
}

TEST_F(Tokens, EndWithTheirLife) {
  world_.set_clock_offset(std::chrono::seconds(61));
  EXPECT_FALSE(world_.check_bearer("Bearer " + token_));
}

TEST_F(Tokens, CanBeRevoked) {
  EXPECT_TRUE(world_.revoke(token_));
  EXPECT_FALSE(world_.check_bearer("Bearer " + token_));
  EXPECT_FALSE(world_.revoke(token_));
}

TEST_F(Tokens, AreFoundInBytesAlsoWhenCutShort) {
  EXPECT_TRUE(world_.tokens_in("nothing").empty());
  EXPECT_EQ(world_.tokens_in("x" + token_ + token_).size(), 1u);
  EXPECT_EQ(world_.tokens_in(token_.substr(0, 100)).size(), 1u);
}

TEST_F(Tokens, AreReplacedInOutput) {
  EXPECT_EQ(world_.redact_tokens("a " + token_ + " b"),
            "a [token of " + std::string(kAwsServiceAccount) + "] b");
}

TEST(World, GrantsDirectAccessToFederatedPrincipals) {
  World world;
  Principal principal;
  principal.members = {ksa_member("default:direct")};
  EXPECT_FALSE(world.may_use_project(principal));
  world.grant_direct_access(ksa_member("default:direct"));
  EXPECT_TRUE(world.may_use_project(principal));
}

TEST(World, ExpiresAndForgetsAwsSessions) {
  World world;
  const AwsCredentials given = world.assume_role("access2bq", "i-1");
  EXPECT_GT(world.find_credentials(given.access_key_id)->expiration, world.now());
  world.expire_aws_sessions();
  EXPECT_LE(world.find_credentials(given.access_key_id)->expiration, world.now());
  world.forget_aws_sessions();
  EXPECT_FALSE(world.find_credentials(given.access_key_id));
}

}  // namespace
}  // namespace sandbox
